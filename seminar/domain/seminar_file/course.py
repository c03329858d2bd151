"""The tables on the course: its facts, its public texts, its sessions and its topics."""

from datetime import date as Day
from datetime import time as Clock
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from seminar.domain.seminar_file.base import Exact, Key, Line, Short, Slug, Table


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"“{text}” is not an IANA time zone; an example is Europe/Berlin") from None
    return text


class SeminarTable(Table):
    """`[seminar]`: the facts of the course."""

    slug: Slug = Field(description="address of the seminar, /seminars/<slug>/")
    title: str = Field(min_length=1, max_length=200, description="title")
    subtitle: str = Field("", max_length=200, description="subtitle")
    tag: str = Field(min_length=1, max_length=40, description="goes in brackets before every subject line")
    term: str = Field(min_length=1, max_length=60, description="for people, such as “Winter 2023/24”")
    language: str = Field("English", max_length=40, description="language of the course")
    ects: Exact = Field(max_digits=4, decimal_places=1, description="credit points")
    eligibility: str = Field("", max_length=250, description="whom the course is open to")
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(description="IANA zone of all times in this file")
    capacity: int = Field(ge=1, le=1000, description="places")
    admission: Literal["decide", "direct"] = Field(
        "decide", description="the organizers decide on each application, or who enters first has the place"
    )
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = Field(
        description="day of the weekly meeting"
    )
    starts: Clock = Field(description="begin of the weekly meeting")
    ends: Clock = Field(description="end of the weekly meeting")
    room: str = Field("", max_length=120, description="room")
    mode: Literal["in_person", "online", "hybrid"] = Field("in_person", description="how one meets")
    availability: str = Field("", max_length=250, description="what people confirm when they enter")
    registration: str = Field("", description="what students must do at the examination office")
    registration_until: Day | None = Field(None, description="last day of registration with the examination office")
    theses: str = Field("", description="notice on theses")
    entry_from: Day | None = Field(None, description="first day of entry")
    entry_until: Day | None = Field(None, description="last day of entry")
    offer_hours: int = Field(
        48,
        ge=0,
        le=336,
        description="hours to accept an offered place; 0: places are not offered by themselves",
    )
    absences_allowed: int | None = Field(None, ge=0, description="sessions one may miss without excuse; unset: no rule")
    attendance: bool = Field(True, description="attendance is noted; false where it must not be")
    check_in: bool = Field(False, description="students may check in with a code on the wall; goes with `attendance`")
    discussion_notes: bool = Field(
        False, description="organizers judge the discussion session by session; goes with `attendance`"
    )
    names_public: bool = Field(True, description="students may show their name on the public page")
    published: bool = Field(True, description="the public page is visible")


class SectionTable(Table):
    """`[[sections]]`: a headed text of the public page, in Markdown."""

    key: Key = Field(description="name within this file")
    title: Short = Field(description="heading")
    body: str = Field(min_length=1, description="Markdown")


class PrerequisiteTable(Table):
    """`[[prerequisites]]` of the seminar, and `[[topics.prerequisites]]` of one topic beyond them."""

    strength: Literal["required", "recommended", "helpful"] = Field(description="how much it is needed")
    text: Line = Field(description="what one should know")


class NoticeTable(Table):
    """`[[notices]]`."""

    title: Annotated[str, Field(min_length=1, max_length=160)] = Field(description="heading")
    body: str = Field("", description="Markdown")


class ReferenceTable(Table):
    """`[[references]]`: literature and resources; entries with the same `list` stand together."""

    list: Short = Field(description="heading of the list")
    title: Line = Field(description="title")
    authors: str = Field("", max_length=250, description="authors")
    url: str = Field("", max_length=300, pattern=r"^(https?://\S+)?$", description="address")
    note: str = Field("", max_length=250, description="a remark")


class SessionTable(Table):
    """`[[sessions]]`: dated meetings, and dates without one."""

    key: Key = Field(description="name within this file; stays when the session moves")
    kind: Literal["kickoff", "questions", "talks", "notebooks", "none", "other"] = Field(description="kind")
    date: Day = Field(description="day")
    title: str = Field("", max_length=160, description="replaces the name of the kind")
    starts: Clock | None = Field(None, description="if it differs from the weekly time")
    ends: Clock | None = Field(None, description="if it differs from the weekly time")
    room: str = Field("", max_length=120, description="if it differs")
    tentative: bool = Field(False, description="may still move")
    note: str = Field("", max_length=250, description="a remark")
    topics: list[int] = Field([], description="numbers of the topics that speak or ask, in order")
    minutes: tuple[int, int] | None = Field(None, description="least and most minutes of each topic")


class TopicTable(Table):
    """`[[topics]]`."""

    number: int = Field(ge=1, le=999, description="number in the catalogue")
    title: Line = Field(description="title of the paper or topic")
    authors: str = Field("", max_length=250, description="authors of the paper")
    url: str = Field("", max_length=300, pattern=r"^(https?://\S+)?$", description="address of the paper")
    abstract: str = Field("", description="what it is about")
    scope: str = Field("", max_length=250, description="how much of the paper is meant")
    notice: str = Field("", max_length=250, description="what one should know before choosing it")
    seats: int = Field(1, ge=1, le=50, description="students who may have it")
    prerequisites: list[PrerequisiteTable] = Field([], description="what it takes beyond the seminar's prerequisites")

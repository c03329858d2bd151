"""The tables of a seminar's TOML file; every field's description ends up in `docs/seminar-file.md`."""

import re
from datetime import date as Day
from datetime import datetime
from datetime import time as Clock
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, model_validator

from grading.domain import grades
from submissions.domain.naming import DEFAULT_TEMPLATE, check_template


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        raise ValueError("use small letters, digits and hyphens only")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"“{text}” is not an IANA time zone; an example is Europe/Berlin") from None
    return text


def _template(text: str) -> str:
    if problem := check_template(text):
        raise ValueError(problem)
    return text


def _wall(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError("write local time without an offset, such as 2023-10-30T23:59; the zone is the seminar's")
    return moment


Slug = Annotated[str, Field(max_length=60), AfterValidator(_slug)]
Key = Annotated[str, Field(max_length=40), AfterValidator(_slug)]
Line = Annotated[str, Field(min_length=1, max_length=250)]
Short = Annotated[str, Field(min_length=1, max_length=120)]
Wall = Annotated[datetime, AfterValidator(_wall)]
Exact = Annotated[Decimal, Field(ge=0)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, validate_default=True)


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
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = Field(
        description="day of the weekly meeting"
    )
    starts: Clock = Field(description="begin of the weekly meeting")
    ends: Clock = Field(description="end of the weekly meeting")
    room: str = Field("", max_length=120, description="room")
    mode: Literal["in_person", "online", "hybrid"] = Field("in_person", description="how one meets")
    availability: str = Field("", max_length=250, description="what people confirm when they enter")
    registration: str = Field("", description="what students must do at the examination office")
    theses: str = Field("", description="notice on theses")
    entry_until: Day | None = Field(None, description="last day of entry")
    absences_allowed: int | None = Field(None, ge=0, description="sessions one may miss without excuse; unset: no rule")
    names_public: bool = Field(True, description="students may show their name on the public page")
    published: bool = Field(True, description="the public page is visible")


class SectionTable(Table):
    """`[[sections]]`: a headed text of the public page, in Markdown."""

    key: Key = Field(description="name within this file")
    title: Short = Field(description="heading")
    body: str = Field(min_length=1, description="Markdown")


class PrerequisiteTable(Table):
    """`[[prerequisites]]`."""

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
    seats: int = Field(1, ge=1, le=50, description="students who may have it")


class MilestoneTable(Table):
    """`[[milestones]]`: either `due`, or `days_after_own_talk` with `time`."""

    key: Key = Field(description="name within this file")
    label: str = Field("", max_length=60, description="such as “Milestone II”")
    title: Annotated[str, Field(min_length=1, max_length=160)] = Field(description="what is due")
    kind: Literal["preferences", "upload", "reviews"] = Field(description="kind of work")
    description: str = Field("", description="Markdown")
    due: Wall | None = Field(None, description="local date and time; 23:59 includes that whole minute")
    days_after_own_talk: int | None = Field(None, ge=-60, le=365, description="instead of `due`")
    time: Clock = Field(Clock(23, 59), description="time of day with `days_after_own_talk`")
    session: str = Field("", description="key of the session on whose row it is shown")
    grace_minutes: int = Field(0, ge=0, le=1440, description="hidden minutes after the deadline that still count")
    late: Literal["refuse", "mark"] = Field("refuse", description="what happens to late work")
    reminders: list[Annotated[int, Field(ge=1, le=336)]] = Field([72, 24, 3], description="hours before the deadline")

    @model_validator(mode="after")
    def one_deadline(self) -> "MilestoneTable":
        if (self.due is None) == (self.days_after_own_talk is None):
            raise ValueError("give either `due` or `days_after_own_talk`")
        return self


class PreferencesTable(Table):
    """`[preferences]`: how topics are chosen and given."""

    milestone: str = Field(description="key of a milestone of kind “preferences”")
    count: int = Field(3, ge=1, le=50, description="how many topics each student names at most")
    ranked: bool = Field(True, description="whether their order counts")
    objective: Literal["generous", "greedy", "mincost"] = Field("generous", description="what a good allocation is")
    seed: int = Field(0, ge=0, le=2_000_000_000, description="decides between equally good allocations")


class UploadTable(Table):
    """`[[uploads]]`: a slot that takes one file of each student."""

    key: Key = Field(description="name within this file")
    milestone: str = Field(description="key of a milestone of kind “upload”")
    title: Short = Field(description="what is handed in")
    types: list[Annotated[str, Field(pattern=r"^\.[a-z0-9]{1,9}$")]] = Field(
        min_length=1, description="endings such as .pdf"
    )
    max_megabytes: int = Field(25, ge=1, le=100, description="largest file")
    naming: Annotated[str, Field(max_length=120), AfterValidator(_template)] = Field(
        DEFAULT_TEMPLATE, description="name given by the system, from {topic:02}, {family} and {title}"
    )
    required: bool = Field(True, description="the milestone is done only with it")
    hint: str = Field("", description="shown beside the slot")


class PromptTable(Table):
    """`[[reviews.prompts]]`: one question of the review form."""

    key: Key = Field(description="name within this file")
    title: Short = Field(description="the question")
    help: str = Field("", max_length=300, description="what is meant")
    required: bool = Field(True, description="a review is delivered only with an answer")


class ReviewsTable(Table):
    """`[reviews]`."""

    milestone: str = Field(description="key of a milestone of kind “reviews”")
    upload: str = Field(description="key of the upload under review")
    per_reviewer: int = Field(3, ge=1, le=20, description="reviews each student writes")
    per_submission: int = Field(3, ge=1, le=20, description="reviews each work receives")
    anonymous: bool = Field(False, description="students see no names of reviewers and authors")
    pages: tuple[int, int] = Field((1, 2), description="expected length in pages, least and most")
    seed: int = Field(0, ge=0, le=2_000_000_000, description="decides between equally good plans")
    prompts: list[PromptTable] = Field(min_length=1, description="the questions")


class PartTable(Table):
    """`[[grading.parts]]`: a part of the grade, or a hurdle with weight 0."""

    key: Key = Field(description="name within this file")
    title: Short = Field(description="name of the part")
    description: str = Field("", description="Markdown")
    weight: Exact = Field(
        Decimal(0), le=1, decimal_places=4, description="share of 1, in quotes or as a number; 0 makes it a hurdle"
    )
    must_pass: bool = Field(True, description="failing it fails the whole")
    source: Literal["grade", "pass", "attendance"] = Field(
        "grade", description="a grade, passed or not, or taken from the attendance list"
    )
    breaks_ties: bool = Field(False, description="its grade decides when the whole is undecided")
    criteria: list[Annotated[str, Field(min_length=1, max_length=300)]] = Field([], description="the published rubric")


class GradingTable(Table):
    """`[grading]`: the rule that makes one grade of the parts."""

    scale: list[Exact] = Field(
        [Decimal(s) for s in ("1.0", "1.3", "1.7", "2.0", "2.3", "2.7", "3.0", "3.3", "3.7", "4.0", "5.0")],
        description="the grades that exist",
    )
    pass_mark: Exact = Field(Decimal("4.0"), description="the worst grade that passes")
    fail_grade: Exact = Field(Decimal("5.0"), description="the grade of those who fail")
    lower_is_better: bool = Field(True, description="as in Germany; false as in Switzerland")
    fail_any_part: Literal["before_rounding", "after_rounding", "never"] = Field(
        "before_rounding", description="whether and when a failed part fails the whole"
    )
    rounding: Literal["nearest_step", "cut_one_decimal", "none"] = Field("nearest_step", description="rounding")
    tie_break: Literal["participation", "better", "worse"] = Field("participation", description="when undecided")
    parts: list[PartTable] = Field(min_length=1, description="the parts")

    def problems(self) -> str:
        """Why no grade can be computed by this rule; empty where one can."""
        problems = grades.check_scheme(
            grades.Scheme(
                parts=tuple(grades.Part(p.key, p.title, p.weight, p.must_pass) for p in self.parts),
                scale=tuple(self.scale),
                pass_mark=self.pass_mark,
                fail_grade=self.fail_grade,
                lower_is_better=self.lower_is_better,
                fail_any_part=self.fail_any_part,
                rounding=self.rounding,
                tie_break=self.tie_break,
            )
        )
        return " ".join(problems)

    @model_validator(mode="after")
    def computable(self) -> "GradingTable":
        if problems := self.problems():
            raise ValueError(problems)
        return self


class PersonTable(Table):
    """`[[people]]`: organizers, and students if the file knows them."""

    email: EmailStr = Field(description="address; names the account")
    given: str = Field("", max_length=100, description="given names")
    family: Annotated[str, Field(min_length=1, max_length=100)] = Field(description="family name")
    title: str = Field("", max_length=40, description="academic title, shown before the name")
    role: Literal["organizer", "student"] = Field("student", description="role in the seminar")
    contact: bool = Field(False, description="the public contact; one organizer")
    state: Literal["applied", "waiting", "admitted", "withdrawn"] = Field("admitted", description="state of a student")
    topic: int | None = Field(None, description="number of the student's topic")
    moderates: list[int] = Field([], description="numbers of the topics whose talks the student moderates")
    name_public: bool = Field(False, description="name on the public page")
    matriculation: str = Field("", max_length=20, description="matriculation number")
    programme: str = Field("", max_length=120, description="study programme")
    degree: Literal["", "bachelor", "master", "graduate", "other"] = Field("", description="degree")
    language: Literal["en", "de"] = Field("en", description="language of letters")


class SeminarFile(Table):
    """A whole seminar."""

    seminar: SeminarTable
    sections: list[SectionTable] = []
    prerequisites: list[PrerequisiteTable] = []
    notices: list[NoticeTable] = []
    references: list[ReferenceTable] = []
    sessions: list[SessionTable] = []
    topics: list[TopicTable] = []
    milestones: list[MilestoneTable] = []
    preferences: PreferencesTable | None = None
    uploads: list[UploadTable] = []
    reviews: ReviewsTable | None = None
    grading: GradingTable | None = None
    people: list[PersonTable] = []

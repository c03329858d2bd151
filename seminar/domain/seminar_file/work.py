"""The tables on the work: milestones, preferences, uploads, reviews and grading."""

from datetime import datetime
from datetime import time as Clock
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from grading.domain import grades
from grading.domain.rubric import MOST_POINTS
from seminar.domain.seminar_file.base import Exact, Key, Short, Table
from submissions.domain.checks import WORDS
from submissions.domain.naming import DEFAULT_TEMPLATE, check_template


def _template(text: str) -> str:
    if problem := check_template(text):
        raise ValueError(problem)
    return text


def _wall(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError("write local time without an offset, such as 2023-10-30T23:59; the zone is the seminar's")
    return moment


def _check(code: str) -> str:
    if code not in WORDS:
        raise ValueError(f"there is no check {code!r}; docs/seminar-file.md lists them")
    return code


def _criterion(given: Any) -> Any:
    return {"text": given} if isinstance(given, str) else given


Wall = Annotated[datetime, AfterValidator(_wall)]
Minutes = Annotated[int, Field(ge=1, le=240)]


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
    late: Literal["refuse", "mark", "until"] = Field("refuse", description="what happens to late work")
    late_hours: int = Field(0, ge=0, le=2000, description="with `until`: hours after the deadline until the cut-off")
    reminders: list[Annotated[int, Field(ge=1, le=336)]] = Field([72, 24, 3], description="hours before the deadline")

    @model_validator(mode="after")
    def one_deadline(self) -> "MilestoneTable":
        if (self.due is None) == (self.days_after_own_talk is None):
            raise ValueError("give either `due` or `days_after_own_talk`")
        if (self.late == "until") != bool(self.late_hours):
            raise ValueError('`late_hours` goes with `late = "until"`, and the other way round')
        return self


class PreferencesTable(Table):
    """`[preferences]`: how topics are chosen and given."""

    milestone: str = Field(description="key of a milestone of kind “preferences”")
    count: int = Field(3, ge=1, le=50, description="how many topics each student names at most")
    ranked: bool = Field(True, description="whether their order counts")
    ties: bool = Field(False, description="topics may share a rank")
    fill: bool = Field(False, description="rather a topic one has not chosen than none")
    demand_visible: bool = Field(False, description="students see how often a topic is chosen")
    proposals: bool = Field(False, description="students may propose topics")
    exchanges: Literal["off", "approval", "free"] = Field(
        "approval",
        description="free topics and swaps: only by the organizers, with their approval, or among students alone",
    )
    objective: Literal["generous", "greedy", "mincost"] = Field("generous", description="what a good allocation is")
    seed: int | None = Field(
        None,
        ge=0,
        lt=2**31,
        description="decides between equally good allocations; unset: drawn by the program. Kept once preferences came in",
    )


class ChecksTable(Table):
    """`[uploads.checks]`: what the advisory checks look for; they never refuse a file."""

    library: str = Field("", max_length=60, description="module that a notebook is to import, such as torch")
    paper: bool = Field(True, description="the paper's address is to be in a notebook")
    author: bool = Field(True, description="the author's name is to be in a notebook")
    anonymous: bool = Field(False, description="the author's name must not be in a notebook")
    minutes: tuple[int, int] | None = Field(None, description="length of the talk that slides are for, least and most")
    ignore: list[Annotated[str, AfterValidator(_check)]] = Field([], description="codes of checks that are left out")


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
    declarations: list[Literal["own_work", "sources", "publication"]] = Field(
        [], description="what is declared with each file: own work, sources used, consent to publish under a licence"
    )
    checks: ChecksTable | None = Field(None, description="what the advisory checks look for")


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
    near: bool = Field(False, description="reviewers rather get works on topics that they had chosen themselves")
    deliver_on: Wall | None = Field(
        None,
        description="local date and time at which the authors get all reviews together; without it each when it is "
        "delivered, or at the deadline where `anonymous`",
    )
    pages: tuple[int, int] = Field((1, 2), description="expected length in pages, least and most")
    seed: int = Field(0, ge=0, le=2_000_000_000, description="decides between equally good plans")
    prompts: list[PromptTable] = Field(min_length=1, description="the questions")


class CriterionTable(Table):
    """`[[grading.parts.criteria]]`: a line of the rubric; a plain text is one with points from 0 to 4."""

    text: Annotated[str, Field(min_length=1, max_length=300)] = Field(description="what is judged")
    levels: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field(
        [], max_length=MOST_POINTS + 1, description="words for the levels, from the worst, which is 0, to the best"
    )
    points: int | None = Field(
        None, ge=1, le=MOST_POINTS, description="the most points, where the levels have no words; 4 unless given"
    )
    help: str = Field("", max_length=300, description="what is meant")

    @model_validator(mode="after")
    def one_scale(self) -> "CriterionTable":
        if self.levels and (len(self.levels) < 2 or self.points not in {None, len(self.levels) - 1}):
            raise ValueError("`levels` needs two words or more, and the best of them is the most `points`")
        return self


class PartTable(Table):
    """`[[grading.parts]]`: a part of the grade, or a hurdle with weight 0."""

    key: Key = Field(description="name within this file")
    title: Short = Field(description="name of the part")
    description: str = Field("", description="Markdown")
    weight: Exact = Field(
        Decimal(0), le=1, decimal_places=4, description="share of 1, in quotes or as a number; 0 makes it a hurdle"
    )
    must_pass: bool = Field(True, description="failing it fails the whole")
    source: Literal["grade", "pass", "attendance", "reviews", "upload"] = Field(
        "grade",
        description="a grade, passed or not, or what follows from facts: attendance, all own reviews delivered, a file "
        "handed in",
    )
    updated: bool = Field(False, description="with `upload`: the file is newer than the reviewed one, and not the same")
    breaks_ties: bool = Field(False, description="its grade decides when the whole is undecided")
    examiners: Literal[1, 2] = Field(1, description="with 2 each assesses blind to the other until both are in")
    upload: str = Field("", description="key of the upload that is read while one grades, or is to be handed in")
    talk: Literal["", "talks", "notebooks"] = Field(
        "", description="kind of the sessions in which its talk is given; their minutes are its target"
    )
    minutes: tuple[Minutes, Minutes] | None = Field(
        None, description="target of its talk, least and most, where no session says it"
    )
    criteria: list[Annotated[CriterionTable, BeforeValidator(_criterion)]] = Field(
        [], description="the published rubric: plain texts or tables"
    )

    @model_validator(mode="after")
    def sensible(self) -> "PartTable":
        derived = self.source not in {"grade", "pass"}
        if derived and (self.criteria or self.talk or self.examiners > 1):
            raise ValueError("a part that follows from facts has no criteria, talk or examiners")
        if self.source in {"attendance", "reviews"} and self.upload:
            raise ValueError(f'`upload` does not go with `source = "{self.source}"`')
        if self.minutes and (not self.talk or self.minutes[0] > self.minutes[1]):
            raise ValueError("`minutes` is the least and the most of a part with a `talk`")
        return self

    @model_validator(mode="after")
    def one_source(self) -> "PartTable":
        if (self.source == "upload" and not self.upload) or (self.updated and self.source != "upload"):
            raise ValueError('`source = "upload"` needs `upload`, and `updated` goes with it alone')
        return self


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
    best_grade: Exact | None = Field(None, description="the best grade, needed where `scale` is empty")
    undecided_margin: Exact = Field(
        Decimal(0),
        decimal_places=3,
        description="how far from the middle of two steps is undecided; 0: only the middle",
    )
    missing: Literal["wait", "fail"] = Field(
        "wait",
        description="what a missing part means: no grade yet, or, after `missing_until`, not passed if it must be passed",
    )
    missing_until: Wall | None = Field(None, description="local date and time; that whole minute still counts")
    appeal_days: int = Field(
        14, ge=0, le=365, description="days after the release in which students may ask for another look; 0: never"
    )
    parts: list[PartTable] = Field(min_length=1, description="the parts")

    def problems(self) -> str:
        """Why no grade can be computed by this rule; empty where one can."""
        if (self.missing == "fail") != (self.missing_until is not None):
            return '`missing_until` goes with `missing = "fail"`, and the other way round'
        for part in self.parts:
            if part.weight and part.source != "grade" and len(self.scale) != 2:
                return f"{part.title}: only a part with a grade can have a weight"
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
                best_grade=self.best_grade,
                undecided_margin=self.undecided_margin,
            )
        )
        return " ".join(problems)

    @model_validator(mode="after")
    def computable(self) -> "GradingTable":
        if problems := self.problems():
            raise ValueError(problems)
        return self

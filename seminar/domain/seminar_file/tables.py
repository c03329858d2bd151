"""A seminar's TOML file as a whole; `docs/seminar-file.md` describes its tables and their fields in the order given here."""

from pydantic import Field

from seminar.domain.seminar_file.base import Table
from seminar.domain.seminar_file.course import (
    NoticeTable,
    PrerequisiteTable,
    ReferenceTable,
    SectionTable,
    SeminarTable,
    SessionTable,
    TopicTable,
)
from seminar.domain.seminar_file.people import PersonTable
from seminar.domain.seminar_file.work import (
    GradingTable,
    MilestoneTable,
    PreferencesTable,
    ReviewsTable,
    UploadTable,
)


class SeminarFile(Table):
    """A whole seminar."""

    seminar: SeminarTable
    sections: list[SectionTable] = Field([])
    prerequisites: list[PrerequisiteTable] = Field([])
    notices: list[NoticeTable] = Field([])
    references: list[ReferenceTable] = Field([])
    sessions: list[SessionTable] = Field([])
    topics: list[TopicTable] = Field([])
    milestones: list[MilestoneTable] = Field([])
    preferences: PreferencesTable | None = None
    uploads: list[UploadTable] = Field([])
    reviews: ReviewsTable | None = None
    grading: GradingTable | None = None
    people: list[PersonTable] = Field([])

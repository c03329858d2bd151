from courses.models.announcement import Announcement, Wording
from courses.models.attendance import (
    EXCUSE_TRANSITIONS,
    Attendance,
    AttendanceStatus,
    CheckIn,
    DiscussionLevel,
    DiscussionNote,
    Excuse,
    ExcuseState,
    Expectation,
    MakeUp,
    WrongCode,
)
from courses.models.calendar import DroppedEntry
from courses.models.history import HistoryEntry
from courses.models.mailing import MAILING_TRANSITIONS, Mailing, MailingState
from courses.models.participant import PARTICIPANT_TRANSITIONS, PLACED, Participant, ParticipantState, Role
from courses.models.seminar import Admission, Mode, Notice, Prerequisite, Reference, Section, Seminar, Strength
from courses.models.session import Session, SessionKind

__all__ = [
    "EXCUSE_TRANSITIONS",
    "MAILING_TRANSITIONS",
    "PARTICIPANT_TRANSITIONS",
    "PLACED",
    "Admission",
    "Announcement",
    "Attendance",
    "AttendanceStatus",
    "CheckIn",
    "DiscussionLevel",
    "DiscussionNote",
    "DroppedEntry",
    "Excuse",
    "ExcuseState",
    "Expectation",
    "HistoryEntry",
    "Mailing",
    "MailingState",
    "MakeUp",
    "Mode",
    "Notice",
    "Participant",
    "ParticipantState",
    "Prerequisite",
    "Reference",
    "Role",
    "Section",
    "Seminar",
    "Session",
    "SessionKind",
    "Strength",
    "Wording",
    "WrongCode",
]

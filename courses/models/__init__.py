from courses.models.announcement import Announcement, Wording
from courses.models.history import HistoryEntry
from courses.models.mailing import MAILING_TRANSITIONS, Mailing, MailingState
from courses.models.participant import PARTICIPANT_TRANSITIONS, PLACED, Participant, ParticipantState, Role
from courses.models.seminar import Admission, Mode, Notice, Prerequisite, Reference, Section, Seminar, Strength
from courses.models.session import Attendance, AttendanceStatus, Session, SessionKind

__all__ = [
    "MAILING_TRANSITIONS",
    "PARTICIPANT_TRANSITIONS",
    "PLACED",
    "Admission",
    "Announcement",
    "Attendance",
    "AttendanceStatus",
    "HistoryEntry",
    "Mailing",
    "MailingState",
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
]

from courses.models.calendar import DroppedEntry
from courses.models.history import HistoryEntry
from courses.models.participant import PARTICIPANT_TRANSITIONS, PLACED, Participant, ParticipantState, Role
from courses.models.seminar import Admission, Mode, Notice, Prerequisite, Reference, Section, Seminar, Strength
from courses.models.session import Attendance, AttendanceStatus, Session, SessionKind

__all__ = [
    "PARTICIPANT_TRANSITIONS",
    "PLACED",
    "Admission",
    "Attendance",
    "AttendanceStatus",
    "DroppedEntry",
    "HistoryEntry",
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
]

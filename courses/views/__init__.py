from courses.views.announcements import announcement_edit, announcement_list
from courses.views.attendance import attendance_edit, attendance_list
from courses.views.entry import entry_create, offer_edit, registration_update, visibility_update
from courses.views.importing import roster_import
from courses.views.letters import message_list, message_retry
from courses.views.manage import (
    participant_list,
    participant_update,
    places_edit,
    registration_remind,
    session_edit,
)

__all__ = [
    "announcement_edit",
    "announcement_list",
    "attendance_edit",
    "attendance_list",
    "entry_create",
    "message_list",
    "message_retry",
    "offer_edit",
    "participant_list",
    "participant_update",
    "places_edit",
    "registration_remind",
    "registration_update",
    "roster_import",
    "session_edit",
    "visibility_update",
]

from courses.views.entry import entry_create, entry_delete, visibility_update
from courses.views.manage import message_list, message_retry, participant_list, participant_update, session_edit
from courses.views.roster import attendance_edit, attendance_list

__all__ = [
    "attendance_edit",
    "attendance_list",
    "entry_create",
    "entry_delete",
    "message_list",
    "message_retry",
    "participant_list",
    "participant_update",
    "session_edit",
    "visibility_update",
]

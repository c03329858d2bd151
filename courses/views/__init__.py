from courses.views.announcements import announcement_edit, announcement_list
from courses.views.attendance import attendance_edit, attendance_list, discussion_edit, expected_edit
from courses.views.checking_in import check_in, check_in_edit
from courses.views.entry import entry_create, offer_edit, registration_update, visibility_update
from courses.views.excusing import excuse_decide, excuse_edit, make_up_edit
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
    "check_in",
    "check_in_edit",
    "discussion_edit",
    "entry_create",
    "excuse_decide",
    "excuse_edit",
    "expected_edit",
    "make_up_edit",
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

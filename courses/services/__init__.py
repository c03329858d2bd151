from courses.services.announcements import edit_announcement, publish_announcement, withdraw_announcement
from courses.services.attendance import ATTENDANCE, DISCUSSION, Column, save_attendance, save_notes, take_back
from courses.services.calendar import drop_entry, dropped_entry, letter_calendar, session_entry
from courses.services.checking_in import check_in, start_check_in, stop_check_in
from courses.services.documents import document_pages, document_pdf
from courses.services.entry import change_state, enter_seminar, first_state, outside_window, set_name_public
from courses.services.excusing import ask_excuse, decide_excuse, make_up_line, save_make_up, why_no_excuse
from courses.services.expecting import choose_expected, name_expected
from courses.services.history import draft_to, record, write_to
from courses.services.mailings import (
    create_mailing,
    discard_mailing,
    post_mailing,
    save_mailing,
    schedule_mailing,
    unschedule_mailing,
)
from courses.services.offers import (
    accept_offer,
    decline_offer,
    offer_free_places,
    pass_on_offers,
    places_line,
    save_places,
)
from courses.services.payload import lines_of, pack, unpack
from courses.services.registration import remind_unregistered, set_registration, write_registration_reminders
from courses.services.roster import dry_run, import_roster, roster_of
from courses.services.schedule import note_schedule, schedule_of, session_line
from courses.services.sessions import move_session
from courses.services.tables import (
    Cell,
    person_cells,
    person_header,
    table_csv,
    table_format,
    table_response,
    table_xlsx,
)

__all__ = [
    "ATTENDANCE",
    "DISCUSSION",
    "Cell",
    "Column",
    "accept_offer",
    "ask_excuse",
    "change_state",
    "check_in",
    "choose_expected",
    "create_mailing",
    "decide_excuse",
    "decline_offer",
    "discard_mailing",
    "document_pages",
    "document_pdf",
    "draft_to",
    "drop_entry",
    "dropped_entry",
    "dry_run",
    "edit_announcement",
    "enter_seminar",
    "first_state",
    "import_roster",
    "letter_calendar",
    "lines_of",
    "make_up_line",
    "move_session",
    "name_expected",
    "note_schedule",
    "offer_free_places",
    "outside_window",
    "pack",
    "pass_on_offers",
    "person_cells",
    "person_header",
    "places_line",
    "post_mailing",
    "publish_announcement",
    "record",
    "remind_unregistered",
    "roster_of",
    "save_attendance",
    "save_mailing",
    "save_make_up",
    "save_notes",
    "save_places",
    "schedule_mailing",
    "schedule_of",
    "session_entry",
    "session_line",
    "set_name_public",
    "set_registration",
    "start_check_in",
    "stop_check_in",
    "table_csv",
    "table_format",
    "table_response",
    "table_xlsx",
    "take_back",
    "unpack",
    "unschedule_mailing",
    "why_no_excuse",
    "withdraw_announcement",
    "write_registration_reminders",
    "write_to",
]

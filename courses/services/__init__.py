from courses.services.attendance import ATTENDANCE, DISCUSSION, Column, save_attendance, save_notes, take_back
from courses.services.checking_in import check_in, start_check_in, stop_check_in
from courses.services.documents import document_pages, document_pdf
from courses.services.entry import change_state, enter_seminar, first_state, outside_window, set_name_public
from courses.services.excusing import ask_excuse, decide_excuse, make_up_line, save_make_up, why_no_excuse
from courses.services.expecting import choose_expected, name_expected
from courses.services.history import record, write_to
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
from courses.services.sessions import move_session, session_line

__all__ = [
    "ATTENDANCE",
    "DISCUSSION",
    "Column",
    "accept_offer",
    "ask_excuse",
    "change_state",
    "check_in",
    "choose_expected",
    "decide_excuse",
    "decline_offer",
    "document_pages",
    "document_pdf",
    "dry_run",
    "enter_seminar",
    "first_state",
    "import_roster",
    "lines_of",
    "make_up_line",
    "move_session",
    "name_expected",
    "offer_free_places",
    "outside_window",
    "pack",
    "pass_on_offers",
    "places_line",
    "record",
    "remind_unregistered",
    "roster_of",
    "save_attendance",
    "save_make_up",
    "save_notes",
    "save_places",
    "session_line",
    "set_name_public",
    "set_registration",
    "start_check_in",
    "stop_check_in",
    "take_back",
    "unpack",
    "why_no_excuse",
    "write_registration_reminders",
    "write_to",
]

from courses.services.calendar import drop_entry, dropped_entry, letter_calendar, session_entry
from courses.services.documents import document_pages, document_pdf
from courses.services.entry import change_state, enter_seminar, first_state, outside_window, set_name_public
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
from courses.services.schedule import note_schedule, schedule_of, session_line
from courses.services.sessions import move_session, save_attendance

__all__ = [
    "accept_offer",
    "change_state",
    "decline_offer",
    "document_pages",
    "document_pdf",
    "drop_entry",
    "dropped_entry",
    "dry_run",
    "enter_seminar",
    "first_state",
    "import_roster",
    "letter_calendar",
    "lines_of",
    "move_session",
    "note_schedule",
    "offer_free_places",
    "outside_window",
    "pack",
    "pass_on_offers",
    "places_line",
    "record",
    "remind_unregistered",
    "roster_of",
    "save_attendance",
    "save_places",
    "schedule_of",
    "session_entry",
    "session_line",
    "set_name_public",
    "set_registration",
    "unpack",
    "write_registration_reminders",
    "write_to",
]

from grading.services.appeals import decide_appeal, open_appeal, reply
from grading.services.documents import issue_again, issue_missing, language_of_file, print_document
from grading.services.grades import save_part_grade
from grading.services.guessing import note_guess, refuse_guessing
from grading.services.meetings import (
    book_meeting,
    cancel_meeting,
    give_back_meetings,
    note_outcome,
    offer_meetings,
    remind_of_meetings,
    withdraw_offer,
)
from grading.services.office import compare, content_of, fill
from grading.services.release import release_grades
from grading.services.report import issue_report, report_facts
from grading.services.statistics import statistics_for_organizers, statistics_for_students
from grading.services.tables import grades_csv, grades_xlsx

__all__ = [
    "book_meeting",
    "cancel_meeting",
    "compare",
    "content_of",
    "decide_appeal",
    "fill",
    "give_back_meetings",
    "grades_csv",
    "grades_xlsx",
    "issue_again",
    "issue_missing",
    "issue_report",
    "language_of_file",
    "note_guess",
    "note_outcome",
    "offer_meetings",
    "open_appeal",
    "print_document",
    "refuse_guessing",
    "release_grades",
    "remind_of_meetings",
    "reply",
    "report_facts",
    "save_part_grade",
    "statistics_for_organizers",
    "statistics_for_students",
    "withdraw_offer",
]

from grading.services.appeals import decide_appeal, open_appeal, reply
from grading.services.assessments import hand_in_assessment, merged, save_assessment, take_back_assessment
from grading.services.documents import issue_again, issue_missing, language_of_file, print_document
from grading.services.entries import meeting_entry, meeting_numbers
from grading.services.grades import save_part_grade
from grading.services.guessing import note_guess, refuse_guessing
from grading.services.history import grade_history, history_csv, part_titles, subject_word, values_of
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
from grading.services.release import pending_grades, pending_part, release_grades, release_part
from grading.services.report import issue_report, report_facts
from grading.services.rule_words import rule_data
from grading.services.rules import RuleEdit, change_rule, effect_of, note_rule, rule_number
from grading.services.statistics import statistics_for_organizers, statistics_for_students
from grading.services.tables import grades_csv, grades_xlsx
from grading.services.talks import save_talk

__all__ = [
    "RuleEdit",
    "book_meeting",
    "cancel_meeting",
    "change_rule",
    "compare",
    "content_of",
    "decide_appeal",
    "effect_of",
    "fill",
    "give_back_meetings",
    "grade_history",
    "grades_csv",
    "grades_xlsx",
    "hand_in_assessment",
    "history_csv",
    "issue_again",
    "issue_missing",
    "issue_report",
    "language_of_file",
    "meeting_entry",
    "meeting_numbers",
    "merged",
    "note_guess",
    "note_outcome",
    "note_rule",
    "offer_meetings",
    "open_appeal",
    "part_titles",
    "pending_grades",
    "pending_part",
    "print_document",
    "refuse_guessing",
    "release_grades",
    "release_part",
    "remind_of_meetings",
    "reply",
    "report_facts",
    "rule_data",
    "rule_number",
    "save_assessment",
    "save_part_grade",
    "save_talk",
    "statistics_for_organizers",
    "statistics_for_students",
    "subject_word",
    "take_back_assessment",
    "values_of",
    "withdraw_offer",
]

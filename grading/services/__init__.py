from grading.services.appeals import decide_appeal, open_appeal, reply
from grading.services.assessments import hand_in_assessment, merged, save_assessment, take_back_assessment
from grading.services.entries import meeting_entry, meeting_numbers
from grading.services.grades import save_part_grade
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
from grading.services.record import record_pdf
from grading.services.release import pending_grades, pending_part, release_grades, release_part
from grading.services.rule_words import rule_data
from grading.services.rules import RuleEdit, change_rule, effect_of, note_rule, rule_number
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
    "hand_in_assessment",
    "history_csv",
    "meeting_entry",
    "meeting_numbers",
    "merged",
    "note_outcome",
    "note_rule",
    "offer_meetings",
    "open_appeal",
    "part_titles",
    "pending_grades",
    "pending_part",
    "record_pdf",
    "release_grades",
    "release_part",
    "remind_of_meetings",
    "reply",
    "rule_data",
    "rule_number",
    "save_assessment",
    "save_part_grade",
    "save_talk",
    "subject_word",
    "take_back_assessment",
    "values_of",
    "withdraw_offer",
]

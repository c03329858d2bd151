from grading.services.appeals import decide_appeal, open_appeal, reply
from grading.services.assessments import hand_in_assessment, merged, save_assessment, take_back_assessment
from grading.services.grades import save_part_grade
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
from grading.services.release import release_grades
from grading.services.talks import save_talk

__all__ = [
    "book_meeting",
    "cancel_meeting",
    "compare",
    "content_of",
    "decide_appeal",
    "fill",
    "give_back_meetings",
    "hand_in_assessment",
    "merged",
    "note_outcome",
    "offer_meetings",
    "open_appeal",
    "record_pdf",
    "release_grades",
    "remind_of_meetings",
    "reply",
    "save_assessment",
    "save_part_grade",
    "save_talk",
    "take_back_assessment",
    "withdraw_offer",
]

from grading.services.appeals import decide_appeal, open_appeal, reply
from grading.services.grades import save_part_grade
from grading.services.office import compare, content_of, fill
from grading.services.record import record_pdf
from grading.services.release import release_grades

__all__ = [
    "compare",
    "content_of",
    "decide_appeal",
    "fill",
    "open_appeal",
    "record_pdf",
    "release_grades",
    "reply",
    "save_part_grade",
]

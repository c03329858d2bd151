from grading.services.grades import save_part_grade
from grading.services.office import compare, content_of, fill
from grading.services.record import record_pdf
from grading.services.release import release_grades

__all__ = ["compare", "content_of", "fill", "record_pdf", "release_grades", "save_part_grade"]

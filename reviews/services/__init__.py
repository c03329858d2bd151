from reviews.services.archive import work_archive
from reviews.services.delivery import deliver_review, hand_over_together, letter_to_author
from reviews.services.document import document_name, pages_of, review_pdf
from reviews.services.editing import add_review, drop_review, objections, set_pair_rule
from reviews.services.offline import fill_in, form_of
from reviews.services.plan import Plan, draw_plan, publish_plan
from reviews.services.points import answer_point, rate_review
from reviews.services.repair import Repair, repair_of, repair_plan
from reviews.services.stating import state_exclusion, take_back_exclusion
from reviews.services.writing import save_review

__all__ = [
    "Plan",
    "Repair",
    "add_review",
    "answer_point",
    "deliver_review",
    "document_name",
    "draw_plan",
    "drop_review",
    "fill_in",
    "form_of",
    "hand_over_together",
    "letter_to_author",
    "objections",
    "pages_of",
    "publish_plan",
    "rate_review",
    "repair_of",
    "repair_plan",
    "review_pdf",
    "save_review",
    "set_pair_rule",
    "state_exclusion",
    "take_back_exclusion",
    "work_archive",
]

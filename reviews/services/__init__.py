from reviews.services.archive import work_archive
from reviews.services.plan import Plan, draw_plan, publish_plan
from reviews.services.writing import deliver_review, save_review

__all__ = ["Plan", "deliver_review", "draw_plan", "publish_plan", "save_review", "work_archive"]

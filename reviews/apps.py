from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"

    def ready(self) -> None:
        from notifications.services import MAKERS  # noqa: PLC0415  (models are there only now)
        from reviews.services.document import KIND, attached_review  # noqa: PLC0415

        MAKERS[KIND] = attached_review

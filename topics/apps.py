from django.apps import AppConfig


class TopicsConfig(AppConfig):
    name = "topics"

    def ready(self) -> None:
        from courses.queries import NARROWING  # noqa: PLC0415  (models are there only now)
        from topics.queries import expected_at  # noqa: PLC0415

        NARROWING.append(expected_at)

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class SeminarConfig(AppConfig):
    name = "seminar"

    def ready(self) -> None:
        """Read every app's policy table: a permission that nobody has read is one that nobody has."""
        from notifications.services import SOURCES  # noqa: PLC0415  (models are there only now)
        from seminar.services import reminding  # noqa: PLC0415

        autodiscover_modules("permissions")
        SOURCES[reminding.KIND] = reminding.fresh_reminder

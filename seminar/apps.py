from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class SeminarConfig(AppConfig):
    name = "seminar"

    def ready(self) -> None:
        """Read every app's policy table: a permission that nobody has read is one that nobody has."""
        autodiscover_modules("permissions")

from celery import shared_task
from django.utils import timezone

from seminar import services


@shared_task
def sweep() -> None:
    services.sweep(timezone.now())

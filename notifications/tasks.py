from celery import shared_task
from django.utils import timezone

from notifications import services


@shared_task
def drain() -> None:
    services.drain(timezone.now())

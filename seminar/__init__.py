"""The Django project: settings, addresses, background work, and what needs several apps at once."""

from seminar.celery import app as celery_app

__all__ = ["celery_app"]

"""Celery carries "sweep now" only; what is due is decided by rows in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seminar.settings")
app = Celery("seminar")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

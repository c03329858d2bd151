"""`manage.py submission_receive SLUG SLOT EMAIL FILE [--by EMAIL]`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.domain.refusals import Refusal
from accounts.models import User
from courses.models import Participant, Role
from submissions.models import UploadSlot
from submissions.services import Sent, receive_upload


class Command(BaseCommand):
    help = (
        "Hand in a file for a student, by the same rules as the page: with --by an organizer, also after the deadline, "
        "and marked; without, as the student. The receipt goes out by mail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the seminar")
        parser.add_argument("slot", help="key of the upload")
        parser.add_argument("email", help="of the student")
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", metavar="EMAIL", help="the organizer who hands it in")
        parser.add_argument("--insist", action="store_true", help="it is the right file, whatever its name says")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *_args: Any, slug: str, slot: str, email: str, file: Path, **options: Any) -> None:
        arrived_at = timezone.now()
        upload_slot = UploadSlot.objects.filter(milestone__seminar__slug=slug, key=slot).first()
        people = Participant.objects.filter(seminar__slug=slug).select_related("user", "seminar")
        student = people.filter(user__email__iexact=email, role=Role.STUDENT).first()
        if upload_slot is None:
            raise CommandError(f"There is no upload “{slot}” in a seminar “{slug}”.")
        if student is None or not student.is_active:
            raise CommandError(f"No admitted student of “{slug}” has the address {email}.")
        by = self._sender(student, people.filter(role=Role.ORGANIZER), options["by"])
        try:
            with file.open("rb") as data:
                upload = UploadedFile(File(data), name=file.name, size=file.stat().st_size)
                sent = Sent(arrived_at=arrived_at, finished_at=timezone.now(), insists=options["insist"])
                version = receive_upload(upload_slot, student, upload, sent, uploaded_by=by)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except Refusal as refused:
            raise CommandError(f"{refused.code}: {refused.message}") from refused
        if options["format"] == "json":
            self.stdout.write(json.dumps(version.acknowledgement))
        else:
            judged = "on time" if version.on_time else "late"
            self.stdout.write(
                f"Received as {version.canonical_name}, version {version.number}, {judged}. Receipt {version.receipt}."
            )

    def _sender(self, student: Participant, organizers: QuerySet[Participant], email: str | None) -> User:
        if email is None:
            return student.user
        organizer = organizers.filter(user__email__iexact=email).first()
        if organizer is None:
            raise CommandError(f"No organizer of “{student.seminar.slug}” has the address {email}.")
        return organizer.user

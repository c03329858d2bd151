"""A roster from another system: what would happen to each of its rows, and then exactly that, all at once or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from accounts.services import ensure_users
from courses import queries
from courses.domain.roster import Entry, Roster, read_roster
from courses.domain.sheets import SheetError
from courses.models import PARTICIPANT_TRANSITIONS, PLACED, Participant, ParticipantState, Role, Seminar
from courses.services.entry import change_state
from courses.services.history import record, write_to
from courses.services.payload import lines_of
from courses.services.sheets import sentence, sheet_sentence

WORDS = {
    "new": gettext_lazy("is added; gets a new account"),
    "known": gettext_lazy("is added; has an account already"),
    "moves": gettext_lazy("is in the seminar; the state changes"),
    "present": gettext_lazy("nothing changes"),
    "broken": gettext_lazy("must be repaired"),
}


@dataclass(frozen=True)
class Fate:
    """What the import would do with one row of the file."""

    entry: Entry
    code: str
    was: str = ""
    problems: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        return str(WORDS[self.code])

    @property
    def state_word(self) -> str:
        return str(ParticipantState(self.entry.state).label)


@dataclass(frozen=True)
class DryRun:
    """The fate of every row, what stands against the whole, and who is in the seminar but not in the file."""

    fates: tuple[Fate, ...]
    problems: tuple[str, ...]
    absent: tuple[Participant, ...]

    @property
    def broken(self) -> bool:
        return bool(self.problems) or any(fate.code == "broken" for fate in self.fates)

    @property
    def changes(self) -> int:
        return sum(1 for fate in self.fates if fate.code in {"new", "known", "moves"})

    @property
    def digest(self) -> str:
        rows = [(fate.entry.email, fate.entry.state, fate.code, fate.was) for fate in self.fates]
        return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def roster_of(upload: UploadedFile[bytes] | None) -> Roster:
    """The people of an uploaded spreadsheet, each row with its problems; what is no roster is refused with the reason."""
    try:
        return read_roster(lines_of(upload))
    except SheetError as error:
        raise Refusal(error.code, sheet_sentence(error)) from None


def dry_run(seminar: Seminar, entries: Sequence[Entry]) -> DryRun:
    """Say what importing these rows would do; nothing is written."""
    named = {entry.email for entry in entries}
    known = User.objects.annotate(address=Lower("email")).filter(address__in=named)
    accounts = set(known.values_list("address", flat=True))
    people = Participant.objects.filter(seminar=seminar).select_related("user").order_by("entered_at", "pk")
    rows = {row.user.email.lower(): row for row in people}
    fates = tuple(_fate(entry, rows.get(entry.email), entry.email in accounts) for entry in entries)
    return DryRun(
        fates=fates,
        problems=tuple(_too_many(seminar, fates)),
        absent=tuple(
            row
            for email, row in rows.items()
            if row.role == Role.STUDENT and row.state != ParticipantState.WITHDRAWN and email not in named
        ),
    )


def _fate(entry: Entry, row: Participant | None, has_account: bool) -> Fate:  # noqa: FBT001  (one caller, just above)
    was = row.state if row else ""
    problems = [sentence(problem) for problem in entry.problems]
    if row is not None and row.role == Role.ORGANIZER:
        problems.append(_("This person organizes the seminar and cannot be a student of it."))
    elif row is not None and not problems and entry.state not in (was, *PARTICIPANT_TRANSITIONS[was]):
        problems.append(_("This person is “%(state)s” already.") % {"state": row.get_state_display()})
    if problems:
        return Fate(entry, "broken", was, tuple(problems))
    if row is not None:
        return Fate(entry, "present" if was == entry.state else "moves", was)
    return Fate(entry, "known" if has_account else "new")


def _too_many(seminar: Seminar, fates: Iterable[Fate]) -> Iterable[str]:
    admits = sum(1 for f in fates if f.entry.state == ParticipantState.ADMITTED and f.was not in PLACED)
    free = queries.free_places(seminar)
    if admits > free:
        yield _("This file admits %(admits)d more people, and %(free)d of %(all)d places are free. Raise the number of places first.") % {
            "admits": admits,
            "free": free,
            "all": seminar.capacity,
        }  # fmt: skip


@transaction.atomic
def import_roster(seminar: Seminar, entries: Sequence[Entry], *, shown: str, actor: User, now: datetime) -> int:
    """Do what the dry run with the digest `shown` has shown; return how many people entered or moved."""
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=seminar.pk)
    run = dry_run(seminar, entries)
    if not run.broken and not run.changes:
        return 0  # the same form again: everybody is there as the file says
    if run.broken or run.digest != shown:
        raise Conflict(
            "roster_outdated",
            _(
                "People have entered, left or moved since you looked. Nothing was imported; please upload the file again."
            ),
        )
    users = ensure_users(_account(fate.entry) for fate in run.fates)
    for fate in run.fates:
        user = users[fate.entry.email]
        if fate.code == "moves":
            row = Participant.objects.get(seminar=seminar, user=user)
            change_state(row, fate.entry.state, actor=actor, now=now, reason="roster")
        elif fate.code != "present":
            _enter(seminar, user, fate.entry.state, actor, now)
    return run.changes


def _account(entry: Entry) -> dict[str, str]:
    return {
        "email": entry.email,
        "given_names": entry.given,
        "family_name": entry.family,
        "matriculation_number": entry.matriculation,
        "programme": entry.programme,
        "degree": entry.degree,
    }


def _enter(seminar: Seminar, user: User, state: str, actor: User, now: datetime) -> None:
    row = Participant.objects.create(seminar=seminar, user=user, role=Role.STUDENT, state=state, entered_at=now)
    entry = record(seminar, "participant", now=now, actor=actor, participant=row, new=state, reason="roster")
    write_to(row, f"participant:{entry.pk}", "courses/email/participant_state", now=now, about="place")

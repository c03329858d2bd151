"""Demo data: the real seminar twice, once over and once in the middle of its term, and one with other rules."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.db import transaction

from accounts.models import User
from accounts.services import ensure_user
from courses import queries as courses_queries
from courses.models import Participant, ParticipantState, Seminar
from courses.services import DISCUSSION, save_attendance, save_notes
from milestones.models import LatePolicy
from milestones.queries import deadlines, general_deadline
from reviews.models import Review
from reviews.queries import round_of
from reviews.services import deliver_review, draw_plan, publish_plan, save_review
from seminar.domain.seminar_file import SeminarFile, moved, read_seminar
from seminar.services.demo_marks import examine, grade
from seminar.services.loading import load_seminar
from submissions.models import UploadSlot
from submissions.services import Sent, receive_upload
from topics.models import Assignment, PreferenceRule
from topics.services import publish_allocation, run_allocation, save_preferences

PASSWORD = "demo-seminar-2023"  # noqa: S105  (demo accounts exist only where DEBUG is on)
FINISHED, RUNNING, OTHER = "deepdiffusion2023", "deepdiffusion-now", "hydrology-now"
GIVEN = (
    *("Ada", "Bjarne", "Chiara", "Deniz", "Elif", "Fynn", "Greta"),
    *("Hana", "Ivo", "Jana", "Kofi", "Lena", "Miro", "Nia"),
)
FAMILY = (
    "Łukasik",
    "Brandt",
    "Conti",
    "Demir",
    "Öztürk",
    "Falk",
    "Weiß",
    "Horvát",
    "Iwanow",
    "Jäger",
    "Mensah",
    "Lê",
    "Novák",
    "Okafor",
)
"""Invented people; any likeness to real ones is chance."""
# What reviews say, prompt by prompt.
REMARKS = (
    "Clear and careful.\n\n- [cell 1] Say which paper this follows, and link it.\n- A figure of the noise schedule would help.",
    "- [cell 2, major] The second run gives other numbers: draw from one generator that is seeded.",
    "- [cell 1] The score is a gradient of the log-density, not of the density.",
    "- [minor] Two sentences in the introduction have no verb.",
)


def demo_pdf(words: str) -> bytes:
    """A one-page PDF that says `words`."""
    stream = f"BT /F1 24 Tf 72 700 Td ({words}) Tj ET".encode("latin-1", "replace")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def demo_notebook(title: str) -> bytes:
    """A small valid notebook."""
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": [f"# {title}\n", "A tutorial."], "id": "title"},
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "outputs": [],
            "source": ["import torch\n", "torch.manual_seed(0)\n"],
            "id": "seed",
        },
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def read_example(name: str) -> SeminarFile:
    """One of the packaged examples; a mistake in it is a bug."""
    import tomllib  # noqa: PLC0415

    text = Path(settings.BASE_DIR / "examples" / name).read_text(encoding="utf-8")
    file, problems = read_seminar(tomllib.loads(text), text)
    if file is None:
        raise ValueError("\n".join(problems))
    return file


@transaction.atomic
def seed_demo(now: datetime, *, seed: int = 0) -> dict[str, Any]:
    """Load three seminars with people in every role and state; return logins, ids and addresses."""
    random = Random(seed)  # noqa: S311  (demo data)
    real, other = read_example("deepdiffusion2023.toml"), read_example("hydrology2025.toml")
    finished = load_seminar(real, now=datetime.combine(date(2023, 10, 20), now.time(), now.tzinfo)).seminar
    live_through(finished, now, random, until=None)
    running = load_seminar(
        mid_term(without_students(real), now, weeks=16), now=now - timedelta(weeks=17), slug=RUNNING
    ).seminar
    invite(running, 7, now, random)
    live_through(running, now, random, until=now)
    other_seminar = load_seminar(mid_term(other, now, weeks=9), now=now - timedelta(weeks=10), slug=OTHER).seminar
    live_through(other_seminar, now, random, until=now)
    set_passwords()
    return {"password": PASSWORD, "logins": logins(), "seminars": [s.slug for s in (finished, running, other_seminar)]}


def without_students(file: SeminarFile) -> SeminarFile:
    return file.model_copy(update={"people": [person for person in file.people if person.role == "organizer"]})


def mid_term(file: SeminarFile, now: datetime, *, weeks: int) -> SeminarFile:
    """The file with its kick-off so long ago that what was due `weeks - 1` weeks after it is over, at the most for a week."""
    kickoff = next(session.date for session in file.sessions if session.kind == "kickoff")
    shift = ((now.date() - kickoff).days - 1) // 7 - weeks + 1
    here = moved(file, kickoff + timedelta(weeks=shift))
    return here.model_copy(update={"seminar": here.seminar.model_copy(update={"term": "Running term (demo)"})})


def invite(seminar: Seminar, admitted: int, now: datetime, random: Random) -> None:
    """Invented students: most admitted, one with an offer, some applied, waiting and withdrawn."""
    states = [ParticipantState.ADMITTED] * admitted
    states += [ParticipantState.APPLIED] * 2 + [ParticipantState.OFFERED]
    states += [ParticipantState.WAITING] * 2 + [ParticipantState.WITHDRAWN] * 2
    for number, state in enumerate(states):
        user = ensure_user(
            "student@example.org" if number == 0 else f"student{number}@example.org",
            given_names=GIVEN[number % len(GIVEN)],
            family_name=FAMILY[number % len(FAMILY)],
            matriculation_number=str(2_580_000 + random.randrange(9999)),
            programme="Computer Science",
            degree=random.choice(["bachelor", "master"]),
            language="de" if number % 4 == 3 else "en",
        )
        Participant.objects.create(
            seminar=seminar,
            user=user,
            state=state,
            name_public=number % 2 == 0,
            available_confirmed_at=now,
            offered_until=now + timedelta(hours=40) if state == ParticipantState.OFFERED else None,
            registration_needed=number % 3 != 1 if number % 4 else None,
            entered_at=now - timedelta(weeks=18) + timedelta(hours=number),
        )


def live_through(seminar: Seminar, now: datetime, random: Random, *, until: datetime | None) -> None:
    """Do what people would have done by `until` (None: to the end); some work stays open or missing where it is not over."""
    over = until is None
    organizer = courses_queries.organizers(seminar)[0].user
    students = list(courses_queries.students(seminar).select_related("seminar"))
    choose(seminar, students, organizer, random)
    for slot in UploadSlot.objects.filter(milestone__seminar=seminar).select_related("milestone__seminar"):
        dues = deadlines([slot.milestone], [student.pk for student in students])
        for position, student in enumerate(students):
            due = dues[slot.milestone_id, student.pk].shown
            if due is None or (until and due > until) or (position == 1 and not over):
                continue
            late = position == 2 and slot.milestone.late_policy == LatePolicy.MARK
            upload(slot, student, due + timedelta(hours=9 if late else -random.randrange(1, 60)))
    review(seminar, organizer, random, until=until)
    attend(seminar, students, organizer, random, now)
    if over:
        grade(seminar, students, organizer, random, now)
    else:
        examine(seminar, students, now)


def choose(seminar: Seminar, students: list[Participant], organizer: User, random: Random) -> None:
    rule = PreferenceRule.objects.select_related("seminar", "milestone__seminar").get(seminar=seminar)
    rule.seed, rule.nonce, rule.salt = random.randrange(2**31), *(f"{random.getrandbits(128):032x}" for _ in "ab")
    rule.save(update_fields=["seed", "nonce", "salt"])
    due = general_deadline(rule.milestone).shown
    numbers = list(seminar.topics.values_list("number", flat=True))
    for position, student in enumerate(students):
        picks = random.sample(numbers, min(rule.count, len(numbers)))
        own = Assignment.objects.filter(participant=student).select_related("seat__topic").first()
        if own is not None:
            picks = [own.seat.topic.number, *(n for n in picks if n != own.seat.topic.number)][: rule.count]
        given = own is not None and position == 3  # agreed beforehand, so that no preferences were needed
        if due is not None and not given:
            save_preferences(student, rule, picks, arrived_at=due - timedelta(hours=random.randrange(2, 40)))
    if due is not None and not Assignment.objects.filter(participant__in=students).exists():
        run = run_allocation(rule, objective=rule.objective, actor=organizer, now=due + timedelta(hours=9))
        publish_allocation(run, actor=organizer, now=due + timedelta(hours=10))


def upload(slot: UploadSlot, student: Participant, at: datetime) -> None:
    extension = slot.extensions[0]
    title = f"{student.user.family_name}: {slot.title}"
    data = demo_notebook(title) if extension == ".ipynb" else demo_pdf(title)
    file = InMemoryUploadedFile(BytesIO(data), "file", f"my work{extension}", "", len(data), None)
    declared = {"own_work": "yes", "sources": "none", "publication": "CC-BY-4.0"}
    receive_upload(slot, student, file, Sent(at, at, declared), uploaded_by=student.user)


def review(seminar: Seminar, organizer: User, random: Random, *, until: datetime | None) -> None:
    round_ = round_of(seminar)
    if round_ is None:
        return
    opened = general_deadline(round_.slot.milestone).shown
    due = general_deadline(round_.milestone).shown
    if opened is None or due is None or (until and opened > until):
        return
    plan = draw_plan(round_)
    if plan.problems:
        return
    publish_plan(round_, digest=plan.digest, actor=organizer, now=opened + timedelta(hours=12))
    for number, row in enumerate(Review.objects.filter(round=round_).order_by("pk")):
        if until is None or number % 3 == 0:
            texts = {prompt.pk: REMARKS[place % len(REMARKS)] for place, prompt in enumerate(round_.prompts.all())}
            at = min(due - timedelta(hours=random.randrange(1, 50)), until or due)
            saved = save_review(row, texts, revision=row.revision, arrived_at=at)
            deliver_review(saved, arrived_at=at, now=at)


def attend(seminar: Seminar, students: Iterable[Participant], organizer: User, random: Random, until: datetime) -> None:
    """Who is expected comes, with few exceptions; where a seminar wants it, each is judged in the discussion."""
    students, expects = list(students), courses_queries.expectation_of(seminar)
    for session in courses_queries.sessions_of(seminar).filter(date__lt=until.date()):
        statuses = {
            s.pk: "excused" if random.random() < 0.05 else "present" for s in students if expects(session, s.pk)
        }
        save_attendance(session, statuses, actor=organizer, now=until)
        if seminar.discussion_notes:
            levels = {pk: str(random.randrange(4)) for pk, status in statuses.items() if status == "present"}
            save_notes(session, DISCUSSION, levels, actor=organizer, now=until)


def set_passwords() -> None:
    """One hash for all, because hashing is slow on purpose; only demo addresses are touched."""
    demo = User.objects.filter(email__regex=r"@example\.(org|net|com)$")
    demo.update(password=make_password(PASSWORD))
    EmailAddress.objects.filter(user__in=demo).update(verified=True)


def logins() -> dict[str, str]:
    """An organizer, a student and a reviewer of the running seminar."""
    organizer = Participant.objects.get(seminar__slug=RUNNING, is_contact=True)
    student = Participant.objects.get(seminar__slug=RUNNING, user__email="student@example.org")
    reviewer = Review.objects.filter(round__milestone__seminar__slug=RUNNING).exclude(reviewer=student).first()
    people = {"organizer": organizer, "student": student, "reviewer": reviewer.reviewer if reviewer else student}
    return {role: person.user.email for role, person in people.items()}


def fingerprint() -> str:
    """A short hash over what was seeded, the same for the same seed and day."""
    rows = Assignment.objects.order_by("pk").values_list("seat__topic__number", "participant__user__email")
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()[:12]

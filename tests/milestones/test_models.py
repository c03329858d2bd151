"""What the database itself refuses."""

from datetime import date, datetime, time

import pytest
from django.db import IntegrityError, transaction

from milestones.models import Milestone, OwnDeadline
from tests.factories.world import World


@pytest.mark.parametrize(
    "fields", [{"key": "m1", "due_date": date(2024, 1, 1)}, {"key": "new", "due_date": None, "anchor": "date"}]
)
def test_milestone_needs_a_key_of_its_own_and_a_date_or_an_anchor(world: World, fields: dict[str, object]) -> None:
    row = Milestone(seminar=world.seminar, title="New", kind="upload", due_time=time(23, 59), **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Milestone.objects.bulk_create([row])
    assert Milestone.objects.filter(seminar=world.seminar).count() == 4


def test_own_deadline_is_one_per_origin(world: World, now: datetime) -> None:
    fields = {"milestone": world.milestone("m2"), "participant": world.row("anna")}
    day = {"due_date": date(2024, 1, 1), "due_time": time(23, 59), "granted_at": now}
    OwnDeadline.objects.bulk_create([OwnDeadline(**fields, **day, origin=o) for o in ("talk", "extension")])
    with pytest.raises(IntegrityError), transaction.atomic():
        OwnDeadline.objects.bulk_create([OwnDeadline(**fields, **day, origin="extension")])
    assert OwnDeadline.objects.count() == 2


@pytest.mark.parametrize(("label", "text"), [("Milestone II", "Milestone II: Slides"), ("", "Slides")])
def test_milestone_reads_as_label_and_title(label: str, text: str) -> None:
    assert str(Milestone(label=label, title="Slides")) == text

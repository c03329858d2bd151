"""Who sees which version, and how much of the work is in."""

from datetime import datetime, timedelta

from courses.models import Participant, ParticipantState, Role
from milestones.domain.progress import Work
from submissions import queries
from submissions.models import UploadSlot, Version
from tests.factories.files import notebook, pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World


def hand_in(world: World, name: str, now: datetime, words: str = "A talk") -> Version:
    row = world.row(name)
    return receive_upload(world.slot("slides"), row, pdf(words=words), uploaded_by=row.user, arrived_at=now)


def seen_by(world: World, name: str) -> set[Version]:
    """Of those who have a row in either seminar, whatever they see by their row; without one there is nothing to ask."""
    rows = Participant.objects.filter(user=world.people[name])
    return {version for row in rows for version in queries.visible_versions(row)}


def test_slots_of_a_seminar_in_the_order_of_the_term(world: World) -> None:
    assert list(queries.slots_of(world.seminar)) == [world.slot("slides"), world.slot("notebook")]


def test_visible_versions_are_ones_own_and_all_for_organizers(world: World, now: datetime) -> None:
    of_anna, newer, of_boris = (
        hand_in(world, "anna", now),
        hand_in(world, "anna", now, "B"),
        hand_in(world, "boris", now),
    )
    assert seen_by(world, "anna") == {of_anna, newer}
    assert seen_by(world, "boris") == {of_boris}
    assert seen_by(world, "olga") == seen_by(world, "otto") == {of_anna, newer, of_boris}
    for name in ("carla", "apply", "gone", "outsider", "other_organizer", "other_student"):
        assert seen_by(world, name) == set()


def test_visible_versions_of_somebody_who_has_left_stay_their_own(world: World, now: datetime) -> None:
    version = hand_in(world, "anna", now)
    Participant.objects.filter(pk=world.row("anna").pk).update(state=ParticipantState.WITHDRAWN)
    assert seen_by(world, "anna") == {version}


def test_visible_versions_end_with_the_rights_of_an_organizer(world: World, now: datetime) -> None:
    hand_in(world, "anna", now)
    Participant.objects.filter(pk=world.row("otto").pk).update(state=ParticipantState.WITHDRAWN)
    assert seen_by(world, "otto") == set()


def test_visible_versions_of_one_seminar_leave_out_another(world: World, now: datetime) -> None:
    hand_in(world, "anna", now)
    there = {"user": world.row("anna").user, "role": Role.STUDENT, "state": ParticipantState.ADMITTED}
    row = Participant.objects.create(seminar=world.other, entered_at=now, **there)
    assert not queries.visible_versions(row).exists()
    Participant.objects.filter(pk=row.pk).update(role=Role.ORGANIZER)
    row.refresh_from_db()
    assert not queries.visible_versions(row).exists()


def test_latest_versions_are_the_newest_of_each_person(world: World, now: datetime) -> None:
    hand_in(world, "anna", now)
    newer, of_boris = hand_in(world, "anna", now, "B"), hand_in(world, "boris", now)
    slot, anna, boris = world.slot("slides"), world.row("anna"), world.row("boris")
    both = {(slot.pk, anna.pk): newer, (slot.pk, boris.pk): of_boris}
    assert queries.latest_versions([slot], [anna.pk, boris.pk]) == both
    assert queries.latest_versions([slot], [boris.pk]) == {(slot.pk, boris.pk): of_boris}
    assert queries.latest_versions([], [anna.pk]) == {}


def test_upload_work_counts_required_files_and_keeps_the_last_time(world: World, now: datetime) -> None:
    milestone, anna, boris = world.milestone("m2"), world.row("anna"), world.row("boris")
    rules = {"milestone": milestone, "extensions": [".ipynb"], "naming_template": "{title}"}
    code = UploadSlot.objects.create(key="code", title="Code", **rules)
    UploadSlot.objects.create(key="extra", title="Extra", required=False, **rules)
    hand_in(world, "anna", now)
    assert queries.upload_work([milestone], [anna.pk, boris.pk]) == {
        (milestone.pk, anna.pk): Work(done=1, needed=2, at=now),
        (milestone.pk, boris.pk): Work(done=0, needed=2),
    }
    later = now + timedelta(hours=1)
    receive_upload(code, anna, notebook(), uploaded_by=anna.user, arrived_at=later)
    assert queries.upload_work([milestone], [anna.pk]) == {(milestone.pk, anna.pk): Work(done=2, needed=2, at=later)}

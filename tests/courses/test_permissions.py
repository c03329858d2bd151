"""Who may do what with people, sessions and letters; the rest of the table is in `docs/permissions.md`."""

import rules
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from courses.models import Participant
from tests.factories.world import World

ORGANIZERS = {"olga", "otto"}
STUDENTS = {"anna", "boris", "carla", "dana", "apply", "wait", "gone"}
OTHERS = {"outsider", "other_organizer", "other_student"}


TABLE = {
    "courses.entry_create": STUDENTS | OTHERS,
    "courses.offer_edit": STUDENTS,
    "courses.registration_update": STUDENTS,
    "courses.visibility_update": STUDENTS,
    "courses.participant_list": ORGANIZERS,
    "courses.participant_update": ORGANIZERS,
    "courses.registration_remind": ORGANIZERS,
    "courses.roster_import": ORGANIZERS,
    "courses.places_edit": ORGANIZERS,
    "courses.session_edit": ORGANIZERS,
    "courses.attendance_list": ORGANIZERS,
    "courses.attendance_edit": ORGANIZERS,
    "courses.expected_edit": ORGANIZERS,
    "courses.discussion_edit": ORGANIZERS,
    "courses.check_in_edit": ORGANIZERS,
    "courses.check_in": {"anna", "boris", "carla", "dana"},
    "courses.excuse_edit": {"anna", "boris", "carla", "dana"},
    "courses.excuse_decide": ORGANIZERS,
    "courses.make_up_edit": ORGANIZERS,
    "courses.message_list": ORGANIZERS,
    "courses.message_retry": ORGANIZERS,
    "seminar.entry_delete": STUDENTS,
    "seminar.withdrawal_create": ORGANIZERS,
    "seminar.arrival_create": ORGANIZERS,
}


def test_permissions_are_granted_to_exactly_these(world: World) -> None:
    people = {name: user or AnonymousUser() for name, user in world.people.items()}
    granted = {
        permission: {name for name, user in people.items() if rules.has_perm(permission, user, world.seminar)}
        for permission in TABLE
    }
    assert granted == TABLE


def test_rights_end_at_the_next_request_after_they_are_taken_away(world: World, signed_in) -> None:
    client: Client = signed_in(world.people["otto"])
    assert client.get(world.url("participants/")).status_code == 200
    Participant.objects.filter(pk=world.row("otto").pk).update(state="withdrawn")
    assert client.get(world.url("participants/")).status_code == 403


def test_unpublished_seminar_answers_like_one_that_does_not_exist(world: World, signed_in) -> None:
    world.seminar.published = False
    world.seminar.save()
    client: Client = signed_in(world.people["outsider"], accept="application/json")
    pages = ("", "topics/", "entry/", "participants/", "allocation/")
    secret = [client.get(world.url(page)) for page in pages]
    nowhere = [client.get(f"/seminars/nowhere/{page}") for page in pages]
    assert [(r.status_code, r.json()) for r in secret] == [(r.status_code, r.json()) for r in nowhere]
    assert {r.status_code for r in secret} == {404}

import rules
from django.contrib.auth.models import AnonymousUser

from tests.factories.world import World

ORGANIZERS = {"olga", "otto"}
STUDENTS = {"anna", "boris", "carla", "dana"}
TABLE = {
    "topics.preference_edit": STUDENTS,
    "topics.allocation_detail": ORGANIZERS | STUDENTS,
    "topics.allocation_create": ORGANIZERS,
    "topics.allocation_publish": ORGANIZERS,
    "topics.assignment_update": ORGANIZERS,
}


def test_permissions_are_granted_to_exactly_these(world: World) -> None:
    people = {name: user or AnonymousUser() for name, user in world.people.items()}
    granted = {
        permission: {name for name, user in people.items() if rules.has_perm(permission, user, world.seminar)}
        for permission in [*TABLE, "topics.topic_list"]
    }
    assert granted == {**TABLE, "topics.topic_list": set(people)}

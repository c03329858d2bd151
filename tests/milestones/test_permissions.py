import rules
from django.contrib.auth.models import AnonymousUser

from tests.factories.world import World

ORGANIZERS = {"olga", "otto"}
TABLE = {
    "milestones.milestone_list": ORGANIZERS | {"anna", "boris", "carla", "dana"},
    "milestones.milestone_edit": ORGANIZERS,
    "milestones.request_edit": {"anna", "boris", "carla", "dana"},
}


def test_permissions_are_granted_to_exactly_these(world: World) -> None:
    people = {name: user or AnonymousUser() for name, user in world.people.items()}
    granted = {
        permission: {name for name, user in people.items() if rules.has_perm(permission, user, world.seminar)}
        for permission in TABLE
    }
    assert granted == TABLE

import rules
from django.contrib.auth.models import AnonymousUser
from rules.permissions import permissions

from tests.factories.world import World

ORGANIZERS = {"olga", "otto"}
STUDENTS = {"anna", "boris", "carla", "dana"}
ORGANIZING = (
    "topic_create",
    "topic_edit",
    "topic_import",
    "allocation_create",
    "allocation_publish",
    "run_detail",
    "pair_create",
    "pair_delete",
    "assignment_edit",
)
TAKING_PART = (
    "proposal_list",
    "proposal_update",
    "allocation_detail",
    "document_download",
    "proof_download",
    "exchange_update",
)
TABLE = {
    **{f"topics.{name}": ORGANIZERS for name in ORGANIZING},
    **{f"topics.{name}": ORGANIZERS | STUDENTS for name in TAKING_PART},
    "topics.preference_edit": STUDENTS,
    "topics.exchange_list": STUDENTS,
}


def test_permissions_are_granted_to_exactly_these(world: World) -> None:
    people = {name: user or AnonymousUser() for name, user in world.people.items()}
    granted = {
        permission: {name for name, user in people.items() if rules.has_perm(permission, user, world.seminar)}
        for permission in [*TABLE, "topics.topic_list"]
    }
    assert granted == {**TABLE, "topics.topic_list": set(people)}


def test_permissions_of_this_app_are_all_in_the_table() -> None:
    assert {name for name in permissions if name.startswith("topics.")} == {*TABLE, "topics.topic_list"}

"""Similar works as organizers meet them: what is found, what is not, side by side, and the record of a case."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.domain.refusals import Refusal
from courses.models import HistoryEntry, Participant, ParticipantState, Role
from submissions import services
from submissions.models import SimilarityCase, TemplateFile, Version
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from tests.submissions.test_similarity import GRAPH, PLOT, RENAMED, SAMPLE, SCHEDULE, TRAIN

pytestmark = pytest.mark.once

SignIn = Callable[..., Client]
NOW = datetime(2023, 12, 8, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _present(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def file_of(*sources: str) -> SimpleUploadedFile:
    cells = [{"cell_type": "code", "source": source, "outputs": [], "metadata": {}} for source in sources]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return SimpleUploadedFile("work.ipynb", json.dumps(content).encode())


def hand_in(world: World, name: str, *sources: str) -> Version:
    row = world.row(name)
    return receive_upload(world.slot("notebook"), row, file_of(*sources), uploaded_by=row.user, arrived_at=NOW)


def pairs(world: World) -> list[tuple[str, str]]:
    olga = world.people["olga"]
    assert olga is not None
    found = services.rank_works(world.seminar, olga).pairs
    return [tuple(sorted(v.submission.participant.user.given_names for v in (p.first, p.second))) for p in found]  # type: ignore[misc]


def test_two_that_share_a_renamed_function_are_found_and_two_that_share_only_the_template_are_not(world: World) -> None:
    """The template is SCHEDULE; anna and boris share a function, renamed; carla and dana nothing but the template."""
    add_template(world, SCHEDULE)
    hand_in(world, "anna", SCHEDULE, TRAIN)
    hand_in(world, "boris", GRAPH, RENAMED, SCHEDULE)
    hand_in(world, "carla", SCHEDULE, PLOT)
    hand_in(world, "dana", SCHEDULE, SAMPLE)
    assert pairs(world) == [("Anna", "Boris")]


def test_without_the_template_those_who_share_it_are_found(world: World) -> None:
    """So that the test above shows what the template does. Two of four share it: fewer than what counts as common."""
    hand_in(world, "carla", SCHEDULE, PLOT)
    hand_in(world, "dana", SCHEDULE, SAMPLE)
    assert pairs(world) == [("Carla", "Dana")]


def add_template(world: World, *sources: str) -> TemplateFile:
    olga = world.people["olga"]
    assert olga is not None
    return services.add_template(world.slot("notebook"), file_of(*sources), by=olga, now=NOW)


def test_an_earlier_version_is_compared_too_and_ones_own_versions_are_not(world: World) -> None:
    first = hand_in(world, "anna", TRAIN, GRAPH)
    hand_in(world, "anna", GRAPH, PLOT)
    hand_in(world, "boris", RENAMED)
    olga = world.people["olga"]
    assert olga is not None
    ranking = services.rank_works(world.seminar, olga)
    assert pairs(world) == [("Anna", "Boris")]
    assert first in (ranking.pairs[0].first, ranking.pairs[0].second)


def test_an_earlier_term_counts_only_for_those_who_organized_it(world: World) -> None:
    there = Participant.objects.get(seminar=world.other, user=world.people["other_student"])
    slot = world.slot("notebook").__class__.objects.get(milestone__seminar=world.other, key="notebook")
    receive_upload(slot, there, file_of(TRAIN, GRAPH), uploaded_by=there.user, arrived_at=NOW)
    hand_in(world, "boris", RENAMED)
    assert pairs(world) == []
    Participant.objects.create(
        seminar=world.other,
        user=world.people["olga"],
        role=Role.ORGANIZER,
        state=ParticipantState.ADMITTED,
        entered_at=NOW,
    )
    assert pairs(world) == [("Anna", "Boris")]


def test_similarity_list_and_pair_show_passages_and_open_one_case(world: World, signed_in: SignIn) -> None:
    anna, boris = hand_in(world, "anna", GRAPH, TRAIN), hand_in(world, "boris", RENAMED)
    client = signed_in(world.people["olga"])
    page = client.get(world.url("similarity/")).text
    address = world.url(f"similarity/works/{anna.receipt}/?with={boris.receipt}")
    other = world.url(f"similarity/works/{boris.receipt}/?with={anna.receipt}")
    assert address in page or other in page
    pair = client.get(address).text
    assert "Cell 2 and cell 1" in pair
    assert "loss.backward()" in pair
    assert "value.backward()" in pair
    assert "self.neighbours" not in pair  # not shared
    opened = [client.post(way) for way in (address, other, address)]
    assert {response.status_code for response in opened} == {302}
    case = SimilarityCase.objects.get()
    assert {response["Location"] for response in opened} == {world.url(f"similarity/cases/{case.pk}/")}
    assert case.evidence["sha256"] == [anna.sha256, boris.sha256]
    assert case.evidence["score"] > 0.3
    assert "open" in client.get(world.url("similarity/")).text


@pytest.mark.parametrize("wanted", ["", "?with=", "?with=nonsense", "?with=00000000-0000-0000-0000-000000000007"])
def test_similarity_detail_without_a_partner_is_nowhere(world: World, signed_in: SignIn, wanted: str) -> None:
    version = hand_in(world, "anna", TRAIN)
    client = signed_in(world.people["olga"])
    assert client.get(world.url(f"similarity/works/{version.receipt}/{wanted}")).status_code == 404
    assert client.get(world.url(f"similarity/works/{version.receipt}/?with={version.receipt}")).status_code == 404


def open_case(world: World) -> SimilarityCase:
    olga = world.people["olga"]
    assert olga is not None
    anna, boris = hand_in(world, "anna", TRAIN), hand_in(world, "boris", RENAMED)
    match, _passages = services.compare_works(world.seminar, olga, anna, boris)
    return services.open_case(world.seminar, anna, boris, match, by=olga, now=NOW)


def case_form(case: SimilarityCase, **fields: str) -> dict[str, str]:
    return {"statement": "", "decision": "", "effect": "", "verdict": "open", "seen": str(case.revision), **fields}


def test_case_edit_keeps_statement_decision_and_effect_and_notes_who_decided(world: World, signed_in: SignIn) -> None:
    case, client = open_case(world), signed_in(world.people["olga"])
    words = {"statement": "We met once.", "decision": "One function; marked late.", "effect": "graded 0.3 worse"}
    sent = client.post(world.url(f"similarity/cases/{case.pk}/"), case_form(case, **words, verdict="upheld"))
    assert sent.status_code == 302
    case.refresh_from_db()
    assert (case.state, case.decided_by, case.decided_at) == ("upheld", world.people["olga"], NOW)
    assert {name: getattr(case, name) for name in words} == words
    assert HistoryEntry.objects.filter(subject="similarity case", new__contains="upheld").count() == 1


def test_case_edit_refuses_a_stale_save_with_both_values(world: World, signed_in: SignIn) -> None:
    case, client = open_case(world), signed_in(world.people["olga"])
    address = world.url(f"similarity/cases/{case.pk}/")
    client.post(address, case_form(case, statement="Mine came first."))
    stale = client.post(address, case_form(case, statement="Mine came second."))
    assert stale.status_code == 409
    assert "Mine came first." in stale.text
    assert "Mine came second." in stale.text


@pytest.mark.parametrize(
    ("state", "words", "code"),
    [
        ("upheld", {}, "reason_missing"),
        ("cleared", {"statement": "x"}, "reason_missing"),
        ("nowhere", {}, "not_possible"),
    ],
)
def test_save_case_refuses(world: World, state: str, words: dict[str, str], code: str) -> None:
    case, olga = open_case(world), world.people["olga"]
    assert olga is not None
    with pytest.raises(Refusal) as caught:
        services.save_case(case, words, state=state, revision=0, by=olga, now=NOW)
    assert caught.value.code == code
    case.refresh_from_db()
    assert (case.state, case.revision) == ("open", 0)


def test_save_case_that_was_decided_is_opened_again_before_it_changes_sides(world: World) -> None:
    case, olga = open_case(world), world.people["olga"]
    assert olga is not None
    save = {"by": olga, "now": NOW}
    case = services.save_case(case, {"decision": "Chance."}, state="cleared", revision=0, **save)
    with pytest.raises(Refusal, match="opened again first"):
        services.save_case(case, {"decision": "Not chance."}, state="upheld", revision=1, **save)
    case = services.save_case(case, {"decision": "Chance."}, state="open", revision=1, **save)
    assert (case.decided_by, case.decided_at) == (None, None)
    assert services.save_case(case, {"decision": "Not."}, state="upheld", revision=2, **save).state == "upheld"


def test_template_create_keeps_a_notebook_once_and_refuses_what_is_none(world: World, signed_in: SignIn) -> None:
    client, slot = signed_in(world.people["olga"]), world.slot("notebook").pk
    address = world.url("similarity/templates/")
    for _twice in range(2):
        assert client.post(address, {"slot": slot, "file": file_of(SCHEDULE)}).status_code == 302
    assert TemplateFile.objects.count() == 1
    refused = client.post(address, {"slot": slot, "file": SimpleUploadedFile("work.ipynb", b"%PDF-1.4")})
    assert refused.status_code == 400
    assert "not a Jupyter notebook" in refused.text
    foreign = client.post(address, {"slot": world.slot("slides").pk, "file": file_of(SCHEDULE)})
    assert foreign.status_code == 400  # slides have no template


def test_similarity_of_an_empty_seminar_says_so(world: World, signed_in: SignIn) -> None:
    page = signed_in(world.people["olga"]).get(world.url("similarity/"))
    assert "No two works share more than the template" in page.text


def test_nothing_of_it_is_on_a_page_of_a_student(world: World, signed_in: SignIn) -> None:
    case = open_case(world)
    client = signed_in(world.people["anna"])
    for path in ("me/", "submissions/", f"submissions/versions/{case.first.receipt}/", "messages/"):
        assert not re.search(r"[Ss]imilar", client.get(world.url(path)).text), path

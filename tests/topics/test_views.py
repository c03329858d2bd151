"""The catalogue, preferences, and the allocation as organizers and students see it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from courses.models import Participant, Seminar
from notifications.models import Letter
from tests.courses.crowd import add_students, queries_of
from tests.factories.topics import draft_of, give, give_out, pair, prefer, publish
from tests.factories.world import World
from topics.models import (
    AllocationRun,
    Assignment,
    Exchange,
    Pair,
    Preference,
    PreferenceList,
    PreferenceRule,
    Seat,
    Topic,
)
from topics.queries import preferences_of, published_run
from topics.services import ask_swap

SignedIn = Callable[..., Client]
JSON = {"accept": "application/json"}
LAST = datetime(2023, 10, 30, 22, 59, 59, 999999, tzinfo=UTC)
HALF = timedelta(milliseconds=1)


@pytest.fixture(autouse=True)
def _clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def olga(world: World, signed_in: SignedIn) -> Client:
    return signed_in(world.people["olga"])


@pytest.fixture
def anna(world: World, signed_in: SignedIn) -> Client:
    return signed_in(world.people["anna"])


def saved(world: World, name: str = "anna") -> list[int]:
    return [row.topic.number for row in preferences_of(world.row(name))]


# --- catalogue ----------------------------------------------------------------------------------------------


def test_topic_list_is_open_to_everybody(world: World, client: Client, now: datetime) -> None:
    Topic.objects.filter(seminar=world.seminar, number=5).update(abstract="Blur it.", scope_note="Section 3 only")
    page = client.get(world.url("topics/")).text
    for text in ("Structured Denoising", "Blur it.", "Scope: Section 3 only"):
        assert text in page


def test_topic_list_shows_names_only_where_their_owners_agreed(world: World, client: Client, now: datetime) -> None:
    give(world, "anna", 1, now)
    give(world, "boris", 2, now)
    page = client.get(world.url("topics/")).text
    assert "Boris Łukasik" in page
    assert "Großmann" not in page
    assert page.count("taken") == 1
    assert page.count('<span class="soft">free</span>') == 3


def test_topic_list_of_nothing_says_so(world: World, client: Client) -> None:
    Topic.objects.filter(seminar=world.seminar).delete()
    assert "The topics will be here." in client.get(world.url("topics/")).text


def test_topic_list_shows_only_its_own_seminars_topics(world: World, client: Client) -> None:
    Topic.objects.create(seminar=world.other, number=7, title="Theirs")
    assert "Theirs" not in client.get(world.url("topics/")).text


def test_topic_list_of_an_unknown_seminar_is_404(client: Client, world: World) -> None:
    assert client.get("/seminars/nowhere/topics/").status_code == 404


def test_topic_list_takes_the_same_queries_for_one_and_for_many(anna: Client, world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    Topic.objects.filter(seminar=world.seminar).exclude(number=1).delete()
    one = queries_of(anna, world.url("topics/"))
    topics = Topic.objects.bulk_create(Topic(seminar=world.seminar, number=n, title=f"T{n}") for n in range(10, 39))
    seats = Seat.objects.bulk_create(Seat(topic=topic, number=1) for topic in topics)
    rows = add_students(world.seminar, 29)
    Assignment.objects.bulk_create(
        Assignment(seat=seat, participant=row, assigned_at=now) for seat, row in zip(seats, rows, strict=True)
    )
    assert queries_of(anna, world.url("topics/")) == one


# --- preferences --------------------------------------------------------------------------------------------


def test_preference_edit_shows_the_deadline_with_its_zone_and_what_is_missing(anna: Client, world: World) -> None:
    page = anna.get(world.url("preferences/")).text
    for text in ("Choose up to 3 topics.", "Mon 30 Oct 2023, 23:59 CET", "You have not sent any preferences yet."):
        assert text in page
    assert [f'value="add:{number}"' in page for number in range(1, 7)] == [True] * 5 + [False]


def test_preference_edit_saves_and_says_when(anna: Client, world: World, now: datetime) -> None:
    url = world.url("preferences/")
    assert anna.post(url, {"topic": ["3", "", "1"]}).url == url + "#ballot"
    assert saved(world) == [3, 1]
    page = anna.get(url)
    assert "Your preferences are in — received Fri 27 Oct 2023, 17:00 CEST." in page.text
    assert "What counts: <strong>3 &gt; 1</strong>" in page.text
    assert [(rank, topic.number) for rank, _place, topic in page.context["chosen"]] == [(1, 3), (2, 1)]


def test_preference_edit_twice_is_one_effect(anna: Client, world: World, now: datetime) -> None:
    for minutes in (0, 5):
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            anna.post(world.url("preferences/"), {"topic": ["3", "1"]})
    assert (saved(world), PreferenceList.objects.get().received_at) == ([3, 1], now)


def test_preference_edit_with_a_fourth_topic_keeps_the_earlier_list(anna: Client, world: World) -> None:
    anna.post(world.url("preferences/"), {"topic": ["5"]})
    response = anna.post(world.url("preferences/"), {"topic": ["1", "2", "3", "4"]})
    assert response.status_code == 400
    assert "3 preferences are asked for; you sent 4." in response.text
    assert "Your earlier list, if there is one, stays as it was." in response.text
    assert saved(world) == [5]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (["1", "1"], "You chose the same topic twice."),
        (["1", "99"], "One of these topics does not exist in this seminar."),
        (["one"], "One of these topics does not exist in this seminar."),
        (["", "", ""], "Please choose at least one topic."),
    ],
)
def test_preference_edit_with_a_mistake_keeps_the_earlier_list(
    anna: Client, world: World, sent: list[str], words: str
) -> None:
    anna.post(world.url("preferences/"), {"topic": ["5"]})
    response = anna.post(world.url("preferences/"), {"topic": sent})
    assert response.status_code == 400
    assert words in response.text
    assert saved(world) == [5]


@pytest.mark.parametrize(("at", "status"), [(LAST, 302), (LAST + HALF, 403)])
def test_preference_edit_at_the_deadline(
    world: World, signed_in: SignedIn, now: datetime, at: datetime, status: int
) -> None:
    prefer(world, "anna", [5], now)
    with time_machine.travel(at, tick=False):
        response = signed_in(world.people["anna"]).post(world.url("preferences/"), {"topic": ["1"]})
    assert response.status_code == status
    assert saved(world) == ([1] if status == 302 else [5])
    if status == 403:
        assert "The deadline for preferences has passed." in response.text


def test_preference_edit_never_believes_a_time_that_the_client_sends(world: World, signed_in: SignedIn) -> None:
    early = str((LAST - timedelta(hours=1)).timestamp())
    with time_machine.travel(LAST + HALF, tick=False):
        client = signed_in(world.people["anna"])
        response = client.post(
            world.url("preferences/"), {"topic": ["1"]}, headers={"x-request-start": f"t={early}", "date": early}
        )
    assert (response.status_code, saved(world)) == (403, [])


def test_preference_edit_is_for_admitted_students(world: World, signed_in: SignedIn) -> None:
    names = ("olga", "apply", "wait", "gone", "other_student", "other_organizer", "outsider")
    url, answers = world.url("preferences/"), {}
    for name in names:
        client = signed_in(world.people[name])
        answers[name] = (client.get(url).status_code, client.post(url, {"topic": ["1"]}).status_code)
    assert answers == dict.fromkeys(names, (403, 403))
    assert PreferenceList.objects.count() == 0


def test_preference_edit_shows_nobody_elses_list(anna: Client, world: World, now: datetime) -> None:
    prefer(world, "boris", [4], now)
    page = anna.get(world.url("preferences/"))
    assert page.context["chosen"] == []
    assert "You have not sent any preferences yet." in page.text
    assert "Łukasik" not in page.text


def test_preference_edit_of_a_seminar_without_preferences_is_404(anna: Client, world: World) -> None:
    PreferenceRule.objects.filter(seminar=world.seminar).delete()
    assert anna.get(world.url("preferences/")).status_code == 404


def test_preference_edit_takes_the_same_queries_for_one_and_for_many(anna: Client, world: World, now: datetime) -> None:
    Topic.objects.filter(seminar=world.seminar).exclude(number=1).delete()
    prefer(world, "anna", [1], now)
    one = queries_of(anna, world.url("preferences/"))
    topics = Topic.objects.bulk_create(Topic(seminar=world.seminar, number=n, title=f"T{n}") for n in range(10, 39))
    Seat.objects.bulk_create(Seat(topic=topic, number=1) for topic in topics)
    prefer(world, "anna", [1, 10, 11], now)
    assert queries_of(anna, world.url("preferences/")) == one


# --- the organizer's allocation -----------------------------------------------------------------------------


def test_allocation_detail_names_who_has_sent_nothing(olga: Client, world: World, now: datetime) -> None:
    prefer(world, "anna", [3, 1], now)
    response = olga.get(world.url("allocation/"))
    assert {row.user.given_names for row in response.context["missing"]} == {"Boris", "Carla", "Dana"}
    assert "3 &gt; 1" in response.text


def test_allocation_create_compares_and_publish_puts_one_into_force(
    olga: Client, world: World, now: datetime, signed_in: SignedIn
) -> None:
    for name, number in (("anna", 1), ("boris", 2), ("carla", 3), ("dana", 4)):
        prefer(world, name, [number], now)
    assert olga.post(world.url("allocation/runs/")).url == world.url("allocation/")
    drafts = list(AllocationRun.objects.order_by("pk"))
    page = olga.get(world.url("allocation/")).text
    assert [draft.objective for draft in drafts] == ["generous", "greedy", "mincost"]
    assert page.count('<meter min="0" max="4" value="4" aria-label="choice 1">') == 3
    assert "Your topic" not in signed_in(world.people["anna"]).get(world.url("allocation/")).text
    url = world.url(f"allocation/runs/{drafts[1].pk}/publish/")
    assert [olga.post(url).status_code for _ in range(2)] == [302, 302]
    assert [draft.state for draft in AllocationRun.objects.order_by("pk")] == ["draft", "published", "draft"]
    assert (Assignment.objects.count(), Letter.objects.count()) == (4, 4)
    assert "Published Fri 27 Oct 2023, 17:00 CEST · greedy" in olga.get(world.url("allocation/")).text


@pytest.mark.parametrize("cost", ["21", "-1", "many"])
def test_allocation_create_with_an_impossible_change_cost_computes_nothing(
    olga: Client, world: World, cost: str
) -> None:
    response = olga.post(world.url("allocation/runs/"), {"change_cost": cost}, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (400, "unreadable")
    assert AllocationRun.objects.count() == 0


def test_allocation_create_that_is_impossible_says_why(olga: Client, world: World, now: datetime) -> None:
    for name in ("anna", "boris"):
        pair(world, name, 4, "pinned", now)
    response = olga.post(world.url("allocation/runs/"), headers=JSON)
    assert (response.status_code, response.json()["code"]) == (400, "allocation_impossible")
    assert "Anna Großmann" in response.json()["message"]
    assert AllocationRun.objects.count() == 0


def test_allocation_detail_marks_rows_in_which_the_drafts_differ(olga: Client, world: World, now: datetime) -> None:
    for name, numbers in (("anna", [1, 2, 3]), ("boris", [1, 2]), ("carla", [1, 2, 3])):
        prefer(world, name, numbers, now)
    olga.post(world.url("allocation/runs/"))
    rows = {row["student"].user.given_names: row for row in olga.get(world.url("allocation/")).context["rows"]}
    assert (rows["Dana"]["differs"], rows["Dana"]["cells"]) == (False, [(None, None)] * 3)
    for row in rows.values():
        assert row["differs"] == (len({number for number, _rank in row["cells"]}) > 1)


def test_run_detail_shows_everybody_and_the_form_to_publish(olga: Client, world: World, now: datetime) -> None:
    prefer(world, "anna", [4, 1], now)
    draft = draft_of(world, now)
    page = olga.get(world.url(f"allocation/runs/{draft.pk}/"))
    assert [(row[0].user.given_names, row[1], row[2]) for row in page.context["rows"]] == [
        ("Carla", None, None),
        ("Dana", None, None),
        ("Anna", world.topic(4), 1),
        ("Boris", None, None),
    ]
    assert f'action="{world.url(f"allocation/runs/{draft.pk}/publish/")}"' in page.text
    assert 'name="reason"' not in page.text


def test_run_detail_of_a_revision_says_who_would_change(olga: Client, world: World, now: datetime) -> None:
    publish(world, draft_of(world, now), now)
    for name, number in (("anna", 1), ("boris", 2)):
        give(world, name, number, now)
    prefer(world, "anna", [4], now)
    prefer(world, "boris", [2], now)
    page = olga.get(world.url(f"allocation/runs/{draft_of(world, now).pk}/")).text
    assert "<li>Anna Großmann: 1 → 4</li>" in page
    assert "<li>Boris Łukasik" not in page
    assert 'name="reason"' in page


def test_run_detail_of_what_is_in_force_cannot_be_published_again(olga: Client, world: World, now: datetime) -> None:
    run = publish(world, draft_of(world, now), now)
    assert "Publish and tell everybody" not in olga.get(world.url(f"allocation/runs/{run.pk}/")).text


def test_allocation_publish_of_a_revision_needs_a_reason(olga: Client, world: World, now: datetime) -> None:
    first = publish(world, draft_of(world, now), now)
    second = draft_of(world, now)
    url = world.url(f"allocation/runs/{second.pk}/publish/")
    refused = olga.post(url, {"reason": " "})
    assert (refused.status_code, published_run(world.seminar)) == (400, first)
    assert "Please say why: everybody whose topic changes reads it." in refused.text
    assert [olga.post(url, {"reason": "Dana left"}).status_code for _ in range(2)] == [302, 302]
    assert (published_run(world.seminar), AllocationRun.objects.get(pk=second.pk).reason) == (second, "Dana left")


def test_allocation_publish_of_an_outdated_draft_is_a_conflict(olga: Client, world: World, now: datetime) -> None:
    draft = draft_of(world, now)
    Participant.objects.filter(pk=world.row("dana").pk).update(state="withdrawn")
    response = olga.post(world.url(f"allocation/runs/{draft.pk}/publish/"), headers=JSON)
    assert (response.status_code, response.json()["code"]) == (409, "allocation_outdated")
    assert Letter.objects.count() == 0


def test_allocation_publish_of_another_seminars_draft_is_404(
    olga: Client, world: World, now: datetime, signed_in: SignedIn
) -> None:
    draft = draft_of(world, now)
    theirs = signed_in(world.people["other_organizer"])
    answers = [
        theirs.post(f"/seminars/other/allocation/runs/{draft.pk}/publish/"),
        theirs.post(world.url(f"allocation/runs/{draft.pk}/publish/")),
        olga.post(world.url("allocation/runs/0/publish/")),
    ]
    draft.refresh_from_db()
    assert ([answer.status_code for answer in answers], draft.state) == ([404, 403, 404], "draft")


def many_more(world: World, now: datetime) -> None:
    """29 students and 29 topics more, each student with a list, a topic, a pair and a request."""
    topics = Topic.objects.bulk_create(Topic(seminar=world.seminar, number=n, title=f"T{n}") for n in range(10, 39))
    seats = Seat.objects.bulk_create(Seat(topic=topic, number=1) for topic in topics)
    rows = add_students(world.seminar, 29)
    Assignment.objects.bulk_create(
        Assignment(seat=seat, participant=row, assigned_at=now) for seat, row in zip(seats, rows, strict=True)
    )
    lists = PreferenceList.objects.bulk_create(PreferenceList(participant=row, received_at=now) for row in rows)
    Preference.objects.bulk_create(Preference(preference_list=each, topic=topics[0], rank=1) for each in lists)
    common = {"decided_by": world.people["olga"], "decided_at": now, "reason": "agreed"}
    Pair.objects.bulk_create(Pair(participant=row, topic=topics[1], kind="excluded", **common) for row in rows)
    wanted = {"wants": world.topic(1), "partner": world.row("anna"), "asked_at": now, "kind": "topics"}
    Exchange.objects.bulk_create(
        Exchange(proposer=row, gives=topic, state="asked", **wanted) for row, topic in zip(rows, topics, strict=True)
    )


def one_of_each(world: World, now: datetime) -> None:
    """Anna alone, with a list, a topic, a pair; Boris asks her for a swap; three drafts and what is in force."""
    give_out(world, now, anna=[1, 2], boris=[3])
    pair(world, "anna", 4, "excluded", now)
    ask_swap(world.row("boris"), world.row("anna"), kind="topics", message="", now=now)
    draft_of(world, now + timedelta(hours=1))


def test_allocation_detail_takes_the_same_queries_for_one_and_for_many(
    olga: Client, world: World, now: datetime
) -> None:
    one_of_each(world, now)
    one = queries_of(olga, world.url("allocation/"))
    many_more(world, now)
    draft_of(world, now + timedelta(hours=2))
    assert queries_of(olga, world.url("allocation/")) == one


def test_run_detail_takes_the_same_queries_for_one_and_for_many(olga: Client, world: World, now: datetime) -> None:
    one_of_each(world, now)
    one = queries_of(olga, world.url(f"allocation/runs/{draft_of(world, now).pk}/"))
    many_more(world, now)
    assert queries_of(olga, world.url(f"allocation/runs/{draft_of(world, now).pk}/")) == one


def test_exchange_list_takes_the_same_queries_for_one_and_for_many(anna: Client, world: World, now: datetime) -> None:
    one_of_each(world, now)
    one = queries_of(anna, world.url("exchange/"))
    many_more(world, now)
    assert queries_of(anna, world.url("exchange/")) == one


def test_assignment_edit_takes_the_same_queries_for_one_and_for_many(olga: Client, world: World, now: datetime) -> None:
    one_of_each(world, now)
    url = world.url(f"allocation/students/{world.row('anna').pk}/?topic={world.topic(3).pk}")
    one = queries_of(olga, url)
    many_more(world, now)
    assert queries_of(olga, url) == one


def test_organizers_actions_refuse_every_other_role(world: World, signed_in: SignedIn, now: datetime) -> None:
    draft, topic = draft_of(world, now), world.topic(1).pk
    for name in ("anna", "apply", "gone", "other_organizer", "other_student", "outsider"):
        client = signed_in(world.people[name])
        answers = [
            client.post(world.url("allocation/runs/")),
            client.get(world.url(f"allocation/runs/{draft.pk}/")),
            client.post(world.url(f"allocation/runs/{draft.pk}/publish/")),
            client.post(world.url(f"allocation/students/{world.row('anna').pk}/"), {"topic": topic}),
        ]
        assert (name, [answer.status_code for answer in answers]) == (name, [403] * 4)
    assert (AllocationRun.objects.count(), Assignment.objects.count(), Letter.objects.count()) == (1, 0, 0)


def test_allocation_detail_is_for_those_who_take_part(world: World, signed_in: SignedIn) -> None:
    names = ("apply", "wait", "gone", "other_organizer", "other_student", "outsider")
    answers = {name: signed_in(world.people[name]).get(world.url("allocation/")).status_code for name in names}
    assert answers == dict.fromkeys(names, 403)


def test_pages_ask_strangers_to_sign_in_first(world: World, client: Client) -> None:
    for page in ("preferences/", "allocation/"):
        assert client.get(world.url(page)).url == f"/accounts/login/?next={world.url(page)}"


def test_organizers_actions_know_no_get(olga: Client, world: World) -> None:
    pages = ("allocation/runs/", "allocation/runs/1/publish/", "allocation/pairs/", "allocation/pairs/1/delete/")
    assert [olga.get(world.url(page)).status_code for page in pages] == [405] * 4


# --- why this topic -----------------------------------------------------------------------------------------


def why(world: World, signed_in: SignedIn, name: str) -> str:
    """The student's page, its white space made plain."""
    return " ".join(signed_in(world.people[name]).get(world.url("allocation/")).text.split())


def test_allocation_student_before_anything_is_given_out(world: World, signed_in: SignedIn, now: datetime) -> None:
    prefer(world, "anna", [1], now)
    draft_of(world, now)  # a draft is nobody's business
    assert "The topics have not been given out yet. You will get a letter." in why(world, signed_in, "anna")


def test_allocation_student_is_told_who_got_what_they_ranked_higher(
    world: World, signed_in: SignedIn, now: datetime
) -> None:
    prefer(world, "anna", [1], now)
    prefer(world, "boris", [1, 2], now)
    publish(world, draft_of(world, now), now)
    first, second = why(world, signed_in, "anna"), why(world, signed_in, "boris")
    assert "It is number 1 of your preferences." in first
    assert "What you ranked higher" not in first
    assert "It is number 2 of your preferences." in second
    assert "1 · Structured Denoising <small>your choice 1</small>" in second
    assert "Its one seat went to a student who ranked it number 1." in second
    assert "With this topic for you, 3 students would have no topic at all." in second
    assert "With one more seat you would have had it." in second
    assert "Objective: <strong>generous: nobody far down their list</strong>" in second
    assert "Großmann" not in second


def test_allocation_student_without_a_topic_is_told_why(world: World, signed_in: SignedIn, now: datetime) -> None:
    for name in ("anna", "boris"):
        prefer(world, name, [1], now)
    publish(world, draft_of(world, now), now)
    pages = {name: why(world, signed_in, name) for name in ("anna", "boris")}
    assert sorted("None of the topics you ranked was left" in page for page in pages.values()) == [False, True]
    assert sorted("who ranked it number 1." in page for page in pages.values()) == [False, True]


def test_allocation_student_is_told_of_a_change_by_hand(world: World, signed_in: SignedIn, now: datetime) -> None:
    prefer(world, "anna", [1], now)
    publish(world, draft_of(world, now), now)
    give(world, "anna", 4, now)
    page = why(world, signed_in, "anna")
    assert "4 · Consistency Models" in page
    assert "Your topic has changed since the allocation: by the organizers, or by a swap of yours." in page


def test_allocation_student_with_a_topic_given_before_any_allocation(
    world: World, signed_in: SignedIn, now: datetime
) -> None:
    give(world, "anna", 4, now)
    assert "Your topic was given to you by the organizers." in why(world, signed_in, "anna")


def test_allocation_student_sees_nothing_of_another_seminar(world: World, signed_in: SignedIn, now: datetime) -> None:
    publish(world, draft_of(world, now), now)
    page = signed_in(world.people["other_student"]).get("/seminars/other/allocation/").text
    assert "The topics have not been given out yet." in page
    assert Seminar.objects.count() == 2

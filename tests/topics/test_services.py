"""Preferences, allocations, changes by hand, and the deadlines that follow a talk."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection

from accounts.domain.refusals import Conflict, Refusal
from courses import services as courses_services
from courses.models import HistoryEntry, Participant, Seminar
from milestones.models import Milestone, OwnDeadline
from milestones.queries import deadline_of
from milestones.services import grant_extension
from notifications.models import Letter
from tests.courses.crowd import add_students
from tests.factories.world import World
from topics.models import (
    AllocationRun,
    Assignment,
    Preference,
    PreferenceList,
    PreferenceRule,
    Seat,
    SessionTopic,
    Topic,
)
from topics.queries import preferences_of, topic_of
from topics.services import assign_topic, publish_allocation, run_allocation, save_preferences, sync_talk_deadlines

LAST = datetime(2023, 10, 30, 22, 59, 59, 999999, tzinfo=UTC)  # 23:59:59.999999 in Berlin
TICK = timedelta(microseconds=1)


def rule_of(world: World) -> PreferenceRule:
    return PreferenceRule.objects.select_related("seminar", "milestone__seminar").get(seminar=world.seminar)


def prefer(world: World, name: str, numbers: list[int], at: datetime = LAST) -> PreferenceList:
    return save_preferences(world.row(name), rule_of(world), numbers, arrived_at=at)


def saved(world: World, name: str = "anna") -> list[tuple[int, int]]:
    """(number, rank), best first."""
    return [(row.topic.number, row.rank) for row in preferences_of(world.row(name))]


# --- preferences --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", [[3, 1, 2], [5, 4], [2]])
def test_save_preferences_in_the_last_instant(world: World, numbers: list[int]) -> None:
    mine = prefer(world, "anna", numbers)
    assert saved(world) == [(number, rank) for rank, number in enumerate(numbers, 1)]
    assert mine.received_at == LAST


def test_save_preferences_after_the_deadline_keeps_the_earlier_list(world: World) -> None:
    prefer(world, "anna", [3])
    with pytest.raises(Refusal) as refused:
        prefer(world, "anna", [1], LAST + TICK)
    assert (refused.value.code, refused.value.status) == ("deadline_passed", 403)
    assert saved(world) == [(3, 1)]
    assert PreferenceList.objects.get().received_at == LAST


def test_save_preferences_with_an_extension_counts_until_its_own_end(world: World, now: datetime) -> None:
    olga, milestone = world.people["olga"], world.milestone("m1")
    extra = {"due_date": date(2023, 11, 1), "due_time": time(12), "reason": "ill", "actor": olga, "now": now}
    grant_extension(milestone, world.row("anna"), **extra)
    prefer(world, "anna", [1], LAST + timedelta(days=1))
    with pytest.raises(Refusal):
        prefer(world, "boris", [1], LAST + timedelta(days=1))
    assert (saved(world, "anna"), saved(world, "boris")) == ([(1, 1)], [])


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([1, 2, 3, 4], "too_many_preferences"),
        ([1, 1], "topic_chosen_twice"),
        ([1, 99], "unknown_topic"),
        ([0], "unknown_topic"),
        ([], "no_preference"),
    ],
)
def test_save_preferences_that_are_wrong_keeps_the_earlier_list(world: World, numbers: list[int], code: str) -> None:
    prefer(world, "anna", [3, 2])
    with pytest.raises(Refusal) as refused:
        prefer(world, "anna", numbers)
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert refused.value.message.endswith("Your earlier list, if there is one, stays as it was.")
    assert saved(world) == [(3, 1), (2, 2)]


def test_save_preferences_of_a_topic_of_another_seminar_is_unknown(world: World) -> None:
    Topic.objects.create(seminar=world.other, number=7, title="Theirs")
    with pytest.raises(Refusal) as refused:
        prefer(world, "anna", [7])
    assert refused.value.code == "unknown_topic"
    assert not PreferenceList.objects.exists()


def test_save_preferences_twice_is_one_effect(world: World, now: datetime) -> None:
    first = prefer(world, "anna", [3, 1], now)
    rows = [row.pk for row in preferences_of(world.row("anna"))]
    second = prefer(world, "anna", [3, 1], now + timedelta(hours=1))
    assert (second.pk, second.received_at) == (first.pk, now)
    assert [row.pk for row in preferences_of(world.row("anna"))] == rows


def test_save_preferences_again_replaces_the_list(world: World, now: datetime) -> None:
    prefer(world, "anna", [3, 1, 2], now)
    prefer(world, "anna", [1, 3], now + timedelta(hours=1))
    assert saved(world) == [(1, 1), (3, 2)]
    assert PreferenceList.objects.get().received_at == now + timedelta(hours=1)


def test_save_preferences_without_ranks_ignores_their_order(world: World, now: datetime) -> None:
    PreferenceRule.objects.update(ranked=False)
    first = prefer(world, "anna", [3, 1], now)
    second = prefer(world, "anna", [1, 3], now + timedelta(hours=1))
    assert saved(world) == [(1, 1), (3, 1)]
    assert second.received_at == first.received_at == now


# --- allocation ---------------------------------------------------------------------------------------------


def run(world: World, now: datetime, objective: str = "generous") -> AllocationRun:
    return run_allocation(rule_of(world), objective=objective, actor=world.people["olga"], now=now)


def publish(world: World, draft: AllocationRun, now: datetime) -> AllocationRun:
    return publish_allocation(draft, actor=world.people["olga"], now=now)


def held() -> dict[str, int]:
    """Given names → number of the topic."""
    return dict(Assignment.objects.values_list("participant__user__given_names", "seat__topic__number"))


@pytest.fixture
def chosen(world: World, now: datetime) -> World:
    """Everybody has chosen; the only best result gives Anna 1, Boris 2, Carla 3 and Dana 5."""
    for name, numbers in (("anna", [1]), ("boris", [1, 2]), ("carla", [2, 3]), ("dana", [5])):
        prefer(world, name, numbers, now)
    return world


BEST = {"Anna": 1, "Boris": 2, "Carla": 3, "Dana": 5}


def test_run_allocation_keeps_its_input_and_changes_nothing(chosen: World, now: datetime) -> None:
    draft = run(chosen, now)
    pk = {name: str(chosen.row(name).pk) for name in ("anna", "boris", "carla", "dana")}
    assert draft.preferences == {
        pk["anna"]: [[1]],
        pk["boris"]: [[1], [2]],
        pk["carla"]: [[2], [3]],
        pk["dana"]: [[5]],
    }
    assert draft.capacities == {"1": 1, "2": 1, "3": 1, "4": 1, "5": 1}
    assert draft.assignment == {pk["anna"]: 1, pk["boris"]: 2, pk["carla"]: 3, pk["dana"]: 5}
    assert (draft.profile, draft.state, draft.objective) == ([2, 2], "draft", "generous")
    assert (held(), Letter.objects.count(), HistoryEntry.objects.count()) == ({}, 0, 0)


def test_run_allocation_twice_gives_the_same(chosen: World, now: datetime) -> None:
    assert run(chosen, now).assignment == run(chosen, now).assignment


def test_run_allocation_without_ranks_ties_what_was_chosen(chosen: World, now: datetime) -> None:
    PreferenceRule.objects.update(ranked=False)
    prefer(chosen, "anna", [3, 1], now)
    assert run(chosen, now).preferences[str(chosen.row("anna").pk)] == [[1, 3]]


def test_run_allocation_leaves_out_who_is_not_admitted(chosen: World, now: datetime) -> None:
    Participant.objects.filter(pk=chosen.row("dana").pk).update(state="withdrawn")
    assert set(run(chosen, now).assignment) == {str(chosen.row(name).pk) for name in ("anna", "boris", "carla")}


def test_publish_allocation_gives_the_topics_and_tells_everybody(chosen: World, now: datetime) -> None:
    published = publish(chosen, run(chosen, now), now)
    assert (published.state, published.published_at, held()) == ("published", now, BEST)
    told = dict(Letter.objects.values_list("to_email", "subject"))
    assert set(told) == {f"{name.lower()}@example.org" for name in BEST}
    assert told["dana@example.org"] == "[Small2023] Your topic: 5"
    entries = HistoryEntry.objects.filter(subject="topic").values_list("participant__user__given_names", "old", "new")
    assert sorted(entries) == [
        ("Anna", "", "1 Structured Denoising"),
        ("Boris", "", "2 Graph Generation"),
        ("Carla", "", "3 Geometric Latent Diffusion Models for 3D Molecule Generation"),
        ("Dana", "", "5 Cold Diffusion"),
    ]


def test_publish_allocation_letter_says_which_topic_and_why(chosen: World, now: datetime) -> None:
    publish(chosen, run(chosen, now), now)
    text = Letter.objects.get(to_email="anna@example.org").text
    assert "your topic in the seminar is:\n\n1 · Structured Denoising" in text
    assert "Why this topic:\nhttp://testserver/seminars/small/allocation/" in text


def test_publish_allocation_tells_also_who_got_no_topic(chosen: World, now: datetime) -> None:
    """Their page has promised a letter, and the organizer reads that everybody is told."""
    PreferenceList.objects.filter(participant=chosen.row("dana")).delete()
    publish(chosen, run(chosen, now), now)
    assert set(Letter.objects.values_list("to_email", flat=True)) == {f"{name.lower()}@example.org" for name in BEST}


def test_publish_allocation_twice_is_one_effect(chosen: World, now: datetime) -> None:
    draft = run(chosen, now)
    for hours in (0, 1):
        publish(chosen, draft, now + timedelta(hours=hours))
    draft.refresh_from_db()
    assert (draft.published_at, Letter.objects.count(), HistoryEntry.objects.count()) == (now, 4, 4)


@pytest.mark.parametrize(("name", "state"), [("dana", "withdrawn"), ("apply", "admitted")])
def test_publish_allocation_is_refused_when_people_have_changed(
    chosen: World, now: datetime, name: str, state: str
) -> None:
    draft = run(chosen, now)
    Participant.objects.filter(pk=chosen.row(name).pk).update(state=state)
    with pytest.raises(Conflict) as refused:
        publish(chosen, draft, now)
    assert (refused.value.code, refused.value.status) == ("allocation_outdated", 409)
    draft.refresh_from_db()
    assert (draft.state, held(), Letter.objects.count()) == ("draft", {}, 0)


@pytest.mark.parametrize("gone", [Topic, Seat])
def test_publish_allocation_is_refused_when_a_topic_has_gone(
    chosen: World, now: datetime, gone: type[Topic] | type[Seat]
) -> None:
    draft = run(chosen, now)
    Seat.objects.filter(topic=chosen.topic(5)).delete()
    if gone is Topic:
        Preference.objects.filter(topic=chosen.topic(5)).delete()
        chosen.topic(5).delete()
    with pytest.raises(Conflict):
        publish(chosen, draft, now)
    draft.refresh_from_db()
    assert (draft.state, held(), Letter.objects.count()) == ("draft", {}, 0)


def test_publish_allocation_again_supersedes_and_tells_only_those_who_change(chosen: World, now: datetime) -> None:
    first = publish(chosen, run(chosen, now), now)
    Letter.objects.all().delete()
    prefer(chosen, "dana", [4], now)
    second = publish(chosen, run(chosen, now), now + timedelta(hours=1))
    first.refresh_from_db()
    assert (first.state, second.state, held()) == ("superseded", "published", {**BEST, "Dana": 4})
    assert [letter.to_email for letter in Letter.objects.all()] == ["dana@example.org"]
    assert "your topic has changed. It is now:\n\n4 · Consistency Models" in Letter.objects.get().text


def test_publish_allocation_that_was_superseded_is_refused(chosen: World, now: datetime) -> None:
    first = publish(chosen, run(chosen, now), now)
    publish(chosen, run(chosen, now), now)
    with pytest.raises(Conflict) as refused:
        publish(chosen, first, now)
    assert refused.value.code == "allocation_outdated"
    assert AllocationRun.objects.get(state="published") != first


def test_publish_allocation_takes_back_a_topic_that_somebody_loses(chosen: World, now: datetime) -> None:
    assign_topic(chosen.row("dana"), chosen.topic(4), reason="", actor=chosen.people["olga"], now=now)
    Letter.objects.all().delete()
    PreferenceList.objects.filter(participant=chosen.row("dana")).delete()
    publish(chosen, run(chosen, now), now)
    assert held() == {name: number for name, number in BEST.items() if name != "Dana"}
    letter = Letter.objects.get(to_email="dana@example.org")
    assert letter.subject == "[Small2023] You have no topic at the moment"
    assert "the topic you had was taken back" in letter.text


# --- by hand ------------------------------------------------------------------------------------------------


def give(world: World, name: str, number: int | None, now: datetime, reason: str = "") -> None:
    topic = world.topic(number) if number else None
    assign_topic(world.row(name), topic, reason=reason, actor=world.people["olga"], now=now)


def test_assign_topic_is_noted_with_its_reason_and_told(world: World, now: datetime) -> None:
    give(world, "anna", 4, now, "She wrote her thesis on it.")
    give(world, "anna", 5, now)
    give(world, "anna", None, now)
    assert held() == {}
    lines = HistoryEntry.objects.order_by("pk").values_list("participant", "actor", "old", "new", "reason")
    who = (world.row("anna").pk, world.people["olga"].pk)
    assert list(lines) == [
        (*who, "", "4 Consistency Models", "She wrote her thesis on it."),
        (*who, "4 Consistency Models", "5 Cold Diffusion", ""),
        (*who, "5 Cold Diffusion", "", ""),
    ]
    assert [letter.subject for letter in Letter.objects.order_by("pk")] == [
        "[Small2023] Your topic: 4",
        "[Small2023] Your topic: 5",
        "[Small2023] You have no topic at the moment",
    ]


def test_assign_topic_twice_is_one_effect(world: World, now: datetime) -> None:
    for _ in range(2):
        give(world, "anna", 4, now)
    assert (held(), Letter.objects.count(), HistoryEntry.objects.count()) == ({"Anna": 4}, 1, 1)


def test_assign_topic_that_is_taken_changes_nothing(world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    give(world, "boris", 2, now)
    with pytest.raises(Conflict) as refused:
        give(world, "boris", 1, now)
    assert (refused.value.code, refused.value.status) == ("topic_taken", 409)
    assert held() == {"Anna": 1, "Boris": 2}
    assert (Letter.objects.count(), HistoryEntry.objects.count()) == (2, 2)


def test_assign_topic_with_two_seats_has_room_for_two(world: World, now: datetime) -> None:
    Seat.objects.create(topic=world.topic(1), number=2)
    give(world, "anna", 1, now)
    give(world, "boris", 1, now)
    with pytest.raises(Conflict):
        give(world, "carla", 1, now)
    assert held() == {"Anna": 1, "Boris": 1}


def test_assign_topic_of_somebody_who_has_left_makes_room(world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    courses_services.change_state(world.row("anna"), "withdrawn", actor=world.people["olga"], now=now)
    give(world, "boris", 1, now)
    assert held() == {"Boris": 1}


@pytest.mark.parametrize("name", ["apply", "wait", "gone"])
def test_assign_topic_to_somebody_not_admitted_is_refused(world: World, now: datetime, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        give(world, name, 1, now)
    assert (refused.value.code, held()) == ("not_admitted", {})


# --- deadlines that follow the talk -------------------------------------------------------------------------


@pytest.fixture
def report(world: World) -> Milestone:
    """Due a week after one's own talk; topics 1 to 4 speak on December 15."""
    return Milestone.objects.create(
        seminar=world.seminar,
        key="report",
        title="Report",
        kind="upload",
        anchor="own_talk",
        due_time=time(23, 59),
        offset_days=7,
    )


def wall(world: World, report: Milestone, name: str = "anna") -> datetime | None:
    return deadline_of(report, world.row(name)).wall


def test_talk_deadline_comes_and_goes_with_the_topic(world: World, report: Milestone, now: datetime) -> None:
    walls = []
    for number in (1, 5, 2, None):
        give(world, "anna", number, now)
        walls.append(wall(world, report))
    assert walls == [datetime(2023, 12, 22, 23, 59), None, datetime(2023, 12, 22, 23, 59), None]
    assert wall(world, report, "boris") is None


def test_talk_deadline_is_written_when_an_allocation_is_published(
    chosen: World, report: Milestone, now: datetime
) -> None:
    publish(chosen, run(chosen, now), now)
    walls = {name: wall(chosen, report, name) for name in ("anna", "boris", "carla", "dana")}
    assert walls == {**dict.fromkeys(("anna", "boris", "carla"), datetime(2023, 12, 22, 23, 59)), "dana": None}


def test_talk_deadline_follows_a_session_that_has_moved(world: World, report: Milestone, now: datetime) -> None:
    give(world, "anna", 1, now)
    talks = world.seminar.sessions.select_related("seminar").get(key="talks")
    was, talks.date = courses_services.session_line(talks), date(2024, 1, 12)
    courses_services.move_session(talks, was=was, actor=world.people["olga"], now=now)
    for _ in range(2):
        sync_talk_deadlines(world.seminar, now=now)
    assert wall(world, report) == datetime(2024, 1, 19, 23, 59)
    lines = HistoryEntry.objects.filter(subject="talk_deadline:report").order_by("pk").values_list("old", "new")
    assert list(lines) == [("", "2023-12-22 23:59:00"), ("2023-12-22 23:59:00", "2024-01-19 23:59:00")]


def test_talk_deadline_keeps_an_extension_that_ends_later(world: World, report: Milestone, now: datetime) -> None:
    give(world, "anna", 1, now)
    extra = {"due_date": date(2024, 2, 1), "due_time": time(12), "reason": "ill", "actor": world.people["olga"]}
    grant_extension(report, world.row("anna"), **extra, now=now)
    SessionTopic.objects.filter(topic=world.topic(1)).delete()
    sync_talk_deadlines(world.seminar, now=now)
    assert wall(world, report) == datetime(2024, 2, 1, 12, 0)
    assert list(OwnDeadline.objects.values_list("origin", flat=True)) == ["extension"]


def test_talk_deadline_leaves_other_milestones_alone(world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    assert OwnDeadline.objects.count() == 0


# --- at the same time ---------------------------------------------------------------------------------------


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_assign_topic_to_many_at_once_gives_the_seat_to_one(world: World, now: datetime) -> None:
    Seminar.objects.update(capacity=20)
    rows, topic = add_students(world.seminar, 8), world.topic(1)
    answers: list[str] = []
    barrier = threading.Barrier(8)

    def assign(row: Participant) -> None:
        barrier.wait(timeout=20)
        try:
            assign_topic(row, topic, reason="", actor=world.people["olga"], now=now)
        except Conflict as conflict:
            answers.append(conflict.code)
        else:
            answers.append("done")
        finally:
            connection.close()

    threads = [threading.Thread(target=assign, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["done"] + ["topic_taken"] * 7
    assert (Assignment.objects.count(), Letter.objects.count(), HistoryEntry.objects.count()) == (1, 1, 1)


def test_assign_topic_from_a_stale_page_names_both_and_changes_nothing(world: World, now: datetime) -> None:
    anna, actor = world.row("anna"), world.row("olga").user
    assign_topic(anna, world.topic(1), reason="", actor=actor, now=now, shown="")
    with pytest.raises(Conflict) as refused:
        assign_topic(anna, world.topic(2), reason="", actor=actor, now=now, shown="")
    assert "given topic 1 Structured Denoising; you chose 2 Graph Generation" in refused.value.message
    assert topic_of(anna) == world.topic(1)


def test_publish_allocation_computed_before_a_change_by_hand_is_refused(chosen: World, now: datetime) -> None:
    draft = run(chosen, now)
    actor = chosen.row("olga").user
    later = now + timedelta(minutes=1)
    assign_topic(chosen.row("dana"), chosen.topic(5), reason="agreed", actor=actor, now=later)
    with pytest.raises(Conflict):
        publish(chosen, draft, later)

"""Computed allocations, in force and told, and the deadlines that follow a talk."""

from datetime import date, datetime, time, timedelta

import pytest

from accounts.domain.refusals import Conflict, Refusal
from courses import services as courses_services
from courses.models import HistoryEntry, Participant
from milestones.models import Milestone, OwnDeadline
from milestones.queries import deadline_of
from milestones.services import grant_extension
from notifications.models import Letter
from tests.factories.topics import (
    STUDENTS,
    by_name,
    code,
    draft_of,
    give,
    held,
    lines,
    pair,
    prefer,
    publish,
    rule_of,
    told,
)
from tests.factories.world import World
from topics.domain.evidence import code_of
from topics.models import AllocationRun, Preference, PreferenceList, Seat, SessionTopic, Topic
from topics.queries import latest_drafts
from topics.services import assign_topic, compare_objectives, save_topic, sync_talk_deadlines


@pytest.fixture
def chosen(world: World, now: datetime) -> World:
    """Everybody has chosen; the only best result gives Anna 1, Boris 2, Carla 3 and Dana 5."""
    for name, numbers in (("anna", [1]), ("boris", [1, 2]), ("carla", [2, 3]), ("dana", [5])):
        prefer(world, name, numbers, now)
    return world


BEST = {"Anna": 1, "Boris": 2, "Carla": 3, "Dana": 5}


def test_run_allocation_keeps_its_input_and_changes_nothing(chosen: World, now: datetime) -> None:
    before = HistoryEntry.objects.count()
    draft = draft_of(chosen, now)
    assert {name: draft.preferences[code(draft, chosen, name)] for name in STUDENTS} == {
        "anna": [[1]],
        "boris": [[1], [2]],
        "carla": [[2], [3]],
        "dana": [[5]],
    }
    assert draft.capacities == {"1": 1, "2": 1, "3": 1, "4": 1, "5": 1}
    assert by_name(draft, chosen) == {"anna": 1, "boris": 2, "carla": 3, "dana": 5}
    assert (draft.profile, draft.state, draft.objective) == ([2, 2], "draft", "generous")
    assert (held(), Letter.objects.count(), HistoryEntry.objects.count()) == ({}, 0, before)


def test_run_allocation_names_students_by_the_code_that_each_was_shown(chosen: World, now: datetime) -> None:
    rule, draft = rule_of(chosen), draft_of(chosen, now)
    assert draft.people == {code_of(rule.salt, chosen.row(name).pk): chosen.row(name).pk for name in STUDENTS}
    assert set(draft.preferences) == set(draft.assignment) == set(draft.people)
    assert (draft.seed, draft.nonce) == (rule.seed, rule.nonce)


def test_run_allocation_twice_gives_the_same(chosen: World, now: datetime) -> None:
    assert draft_of(chosen, now).assignment == draft_of(chosen, now).assignment


def test_run_allocation_without_ranks_ties_what_was_chosen(chosen: World, now: datetime) -> None:
    rule_of(chosen, ranked=False)
    prefer(chosen, "anna", [3, 1], now)
    draft = draft_of(chosen, now)
    assert draft.preferences[code(draft, chosen, "anna")] == [[1, 3]]


def test_run_allocation_leaves_out_who_is_not_admitted(chosen: World, now: datetime) -> None:
    Participant.objects.filter(pk=chosen.row("dana").pk).update(state="withdrawn")
    assert set(by_name(draft_of(chosen, now), chosen)) == {"anna", "boris", "carla"}


def test_run_allocation_with_ties_gives_either_as_the_same_rank(chosen: World, now: datetime) -> None:
    rule_of(chosen, ties=True)
    prefer(chosen, "anna", [[1, 4]], now)
    draft = draft_of(chosen, now)
    assert draft.preferences[code(draft, chosen, "anna")] == [[1, 4]]
    assert by_name(draft, chosen) == {"anna": 4, "boris": 1, "carla": 2, "dana": 5}
    assert draft.rank(code(draft, chosen, "anna"), 4) == 1


def test_run_allocation_gives_an_unchosen_topic_only_where_the_rule_says_so(chosen: World, now: datetime) -> None:
    prefer(chosen, "dana", [1], now)
    without, filled = draft_of(chosen, now), (rule_of(chosen, fill=True), draft_of(chosen, now))[1]
    assert sorted(by_name(without, chosen).values(), key=str) == [1, 2, 3, None]
    given = by_name(filled, chosen)
    last = next(name for name, number in given.items() if number in {4, 5})
    assert (sorted(given.values())[:3], filled.profile[-1]) == ([1, 2, 3], 1)
    assert filled.rank(code(filled, chosen, last), given[last]) is None


def test_run_allocation_with_fill_puts_what_was_not_chosen_below_every_list(chosen: World, now: datetime) -> None:
    rule_of(chosen, fill=True)
    pair(chosen, "anna", 4, "excluded", now)
    draft = draft_of(chosen, now)
    assert draft.preferences[code(draft, chosen, "anna")] == [[1], [0], [-1], [2, 3, 5]]
    assert {number: seats for number, seats in draft.capacities.items() if int(number) < 1} == {
        "0": 0,
        "-1": 0,
        "-2": 0,
    }
    assert (draft.fill_rank, {*by_name(draft, chosen).values()} <= {1, 2, 3, 4, 5}) == (4, True)


def test_run_allocation_keeps_pins_and_exclusions(chosen: World, now: datetime) -> None:
    pair(chosen, "boris", 4, "pinned", now)
    pair(chosen, "dana", 5, "excluded", now)
    draft = draft_of(chosen, now)
    assert by_name(draft, chosen) == {"anna": 1, "boris": 4, "carla": 2, "dana": None}
    assert draft.pinned == {code(draft, chosen, "boris"): 4}
    assert draft.forbidden == [[code(draft, chosen, "dana"), 5]]


def test_run_allocation_with_two_pins_on_one_seat_names_both_people(chosen: World, now: datetime) -> None:
    pair(chosen, "anna", 4, "pinned", now)
    pair(chosen, "boris", 4, "pinned", now)
    with pytest.raises(Refusal) as refused:
        draft_of(chosen, now)
    assert (refused.value.code, AllocationRun.objects.count()) == ("allocation_impossible", 0)
    assert "Anna Großmann" in refused.value.message
    assert "Boris Łukasik" in refused.value.message


def test_run_allocation_charges_those_who_would_change(chosen: World, now: datetime) -> None:
    """Dana could have her new first choice, but a change counts as two ranks."""
    publish(chosen, draft_of(chosen, now), now)
    prefer(chosen, "dana", [4, 5], now)
    moved, stays = draft_of(chosen, now), draft_of(chosen, now, change_cost=2)
    assert (by_name(moved, chosen)["dana"], by_name(stays, chosen)["dana"]) == (4, 5)
    assert stays.previous == {code(stays, chosen, name): n for name, n in by_name(stays, chosen).items()}


def test_compare_objectives_keeps_three_drafts_of_one_instant(chosen: World, now: datetime) -> None:
    drafts = compare_objectives(rule_of(chosen), actor=chosen.people["olga"], now=now)
    assert [(draft.objective, draft.state, draft.created_at) for draft in drafts] == [
        (objective, "draft", now) for objective in ("generous", "greedy", "mincost")
    ]
    assert all(draft.preferences == drafts[0].preferences for draft in drafts)
    assert latest_drafts(chosen.seminar) == drafts


def test_compare_objectives_is_put_away_by_publishing_one(chosen: World, now: datetime) -> None:
    drafts = compare_objectives(rule_of(chosen), actor=chosen.people["olga"], now=now)
    publish(chosen, drafts[1], now)
    assert latest_drafts(chosen.seminar) == []
    draft_of(chosen, now + timedelta(hours=1))
    assert len(latest_drafts(chosen.seminar)) == 1


def test_publish_allocation_gives_the_topics_and_tells_everybody(chosen: World, now: datetime) -> None:
    published = publish(chosen, draft_of(chosen, now), now)
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
    publish(chosen, draft_of(chosen, now), now)
    text = Letter.objects.get(to_email="anna@example.org").text
    assert "your topic in the seminar is:\n\n1 · Structured Denoising" in text
    assert "Why this topic:\nhttp://testserver/seminars/small/allocation/" in text


def test_publish_allocation_tells_also_who_got_no_topic(chosen: World, now: datetime) -> None:
    """Their page has promised a letter, and the organizer reads that everybody is told."""
    PreferenceList.objects.filter(participant=chosen.row("dana")).delete()
    publish(chosen, draft_of(chosen, now), now)
    assert set(Letter.objects.values_list("to_email", flat=True)) == {f"{name.lower()}@example.org" for name in BEST}


def test_publish_allocation_twice_is_one_effect(chosen: World, now: datetime) -> None:
    draft = draft_of(chosen, now)
    for hours in (0, 1):
        publish(chosen, draft, now + timedelta(hours=hours))
    draft.refresh_from_db()
    assert (draft.published_at, Letter.objects.count(), len(lines("topic"))) == (now, 4, 4)


@pytest.mark.parametrize(("name", "state"), [("dana", "withdrawn"), ("apply", "admitted")])
def test_publish_allocation_is_refused_when_people_have_changed(
    chosen: World, now: datetime, name: str, state: str
) -> None:
    draft = draft_of(chosen, now)
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
    draft = draft_of(chosen, now)
    Seat.objects.filter(topic=chosen.topic(5)).delete()
    if gone is Topic:
        Preference.objects.filter(topic=chosen.topic(5)).delete()
        chosen.topic(5).delete()
    with pytest.raises(Conflict):
        publish(chosen, draft, now)
    draft.refresh_from_db()
    assert (draft.state, held(), Letter.objects.count()) == ("draft", {}, 0)


@pytest.mark.parametrize("change", ["pair", "renumbered", "seats"])
def test_publish_allocation_is_refused_when_pairs_or_the_catalogue_have_changed(
    chosen: World, now: datetime, change: str
) -> None:
    draft, later, topic = draft_of(chosen, now), now + timedelta(minutes=1), chosen.topic(4)
    if change == "pair":
        pair(chosen, "anna", 1, "excluded", later)
    else:
        topic.number = 6 if change == "renumbered" else 4
        seats = 2 if change == "seats" else 1
        save_topic(topic, seats=seats, prerequisites={}, actor=chosen.people["olga"], now=later)
    with pytest.raises(Conflict) as refused:
        publish(chosen, draft, later)
    assert (refused.value.code, held()) == ("allocation_outdated", {})


def test_publish_allocation_notes_the_run_and_who_published_it(chosen: World, now: datetime) -> None:
    run = publish(chosen, draft_of(chosen, now), now, reason="as agreed")
    assert {reason for _old, _new, reason in lines("topic")} == {f"run:{run.pk} as agreed"}
    assert (run.published_by, run.reason) == (chosen.people["olga"], "as agreed")


def test_publish_allocation_again_tells_why_those_who_change(chosen: World, now: datetime) -> None:
    publish(chosen, draft_of(chosen, now), now, reason="not for the letters")
    assert "Reason:" not in Letter.objects.get(to_email="dana@example.org").text
    told()
    prefer(chosen, "dana", [4], now)
    publish(chosen, draft_of(chosen, now), now + timedelta(hours=1), reason="Dana changed her mind.")
    text = Letter.objects.get().text
    assert "your topic has changed. It is now:\n\n4 · Consistency Models" in text
    assert "Before: 5 · Cold Diffusion\nReason: Dana changed her mind." in text


def test_publish_allocation_again_writes_nothing_to_those_who_stay_without_a_topic(
    chosen: World, now: datetime
) -> None:
    prefer(chosen, "dana", [], now, any_topic=True)
    publish(chosen, draft_of(chosen, now), now)
    assert ("dana", "topic_missing") in told()
    publish(chosen, draft_of(chosen, now), now + timedelta(hours=1), reason="again")
    assert told() == []


def test_publish_allocation_again_supersedes_and_tells_only_those_who_change(chosen: World, now: datetime) -> None:
    first = publish(chosen, draft_of(chosen, now), now)
    Letter.objects.all().delete()
    prefer(chosen, "dana", [4], now)
    second = publish(chosen, draft_of(chosen, now), now + timedelta(hours=1))
    first.refresh_from_db()
    assert (first.state, second.state, held()) == ("superseded", "published", {**BEST, "Dana": 4})
    assert [letter.to_email for letter in Letter.objects.all()] == ["dana@example.org"]
    assert "your topic has changed. It is now:\n\n4 · Consistency Models" in Letter.objects.get().text


def test_publish_allocation_that_was_superseded_is_refused(chosen: World, now: datetime) -> None:
    first = publish(chosen, draft_of(chosen, now), now)
    publish(chosen, draft_of(chosen, now), now)
    with pytest.raises(Conflict) as refused:
        publish(chosen, first, now)
    assert refused.value.code == "allocation_outdated"
    assert AllocationRun.objects.get(state="published") != first


def test_publish_allocation_takes_back_a_topic_that_somebody_loses(chosen: World, now: datetime) -> None:
    assign_topic(chosen.row("dana"), chosen.topic(4), reason="", actor=chosen.people["olga"], now=now)
    Letter.objects.all().delete()
    PreferenceList.objects.filter(participant=chosen.row("dana")).delete()
    publish(chosen, draft_of(chosen, now), now)
    assert held() == {name: number for name, number in BEST.items() if name != "Dana"}
    letter = Letter.objects.get(to_email="dana@example.org")
    assert letter.subject == "[Small2023] You have no topic at the moment"
    assert "the topic you had was taken back" in letter.text


def test_publish_allocation_computed_before_a_change_by_hand_is_refused(chosen: World, now: datetime) -> None:
    draft = draft_of(chosen, now)
    actor = chosen.row("olga").user
    later = now + timedelta(minutes=1)
    assign_topic(chosen.row("dana"), chosen.topic(5), reason="agreed", actor=actor, now=later)
    with pytest.raises(Conflict):
        publish(chosen, draft, later)


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
    publish(chosen, draft_of(chosen, now), now)
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

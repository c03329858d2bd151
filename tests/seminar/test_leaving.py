"""Somebody leaves, or comes late: every effect is shown before it happens, happens at once, and happens once."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from accounts.domain.refusals import Conflict
from courses import queries as courses_queries
from courses.models import HistoryEntry, Participant, Seminar
from courses.services import change_state, save_attendance
from grading.models import PartGrade
from milestones.models import OwnDeadline
from milestones.queries import deadline_of
from milestones.services import grant_extension
from notifications.models import Letter
from reviews.models import Review, ReviewRound
from seminar.services import admit_late, departure_of, withdraw
from seminar.services.invariants import broken_invariants
from seminar.services.sweeping import sweep, write_reminders
from submissions.models import Version
from tests.factories.topics import give, give_out, held, told
from tests.factories.world import World
from tests.grading.test_services import grade
from tests.reviews.test_services import PLANNED, WRITING, first_of, hand_in, publish, write
from topics.models import PreferenceRule, SessionTopic, TopicProposal
from topics.queries import topic_of
from topics.services import ask_swap, propose_topic

SignedIn = Callable[..., Client]
JSON = {"accept": "application/json"}
STAGES = ("kick-off", "topics", "handed in", "planned", "written", "graded")
GIVEN = {"Anna": 1, "Boris": 2, "Carla": 3, "Dana": 5}


def live_until(world: World, stage: str) -> datetime:
    """Let the term run to a stage; return when that is."""
    now = datetime(2023, 10, 27, 15, 0, tzinfo=UTC)
    reached = STAGES.index(stage)
    if reached >= 1:
        give_out(world, now, anna=[1], boris=[2], carla=[3], dana=[5])
    if reached >= 2:
        hand_in(world)
    if reached >= 3:
        publish(world)
    if reached >= 4:
        write(first_of(world, "anna"), deliver=True)
        write(Review.objects.filter(author=world.row("anna"))[0], deliver=True)
    if reached >= 5:
        grade(world, "anna", WRITING)
    return (now, now, PLANNED, PLANNED, WRITING, WRITING)[reached]


def leave(world: World, now: datetime, name: str = "anna", *, actor: str = "olga", reason: str = "") -> Participant:
    return withdraw(world.row(name), actor=world.row(actor).user, now=now, reason=reason)


def everything() -> list[tuple[Any, ...]]:
    """All rows of all tables but sessions."""
    models = [model for model in apps.get_models() if model._meta.label != "sessions.Session"]
    return [row for model in models for row in model.objects.order_by("pk").values_list()]


def lines(world: World, name: str = "anna") -> list[tuple[str, str, str, str]]:
    return list(world.row(name).history.order_by("pk").values_list("subject", "old", "new", "reason"))


def fill(world: World, now: datetime) -> None:
    """All five places are taken, and nobody's application is open."""
    change_state(world.row("apply"), "admitted", actor=None, now=now)


def words(text: str) -> str:
    main = text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).replace("\xa0", " ").split())


# --- what is kept ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_withdraw_in_every_stage_keeps_files_delivered_reviews_and_grades(world: World, stage: str) -> None:
    now = live_until(world, stage)
    kept = [list(rows.order_by("pk").values_list()) for rows in what_stays(world)]
    history = HistoryEntry.objects.count()
    assert leave(world, now).state == "withdrawn"
    assert [list(rows.order_by("pk").values_list()) for rows in what_stays(world)] == kept
    assert HistoryEntry.objects.count() > history
    assert broken_invariants() == []


def what_stays(world: World) -> tuple[Any, ...]:
    return (
        Version.objects.all(),
        Review.objects.exclude(state="planned"),
        PartGrade.objects.all(),
        world.row("anna").attendances.all(),
        SessionTopic.objects.filter(moderator=None),
    )


@pytest.mark.parametrize("stage", STAGES)
def test_withdraw_twice_is_one_effect_in_every_stage(world: World, stage: str) -> None:
    now, stale = live_until(world, stage), world.row("anna")
    leave(world, now)
    after = everything()
    withdraw(stale, actor=world.row("olga").user, now=now + timedelta(minutes=1))
    assert everything() == after


@pytest.mark.parametrize("stage", STAGES)
def test_withdrawal_create_shows_the_effects_and_changes_nothing(
    world: World, signed_in: SignedIn, time_machine: Any, stage: str
) -> None:
    time_machine.move_to(live_until(world, stage), tick=False)
    olga, anna = signed_in(world.people["olga"]), signed_in(world.people["anna"])
    before = everything()
    answers = [olga.get(url_of(world, "anna", "withdrawal")), anna.get(world.url("entry/leave/"))]
    assert ([answer.status_code for answer in answers], everything()) == ([200, 200], before)


def test_withdraw_keeps_attendance(world: World, now: datetime) -> None:
    session = world.seminar.sessions.get(key="kickoff")
    save_attendance(session, {world.row("anna").pk: "present"}, actor=world.row("olga").user, now=now)
    leave(world, now)
    assert world.row("anna").attendances.get().status == "present"


def test_withdraw_ends_the_rights_at_the_next_request(world: World, signed_in: SignedIn, now: datetime) -> None:
    live_until(world, "handed in")
    client, receipt = signed_in(world.people["anna"]), Version.objects.get(submission__participant=world.row("anna"))
    leave(world, now)
    pages = ("submissions/", "preferences/", f"submissions/receipts/{receipt.receipt}/", "me/")
    assert [client.get(world.url(page)).status_code for page in pages] == [403, 403, 200, 200]


# --- the topic ------------------------------------------------------------------------------------------------


def test_withdraw_frees_the_topic_and_keeps_its_place_in_the_schedule(world: World) -> None:
    now = live_until(world, "topics")
    schedule = list(SessionTopic.objects.order_by("pk").values_list())
    leave(world, now)
    assert list(SessionTopic.objects.order_by("pk").values_list()) == schedule
    give(world, "carla", 1, now)
    assert held() == {"Boris": 2, "Carla": 1, "Dana": 5}


def test_withdraw_clears_what_the_person_moderates(world: World, now: datetime) -> None:
    SessionTopic.objects.filter(session__key="talks").update(moderator=world.row("boris"))
    SessionTopic.objects.filter(session__key="talks", topic__number=1).update(moderator=world.row("anna"))
    leave(world, now)
    moderators = SessionTopic.objects.filter(session__key="talks").values_list(
        "topic__number", "moderator__user__given_names"
    )
    assert dict(moderators) == {1: None, 2: "Boris", 3: "Boris", 4: "Boris"}


def test_withdraw_takes_back_open_proposals_and_lapses_open_swaps(world: World) -> None:
    now = live_until(world, "topics")
    PreferenceRule.objects.update(proposals=True)
    propose_topic(world.row("anna"), TopicProposal(title="Mine", abstract="New."), now=now)
    told()
    ask_swap(world.row("boris"), world.row("anna"), kind="topics", message="", now=now)
    leave(world, now)
    assert TopicProposal.objects.get().state == "taken_back"
    assert world.row("boris").exchanges.get().state == "lapsed"
    assert ("boris", "exchange_closed") in told()


# --- the place ------------------------------------------------------------------------------------------------


def test_withdraw_offers_the_place_to_the_next_in_line(world: World, now: datetime) -> None:
    fill(world, now)
    leave(world, now)
    assert (world.row("wait").state, courses_queries.taken_places(world.seminar)) == ("offered", 5)


def test_withdraw_leaves_the_place_to_an_open_application(world: World, now: datetime) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(capacity=4)
    assert departure_of(world.row("anna"), now=now).next_in_line is None
    leave(world, now)
    assert (world.row("apply").state, world.row("wait").state) == ("applied", "waiting")


@pytest.mark.parametrize("change", [{"offer_hours": 0}, {}])
def test_departure_names_the_next_in_line_only_where_an_offer_follows(
    world: World, now: datetime, change: dict[str, int]
) -> None:
    fill(world, now)
    Seminar.objects.filter(pk=world.seminar.pk).update(**change)
    named = departure_of(world.row("anna"), now=now).next_in_line
    leave(world, now)
    assert (named is not None) == (world.row("wait").state == "offered") == (not change)


def test_departure_of_the_only_one_who_waits_offers_them_nothing(world: World, now: datetime) -> None:
    """Their own row is no reason for an offer, although a place is free."""
    world.row("apply").delete()
    assert departure_of(world.row("wait"), now=now).next_in_line is None


def test_departure_of_an_application_frees_the_place_that_was_kept_for_it(world: World, now: datetime) -> None:
    named = departure_of(world.row("apply"), now=now).next_in_line
    leave(world, now, "apply", actor="apply")
    assert (named, world.row("wait").state) == (world.row("wait"), "offered")


def test_withdraw_with_an_open_offer_passes_it_on(world: World, now: datetime) -> None:
    world.row("apply").delete()
    Participant.objects.filter(pk=world.row("gone").pk).update(state="waiting", entered_at=now + timedelta(hours=1))
    change_state(world.row("wait"), "offered", actor=None, now=now)
    leave(world, now, "wait", actor="wait")
    assert [world.row(name).state for name in ("wait", "gone")] == ["withdrawn", "offered"]


# --- reviews and letters --------------------------------------------------------------------------------------


def test_withdraw_replaces_planned_reviews_and_asks_nobody_for_more(world: World) -> None:
    now = live_until(world, "planned")
    shown = departure_of(world.row("anna"), now=now).repair
    leave(world, now)
    assert shown
    assert not Review.objects.filter(reviewer=world.row("anna")).exists()
    found = set(Review.objects.values_list("reviewer", "author"))
    assert {(reviewer.pk, author.pk) for reviewer, author in shown.new} <= found
    written = [Review.objects.filter(reviewer=world.row(name)).count() for name in ("boris", "carla", "dana")]
    assert written == [2, 2, 2]
    assert [new for subject, _old, new, _why in lines(world) if subject == "review_plan"] == ["4 dropped, 2 new"]


def test_withdraw_from_a_seminar_without_reviews(world: World, now: datetime) -> None:
    ReviewRound.objects.all().delete()
    assert departure_of(world.row("anna"), now=now).repair is None
    assert leave(world, now).state == "withdrawn"


def test_withdraw_drops_reminders_that_have_not_gone_out(world: World, now: datetime) -> None:
    sweep(datetime(2023, 10, 28, 5, 0, tzinfo=UTC))  # the mornings after three days and one day before
    write_reminders(datetime(2023, 10, 30, 6, 0, tzinfo=UTC))
    assert departure_of(world.row("anna"), now=now).letters == 1
    leave(world, now, actor="anna")
    reminders = Letter.objects.filter(kind="reminder", scope="small").order_by("pk")
    assert [row.state for row in reminders.filter(user=world.people["anna"])] == ["sent", "dropped"]
    assert [row.state for row in reminders.filter(user=world.people["boris"])] == ["sent", "waiting"]


def test_withdraw_by_an_organizer_tells_the_student_and_the_other_organizers(world: World, now: datetime) -> None:
    leave(world, now)
    assert sorted(told()) == [("anna", "participant_state"), ("otto", "student_left"), ("wait", "place_offered")]


def test_withdraw_by_oneself_tells_the_organizers(world: World, now: datetime) -> None:
    live_until(world, "topics")
    told()
    leave(world, now, actor="anna")
    letter = Letter.objects.get(kind="student_left", user=world.people["olga"])
    assert letter.subject == "[Small2023] Anna Großmann has left the seminar"
    text = " ".join(letter.text.split())
    assert "Topic 1, Structured Denoising, is free again and keeps its place in the schedule." in text
    assert "The place has been offered to the next on the waiting list." in letter.text
    assert sorted(told()) == [("olga", "student_left"), ("otto", "student_left"), ("wait", "place_offered")]


def test_withdraw_tells_those_without_a_topic_that_one_is_free_where_nobody_comes_after(
    world: World, now: datetime
) -> None:
    give_out(world, now, anna=[1], boris=[2], carla=[3])
    give(world, "dana", None, now)
    Seminar.objects.filter(pk=world.seminar.pk).update(offer_hours=0)
    told()
    leave(world, now)
    letters = told()
    assert [to for to, kind in letters if kind == "topic_free"] == ["dana"]


def test_withdraw_keeps_the_topic_for_whoever_has_the_offer(world: World, now: datetime) -> None:
    give_out(world, now, anna=[1], boris=[2], carla=[3])
    give(world, "dana", None, now)
    told()
    leave(world, now)
    assert sorted(told()) == [("anna", "participant_state"), ("otto", "student_left"), ("wait", "place_offered")]


def test_withdraw_of_somebody_who_only_applied_concerns_nobody_else(world: World, now: datetime) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(capacity=4)
    leave(world, now, "apply", actor="apply")
    assert (world.row("apply").state, told()) == ("withdrawn", [])


def test_withdraw_notes_who_when_and_why(world: World) -> None:
    now = live_until(world, "topics")
    leave(world, now, reason="ill")
    assert lines(world)[-2:] == [
        ("participant", "admitted", "withdrawn", "ill"),
        ("topic", "1 Structured Denoising", "", "left the seminar"),
    ]
    entries = HistoryEntry.objects.filter(participant=world.row("anna")).order_by("-pk")[:2]
    assert {(entry.actor, entry.at) for entry in entries} == {(world.people["olga"], now)}


# --- the organizers' page -------------------------------------------------------------------------------------


def url_of(world: World, name: str, action: str) -> str:
    return world.url(f"participants/{world.row(name).pk}/{action}/")


def test_withdrawal_create_says_everything_that_follows(world: World, signed_in: SignedIn, time_machine: Any) -> None:
    now = live_until(world, "written")
    fill(world, now)
    world.seminar.sessions.filter(key="talks").update(date=date(2024, 3, 1))
    SessionTopic.objects.filter(session__key="talks", topic__number=2).update(moderator=world.row("anna"))
    time_machine.move_to(now, tick=False)
    page = words(signed_in(world.people["olga"]).get(url_of(world, "anna", "withdrawal")).text)
    for sentence in (
        "Withdraw Anna Großmann? Nothing has happened yet.",
        "Topic 1, Structured Denoising, falls free. It keeps its place in the schedule: Questions and answers,",
        "Fri 17 Nov 2023; Presentations, Fri 1 Mar 2024.",
        "The place is offered to Waiting, who is next on the waiting list.",
        "The list of 1 coming session no longer has this name.",
        "The talk on topic 2 on Fri 1 Mar needs another moderator.",
        "2 reviews that are only planned are dropped.",
        "2 reviews that were begun or delivered stay.",
        "Kept: 1 file, 1 delivered review, 0 grades.",
    ):
        assert sentence in page


def test_withdrawal_create_does_it_once_and_notes_the_reason(
    world: World, signed_in: SignedIn, now: datetime, time_machine: Any
) -> None:
    time_machine.move_to(now, tick=False)
    olga = signed_in(world.people["olga"])
    answers = [olga.post(url_of(world, "anna", "withdrawal"), {"reason": " ill "}) for _ in range(2)]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, world.url("manage/"))] * 2
    assert lines(world) == [("participant", "admitted", "withdrawn", "ill")]


def test_withdrawal_create_of_somebody_who_has_left_leads_to_the_way_back(world: World, signed_in: SignedIn) -> None:
    response = signed_in(world.people["olga"]).get(url_of(world, "gone", "withdrawal"))
    assert (response.status_code, response.url) == (302, url_of(world, "gone", "arrival"))


@pytest.mark.parametrize("action", ["withdrawal", "arrival"])
def test_leaving_pages_know_only_students_of_their_own_seminar(world: World, signed_in: SignedIn, action: str) -> None:
    olga = signed_in(world.people["olga"])
    rows = [*Participant.objects.filter(seminar=world.other), world.row("otto")]
    before = everything()
    answers = {
        method(world.url(f"participants/{row.pk}/{action}/")).status_code
        for row in rows
        for method in (olga.get, olga.post)
    }
    assert (answers, everything()) == ({404}, before)


@pytest.mark.parametrize("action", ["withdrawal", "arrival"])
def test_leaving_pages_are_for_organizers(world: World, signed_in: SignedIn, action: str) -> None:
    for name in ("anna", "boris", "apply", "gone", "outsider", "other_student", "other_organizer"):
        client, url = signed_in(world.people[name]), url_of(world, "anna", action)
        assert (client.get(url).status_code, client.post(url).status_code) == (403, 403)
    assert world.row("anna").state == "admitted"


# --- the student's own way out --------------------------------------------------------------------------------


def test_entry_delete_asks_first_and_then_withdraws(world: World, signed_in: SignedIn) -> None:
    client = signed_in(world.people["anna"])
    assert client.get(world.url("entry/leave/")).status_code == 200
    assert world.row("anna").state == "admitted"  # GET changes nothing
    assert client.post(world.url("entry/leave/")).url == world.url()
    assert world.row("anna").state == "withdrawn"
    assert client.get(world.url("preferences/")).status_code == 403


def test_entry_delete_twice_is_one_effect(world: World, signed_in: SignedIn) -> None:
    client = signed_in(world.people["anna"])
    assert [client.post(world.url("entry/leave/")).status_code for _ in range(2)] == [302, 302]
    assert lines(world) == [("participant", "admitted", "withdrawn", "")]


def test_entry_delete_names_nobody_who_waits_and_no_reviewer(
    world: World, signed_in: SignedIn, time_machine: Any
) -> None:
    now = live_until(world, "planned")
    fill(world, now)
    world.seminar.sessions.filter(key="talks").update(date=date(2024, 3, 1))
    time_machine.move_to(now, tick=False)
    page = words(signed_in(world.people["anna"]).get(world.url("entry/leave/")).text)
    assert "The place is offered to the next on the waiting list." in page
    for name in ("Waiting", "Boris", "Łukasik", "Conti", "Demir"):
        assert name not in page


def test_entry_delete_of_an_application_takes_it_back(world: World, signed_in: SignedIn) -> None:
    assert signed_in(world.people["apply"]).post(world.url("entry/leave/")).url == world.url()
    assert world.row("apply").state == "withdrawn"


# --- coming back, and coming late -----------------------------------------------------------------------------


def admit(world: World, now: datetime, name: str, number: int | None = None, **until: date) -> Participant:
    extensions = {world.milestone(key): day for key, day in until.items()}
    topic = world.topic(number) if number else None
    return admit_late(world.row(name), topic=topic, extensions=extensions, actor=world.row("olga").user, now=now)


def test_admit_late_gives_a_topic_back_that_nobody_has_taken(world: World) -> None:
    now = live_until(world, "topics")
    leave(world, now)
    admit(world, now, "anna")
    assert held() == GIVEN
    assert lines(world)[-2:] == [
        ("participant", "withdrawn", "admitted", ""),
        ("topic", "", "1 Structured Denoising", "joined late"),
    ]


def test_admit_late_gives_no_topic_back_that_somebody_has_taken(world: World) -> None:
    now = live_until(world, "topics")
    leave(world, now)
    give(world, "boris", 1, now)
    admit(world, now, "anna")
    assert held() == {"Boris": 1, "Carla": 3, "Dana": 5}
    assert (world.row("anna").state, topic_of(world.row("anna"))) == ("admitted", None)


def test_admit_late_with_a_topic_and_more_time(world: World, now: datetime) -> None:
    late = now + timedelta(days=60)
    admit(world, late, "apply", 4, m2=date(2024, 1, 5))
    assert topic_of(world.row("apply")) == world.topic(4)
    assert deadline_of(world.milestone("m2"), world.row("apply")).wall == datetime(2024, 1, 5, 23, 59)
    assert sorted(kind for to, kind in told() if to == "apply") == ["extension", "participant_state", "topic_assigned"]
    assert [entry[::3] for entry in lines(world, "apply")] == [
        ("participant", ""),
        ("topic", "joined late"),
        ("extension:m2", "joined late"),
    ]


def test_admit_late_twice_is_one_effect(world: World, now: datetime) -> None:
    admit(world, now, "apply", 4, m2=date(2024, 1, 5))
    after = everything()
    admit(world, now + timedelta(minutes=1), "apply", 4, m2=date(2024, 1, 5))
    assert everything() == after


def test_admit_late_never_shortens_a_deadline(world: World, now: datetime) -> None:
    row, olga = world.row("apply"), world.row("olga").user
    fields = {"due_date": date(2024, 2, 1), "due_time": time(12), "reason": "ill", "actor": olga, "now": now}
    grant_extension(world.milestone("m2"), row, **fields)
    admit(world, now, "apply", None, m2=date(2024, 1, 5))
    assert OwnDeadline.objects.get().due_date == date(2024, 2, 1)


def test_admit_late_without_a_free_place_changes_nothing(world: World, now: datetime) -> None:
    fill(world, now)
    before = everything()
    with pytest.raises(Conflict) as refused:
        admit(world, now, "wait", 4, m2=date(2024, 1, 5))
    assert (refused.value.code, everything()) == ("no_free_place", before)


def test_admit_late_with_a_topic_that_was_taken_meanwhile_changes_nothing(world: World, now: datetime) -> None:
    give(world, "boris", 4, now)
    before = everything()
    with pytest.raises(Conflict) as refused:
        admit(world, now, "apply", 4)
    assert (refused.value.code, everything()) == ("topic_taken", before)


def test_arrival_create_shows_what_is_free_and_what_has_passed(
    world: World, signed_in: SignedIn, time_machine: Any
) -> None:
    live_until(world, "topics")
    time_machine.move_to(datetime(2023, 12, 20, 12, 0, tzinfo=UTC), tick=False)
    olga = signed_in(world.people["olga"])
    before = everything()
    response = olga.get(url_of(world, "apply", "arrival"))
    options = re.findall(r'<option value="\d+">(\d) · ', response.text)
    days = re.findall(r'name="until_(\d+)" value="([^"]+)"', response.text)
    assert (response.status_code, options, everything()) == (200, ["4"], before)
    assert days == [
        (str(world.milestone("m2").pk), "2024-01-03")
    ]  # two weeks from now; preferences are no work any more


def test_arrival_create_offers_the_old_topic(world: World, signed_in: SignedIn) -> None:
    leave(world, live_until(world, "topics"))
    page = words(signed_in(world.people["olga"]).get(url_of(world, "anna", "arrival")).text)
    assert "They get topic 1, Structured Denoising, back unless you choose another." in page


def test_arrival_create_without_a_free_place_says_so(world: World, signed_in: SignedIn, now: datetime) -> None:
    fill(world, now)
    page = words(signed_in(world.people["olga"]).get(url_of(world, "wait", "arrival")).text)
    assert "All 5 places are taken. Places and entry" in page


def test_arrival_create_twice_is_one_effect_and_one_answer(
    world: World, signed_in: SignedIn, time_machine: Any
) -> None:
    time_machine.move_to(datetime(2023, 12, 20, 12, 0, tzinfo=UTC), tick=False)
    olga, fields = signed_in(world.people["olga"]), {f"until_{world.milestone('m2').pk}": "2024-01-03"}
    fields["topic"] = str(world.topic(4).pk)
    answers, after = [olga.post(url_of(world, "apply", "arrival"), fields)], everything()
    answers.append(olga.post(url_of(world, "apply", "arrival"), fields))
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, world.url("manage/"))] * 2
    assert everything() == after
    assert (world.row("apply").state, topic_of(world.row("apply"))) == ("admitted", world.topic(4))
    assert OwnDeadline.objects.get().due_date == date(2024, 1, 3)


def test_arrival_create_with_a_taken_topic_is_a_conflict(world: World, signed_in: SignedIn, now: datetime) -> None:
    give(world, "boris", 4, now)
    fields = {"topic": str(world.topic(4).pk)}
    response = signed_in(world.people["olga"]).post(url_of(world, "apply", "arrival"), fields, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (409, "topic_taken")
    assert world.row("apply").state == "applied"


@pytest.mark.parametrize("value", ["soon", "2024-13-01"])
def test_arrival_create_with_a_date_that_is_none_changes_nothing(
    world: World, signed_in: SignedIn, time_machine: Any, value: str
) -> None:
    time_machine.move_to(datetime(2023, 12, 20, 12, 0, tzinfo=UTC), tick=False)
    fields = {f"until_{world.milestone('m2').pk}": value}
    response = signed_in(world.people["olga"]).post(url_of(world, "apply", "arrival"), fields, headers=JSON)
    assert (response.status_code, response.json()["code"], world.row("apply").state) == (400, "unreadable", "applied")


def test_arrival_create_takes_no_topic_and_no_deadline_of_another_seminar(world: World, signed_in: SignedIn) -> None:
    olga, topic = signed_in(world.people["olga"]), world.other.topics.first()
    assert topic
    response = olga.post(url_of(world, "apply", "arrival"), {"topic": str(topic.pk)}, headers=JSON)
    assert (response.status_code, response.json()["code"], world.row("apply").state) == (400, "unreadable", "applied")
    milestone = world.other.milestones.get(key="m2")
    olga.post(url_of(world, "apply", "arrival"), {f"until_{milestone.pk}": "2024-06-01"})
    assert (world.row("apply").state, OwnDeadline.objects.count()) == ("admitted", 0)


def test_arrival_create_of_an_admitted_student_leads_to_the_way_out(world: World, signed_in: SignedIn) -> None:
    response = signed_in(world.people["olga"]).get(url_of(world, "anna", "arrival"))
    assert (response.status_code, response.url) == (302, url_of(world, "anna", "withdrawal"))

"""“Message those who …”: the real people with the reason, each once, and nobody who is done meanwhile."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courses import services as courses_services
from courses.models import HistoryEntry, Mailing, Participant, ParticipantState
from grading.models import Meeting
from notifications.models import Letter
from reviews.models import Review
from reviews.queries import round_of
from seminar.services import audiences, sweep
from seminar.services.mailings import send_due_mailings, send_mailing
from tests.courses.crowd import add_students, queries_of
from tests.factories.files import pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from topics.models import PreferenceRule
from topics.services import assign_topic, save_preferences

SignIn = Callable[..., Client]
LATER = datetime(2024, 3, 20, 9, 0, tzinfo=UTC)
WORDS = {"subject": "About {topic}", "text": "Dear {name},\n\nuntil {deadline}."}


@pytest.fixture(autouse=True)
def _english(world: World, now: datetime) -> Any:
    User.objects.update(language="en")
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def olga(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.people["olga"])


def draft(world: World, audience: str, milestone: str = "", **fields: Any) -> Mailing:
    words = {"subject": "Hello", "text": "Dear {name},", **fields}
    return Mailing.objects.create(
        seminar=world.seminar,
        audience=audience,
        milestone=milestone,
        created_by=world.row("olga").user,
        created_at=timezone.now(),
        **words,
    )


def who(mailing: Mailing, now: datetime) -> dict[str, str]:
    return {each.participant.user.email.partition("@")[0]: each.why for each in audiences.recipients(mailing, now)}


def sent(mailing: Mailing) -> list[str]:
    letters = Letter.objects.filter(key__startswith=f"mailing:{mailing.pk}:")
    return sorted(address.partition("@")[0] for address in letters.values_list("to_email", flat=True))


def upload(world: World, name: str, at: datetime) -> None:
    row = world.row(name)
    receive_upload(world.slot("slides"), row, pdf(), uploaded_by=row.user, arrived_at=at)


# --- whom the sentence means ----------------------------------------------------------------------------------


def test_audience_of_everybody_admitted(world: World, now: datetime) -> None:
    everybody = dict.fromkeys(("anna", "boris", "carla", "dana"), "admitted")
    assert who(draft(world, "admitted"), now) == everybody


def test_audience_of_work_that_is_missing_or_came_late(world: World, now: datetime) -> None:
    milestone = world.slot("slides").milestone
    upload(world, "anna", now)
    missing = draft(world, "unsubmitted", milestone.key)
    assert sorted(who(missing, now)) == ["boris", "carla", "dana"]
    assert set(who(missing, now).values()) == {"open until Fri 8 Dec 2023, 23:59 CET"}
    assert set(who(missing, LATER).values()) == {"missing since Fri 8 Dec 2023, 23:59 CET"}
    assert who(draft(world, "late", milestone.key), LATER) == {}


def test_audience_of_those_who_have_not_ranked_topics(world: World, now: datetime) -> None:
    rule = PreferenceRule.objects.select_related("seminar", "milestone__seminar").get(seminar=world.seminar)
    save_preferences(world.row("anna"), rule, [1, 2, 3], arrived_at=now)
    assert sorted(who(draft(world, "unranked", rule.milestone.key), now)) == ["boris", "carla", "dana"]


def test_audience_of_those_without_topic(world: World, now: datetime) -> None:
    assign_topic(world.row("anna"), world.topic(3), reason="", actor=world.row("olga").user, now=now)
    expected = dict.fromkeys(("boris", "carla", "dana"), "has no topic")
    assert who(draft(world, "no_topic"), now) == expected


def test_audience_of_the_waiting_list_says_the_place(world: World, now: datetime) -> None:
    assert who(draft(world, "waiting"), now) == {"wait": "number 1 on the waiting list"}


def test_audience_of_those_without_a_meeting(world: World, now: datetime) -> None:
    times = {"seminar": world.seminar, "offered_by": world.row("olga").user, "booked_at": now}
    for name, outcome in (("anna", ""), ("boris", "held"), ("carla", "missed")):
        start = now + timedelta(days=3)
        values = {"begins_at": start, "ends_at": start + timedelta(minutes=20), "outcome": outcome}
        Meeting.objects.create(participant=world.row(name), **times, **values)
    assert sorted(who(draft(world, "no_meeting"), now)) == ["carla", "dana"]


def test_audience_of_open_reviews_counts_what_is_delivered(world: World, now: datetime) -> None:
    round_ = round_of(world.seminar)
    assert round_ is not None
    mailing = draft(world, "reviews_open", round_.milestone.key)
    assert who(mailing, now) == {}  # nobody has been asked yet
    rows = {"round": round_, "reviewer": world.row("anna"), "assigned_at": now}
    Review.objects.create(author=world.row("boris"), **rows)
    Review.objects.create(author=world.row("carla"), state="delivered", delivered_at=now, **rows)
    assert [why.partition(" (")[2] for why in who(mailing, now).values()] == ["1/2)"]


def test_audience_of_those_who_are_not_registered(world: World, now: datetime) -> None:
    olga = world.row("olga").user
    courses_services.set_registration(world.row("anna"), needed=False, on=None, actor=olga, now=now)
    assert sorted(who(draft(world, "unregistered"), now)) == ["boris", "carla", "dana"]


def test_audience_by_hand_lists_everybody_who_has_not_left(world: World, now: datetime) -> None:
    mailing = draft(world, "chosen", chosen=[world.row("wait").pk])
    assert sorted(who(mailing, now)) == ["anna", "apply", "boris", "carla", "dana", "wait"]
    assert [each.participant.user.email for each in audiences.recipients(mailing, now) if each.ticked] == [
        "wait@example.org"
    ]


def test_audience_of_a_milestone_that_is_gone_is_nobody(world: World, now: datetime) -> None:
    assert who(draft(world, "unsubmitted", "nowhere"), now) == {}


def test_sentences_offer_each_milestone_for_its_own_question(world: World) -> None:
    offered = dict(audiences.sentences(world.seminar))
    assert {code.partition(":")[0] for code in offered} == set(audiences.AUDIENCES)
    assert [words for words in offered.values() if "%" in words] == []


# --- the page -------------------------------------------------------------------------------------------------


def begin(olga: Client, world: World, audience: str, key: str = "6b1f7a52-8c1d-4a55-9a52-2f0b7f3b8a01") -> Mailing:
    answer = olga.post(world.url("messages/new/"), {"audience": audience, "key": key})
    mailing = Mailing.objects.order_by("pk").last()
    assert mailing is not None
    assert answer.url == world.url(f"messages/mailings/{mailing.pk}/")
    return mailing


def form_of(client: Client, url: str, **changes: Any) -> dict[str, Any]:
    """What a browser would send of the page."""
    page = client.get(url).content.decode()
    hidden = dict(re.findall(r'type="hidden" name="(revision|shown)" value="([^"]*)"', page))
    ticks = re.findall(r'name="to" value="(\d+)" checked', page)
    return {**WORDS, **hidden, "to": ticks, "send_at": "", **changes}


def test_mailing_create_twice_is_one_draft(olga: Client, world: World) -> None:
    first, second = (begin(olga, world, "unsubmitted:m2") for _ in range(2))
    assert (first.pk, first.audience, first.milestone, Mailing.objects.count()) == (second.pk, "unsubmitted", "m2", 1)
    assert first.text == "Dear {name},\n\nYour deadline: {deadline}"


def test_mailing_create_from_a_page_one_went_back_to_begins_another_letter(olga: Client, world: World) -> None:
    first = begin(olga, world, "unsubmitted:m2")
    assert begin(olga, world, "no_topic").pk != first.pk, "somebody else was meant"
    Mailing.objects.filter(pk=first.pk).update(state="sent", sent_at=first.created_at)
    assert begin(olga, world, "unsubmitted:m2").state == "draft"
    assert Mailing.objects.count() == 3


def test_mailing_to_those_who_are_ticked_in_the_overview(olga: Client, world: World) -> None:
    page = olga.get(world.url("manage/")).content.decode()
    people = re.findall(r'name="participant" value="(\d+)" aria-label="([^"]+)"', page)
    assert {name for _pk, name in people} == {world.people[name].name for name in ("anna", "boris", "carla", "dana")}
    fields = dict(re.findall(r'type="hidden" name="(key|audience)" value="([^"]+)"', page))
    ticked = [str(world.row(name).pk) for name in ("anna", "dana")]
    for _ in range(2):
        answer = olga.post(world.url("messages/new/"), {**fields, "participant": ticked})
        mailing = Mailing.objects.get()
        assert answer.url == world.url(f"messages/mailings/{mailing.pk}/")
    assert set(form_of(olga, answer.url)["to"]) == set(ticked)
    olga.post(world.url("messages/new/"), {**fields, "participant": ticked[:1]})
    assert Mailing.objects.count() == 2, "with other ticks it is another letter"


def test_mailing_to_somebody_of_another_seminar_is_refused(olga: Client, world: World) -> None:
    stranger = Participant.objects.filter(seminar=world.other, role="student").earliest("pk")
    data = {"key": "6b1f7a52-8c1d-4a55-9a52-2f0b7f3b8a01", "audience": "chosen", "participant": stranger.pk}
    assert (olga.post(world.url("messages/new/"), data).status_code, Mailing.objects.count()) == (400, 0)


@pytest.mark.parametrize(
    "data", [{"key": ""}, {"audience": "unsubmitted:nowhere"}, {"audience": "everybody", "key": "no"}]
)
def test_mailing_create_with_bad_input_is_refused(olga: Client, world: World, data: dict[str, str]) -> None:
    assert (olga.post(world.url("messages/new/"), data).status_code, Mailing.objects.count()) == (400, 0)


def test_mailing_edit_sends_exactly_what_it_showed_to_exactly_those_it_listed(olga: Client, world: World) -> None:
    User.objects.filter(email="boris@example.org").update(language="de")
    mailing = begin(olga, world, "unsubmitted:m2")
    url = world.url(f"messages/mailings/{mailing.pk}/")
    boris, dana = world.row("boris"), world.row("dana")
    ticks = [pk for pk in form_of(olga, url)["to"] if pk != str(dana.pk)]
    assert olga.post(url, form_of(olga, url, to=ticks, do="save")).url == url
    page = olga.get(f"{url}?to={boris.pk}").content.decode()
    shown = re.findall(r'(?s)<pre class="letter" tabindex="0">(.*?)</pre>', page)[0].replace("&#x27;", "'")
    assert (Letter.objects.count(), "3 of 4 ticked" in page) == (0, True)
    frame = olga.get(f"{url}letter/?to={boris.pk}").content.decode()
    assert olga.post(url, form_of(olga, url, do="send")).url == url
    assert sent(mailing) == ["anna", "boris", "carla"]
    letter = Letter.objects.get(to_email="boris@example.org")
    assert (letter.text, letter.html) == (shown, frame.replace('<base target="_blank">', ""))
    assert (letter.subject, letter.reply_to) == ("[Small2023] About noch kein Thema", "olga@example.org")
    assert "until Fr 8 Dez 2023, 23:59 CET (Europe/Berlin)." in letter.text.replace(". Dez.", " Dez").replace(
        "Dez.", "Dez"
    )
    log = olga.get(url).content.decode()
    assert (log.count("<tr><th"), "Boris" in log, "Dana" in log) == (4, True, False)
    line = HistoryEntry.objects.get(subject="letter to several")
    assert (line.new, line.reason, line.actor) == ("3: About {topic}", "unsubmitted m2", world.people["olga"])


def test_mailing_edit_that_sends_twice_has_one_effect(olga: Client, world: World) -> None:
    mailing = begin(olga, world, "admitted")
    url = world.url(f"messages/mailings/{mailing.pk}/")
    data = form_of(olga, url, do="send", text="Dear {name}")
    assert [olga.post(url, data).url for _ in range(2)] == [url, url]
    assert (sent(mailing), Letter.objects.count()) == (["anna", "boris", "carla", "dana"], 4)


def test_mailing_edit_leaves_out_who_is_done_meanwhile_and_says_so(olga: Client, world: World, now: datetime) -> None:
    mailing = begin(olga, world, "unsubmitted:m2")
    url = world.url(f"messages/mailings/{mailing.pk}/")
    data = form_of(olga, url, do="send")
    upload(world, "anna", now)
    answer = olga.post(url, data)
    page = answer.content.decode()
    assert (answer.status_code, sent(mailing)) == (409, [])
    assert "No longer concerned, and left out: Anna Großmann. Nothing was sent yet." in page
    assert "until {deadline}" in page
    assert olga.post(url, form_of(olga, url, do="send")).status_code == 302
    assert sent(mailing) == ["boris", "carla", "dana"]


def test_mailing_edit_says_who_is_new_in_the_list(olga: Client, world: World) -> None:
    mailing = begin(olga, world, "admitted")
    url = world.url(f"messages/mailings/{mailing.pk}/")
    data = form_of(olga, url, do="send", text="Hello")
    add_students(world.seminar, 7)
    answer = olga.post(url, data)
    assert (answer.status_code, Letter.objects.count()) == (409, 0)
    assert "Family04 and 2 more." in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": "Dear {nmae}"}, "{nmae} is no placeholder here; there are {name}, {topic}."),
        ({"subject": "{deadline}"}, "{deadline} is no placeholder here"),
        ({"subject": ""}, "This field is required."),
        ({"to": []}, "Nobody is ticked, so nothing was sent."),
        ({"do": "schedule"}, "Please say when it is to be sent"),
        ({"do": "schedule", "send_at": "2023-10-27T16:59"}, "Please say when it is to be sent"),
        ({"do": "schedule", "send_at": "2033-10-27T16:59"}, "Please say when it is to be sent"),
        ({"revision": "99"}, "Somebody else has changed this letter meanwhile."),
    ],
)
def test_mailing_edit_with_bad_input_sends_nothing_and_keeps_the_words(
    olga: Client, world: World, changes: dict[str, Any], sentence: str
) -> None:
    mailing = begin(olga, world, "admitted")
    url = world.url(f"messages/mailings/{mailing.pk}/")
    answer = olga.post(url, form_of(olga, url, **{"do": "send", "text": "A long text of mine", **changes}))
    page = answer.content.decode()
    assert (answer.status_code in {400, 409}, sentence in page, Letter.objects.count()) == (True, True, 0)
    assert changes.get("text", "A long text of mine") in page


def test_mailing_edit_of_one_that_somebody_else_has_changed_names_both(olga: Client, world: World) -> None:
    mailing = begin(olga, world, "admitted")
    url = world.url(f"messages/mailings/{mailing.pk}/")
    mine = form_of(olga, url, text="Mine", subject="My subject")
    olga.post(url, form_of(olga, url, text="Theirs", subject="Their subject"))
    answer = olga.post(url, mine)
    assert answer.status_code == 409
    assert "Theirs is kept: “Their subject”. You had: “My subject”." in answer.content.decode()
    mailing.refresh_from_db()
    assert mailing.text == "Theirs"


def test_mailing_edit_keeps_ticks_where_it_refuses(olga: Client, world: World) -> None:
    mailing = begin(olga, world, "admitted")
    url = world.url(f"messages/mailings/{mailing.pk}/")
    page = olga.post(url, form_of(olga, url, to=[world.row("anna").pk], text="{nmae}")).content.decode()
    assert re.findall(r'name="to" value="(\d+)" checked', page) == [str(world.row("anna").pk)]


def test_mailing_edit_takes_the_same_queries_for_one_and_for_many(olga: Client, world: World) -> None:
    mailing = draft(world, "unsubmitted", "m2", text="{name}: {topic} {deadline}")
    url = world.url(f"messages/mailings/{mailing.pk}/")
    few = queries_of(olga, url)
    add_students(world.seminar, 40)
    assert queries_of(olga, url) == few


def test_mailing_edit_throws_a_draft_away(olga: Client, world: World) -> None:
    mailing = draft(world, "admitted")
    url = world.url(f"messages/mailings/{mailing.pk}/")
    assert olga.post(url, {"do": "discard"}).url == world.url("messages/")
    assert (Mailing.objects.count(), olga.get(url).status_code) == (0, 404)


@pytest.mark.parametrize("path", ["", "letter/?to=1"])
@pytest.mark.parametrize(("name", "status"), [("anna", 403), ("other_organizer", 403)])
def test_mailing_edit_is_for_organizers(world: World, signed_in: SignIn, path: str, name: str, status: int) -> None:
    mailing = draft(world, "admitted")
    url = world.url(f"messages/mailings/{mailing.pk}/{path}")
    assert signed_in(world.people[name]).get(url).status_code == status


def test_mailing_of_another_seminar_is_not_found(olga: Client, world: World) -> None:
    mailing = draft(world, "admitted")
    Mailing.objects.filter(pk=mailing.pk).update(seminar=world.other)
    url = world.url(f"messages/mailings/{mailing.pk}/")
    assert [olga.get(url).status_code, olga.post(url, {"do": "discard"}).status_code] == [404, 404]
    assert Mailing.objects.count() == 1


def test_mailing_frame_of_somebody_who_is_not_meant_is_not_found(olga: Client, world: World) -> None:
    mailing = draft(world, "waiting")
    for wanted in (world.row("anna").pk, "", "x"):
        assert olga.get(world.url(f"messages/mailings/{mailing.pk}/letter/?to={wanted}")).status_code == 404


# --- later ----------------------------------------------------------------------------------------------------


def schedule(olga: Client, world: World, audience: str = "unsubmitted:m2") -> Mailing:
    mailing = begin(olga, world, audience)
    url = world.url(f"messages/mailings/{mailing.pk}/")
    ticks = [pk for pk in form_of(olga, url)["to"] if pk != str(world.row("dana").pk)]
    data = form_of(olga, url, to=ticks, do="schedule", send_at="2023-11-01T08:00", text="Dear {name}")
    assert olga.post(url, data).status_code == 302
    mailing.refresh_from_db()
    return mailing


def test_mailing_later_asks_again_whom_it_concerns(olga: Client, world: World, now: datetime) -> None:
    mailing = schedule(olga, world)
    due = datetime(2023, 11, 1, 7, 0, tzinfo=UTC)  # in winter, eight o'clock in Berlin
    assert (mailing.state, mailing.send_at) == ("scheduled", due)
    assert send_due_mailings(due - timedelta(seconds=1)) == 0
    upload(world, "anna", now)
    newcomer = world.row("wait")
    Participant.objects.filter(pk=newcomer.pk).update(state=ParticipantState.ADMITTED)
    sweep(due)
    sweep(due + timedelta(minutes=1))
    assert sent(mailing) == ["boris", "carla", "wait"]
    mailing.refresh_from_db()
    assert (mailing.state, mailing.sent_at) == ("sent", due)


def test_mailing_later_that_is_called_back_is_a_draft_and_not_sent(olga: Client, world: World, now: datetime) -> None:
    mailing = schedule(olga, world)
    url = world.url(f"messages/mailings/{mailing.pk}/")
    assert "Do not send it" in olga.get(url).content.decode()
    assert [olga.post(url, {"do": "cancel"}).status_code for _ in range(2)] == [302, 302]
    assert send_due_mailings(LATER) == 0
    mailing.refresh_from_db()
    assert (mailing.state, mailing.send_at, sent(mailing)) == ("draft", None, [])


def test_mailing_that_has_gone_out_cannot_be_called_back_or_thrown_away(olga: Client, world: World) -> None:
    mailing = schedule(olga, world)
    send_due_mailings(LATER)
    url = world.url(f"messages/mailings/{mailing.pk}/")
    assert [olga.post(url, {"do": do}).status_code for do in ("cancel", "discard")] == [409, 409]
    assert sent(mailing) == ["anna", "boris", "carla"]


def test_mailing_later_that_concerns_nobody_any_more_says_so(olga: Client, world: World) -> None:
    mailing = schedule(olga, world, "waiting")
    Participant.objects.filter(pk=world.row("wait").pk).update(state=ParticipantState.WITHDRAWN)
    assert send_due_mailings(LATER) == 0
    page = olga.get(world.url(f"messages/mailings/{mailing.pk}/")).content.decode()
    assert "it concerned nobody any more" in page


def test_send_mailing_by_hand_names_a_chosen_person_who_has_left(olga: Client, world: World) -> None:
    mailing = begin(olga, world, "chosen")
    url = world.url(f"messages/mailings/{mailing.pk}/")
    both = [world.row("anna").pk, world.row("wait").pk]
    data = form_of(olga, url, to=both, do="send", text="Hello", subject="Hello")
    Participant.objects.filter(pk=both[1]).update(state=ParticipantState.WITHDRAWN)
    answer = olga.post(url, data)
    assert (answer.status_code, "left out: Waiting" in answer.content.decode()) == (409, True)
    assert olga.post(url, form_of(olga, url, to=both[:1], do="send", text="Hello")).status_code == 302
    assert sent(mailing) == ["anna"]


def test_send_mailing_of_a_sent_one_writes_nothing(world: World, now: datetime) -> None:
    mailing, actor = draft(world, "waiting"), world.row("olga").user
    shown = [world.row("wait").pk]
    assert [send_mailing(mailing, shown=shown, actor=actor, now=now) for _ in range(2)] == [1, 0]

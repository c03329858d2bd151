"""“What now”: a student's next piece of work, what waits, what is done, and empty states that say what comes."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from courses.models import Attendance, Participant, ParticipantState, Seminar
from courses.services import change_state, save_attendance
from milestones.models import Anchor, Milestone
from milestones.services import grant_extension
from reviews.models import ReviewRound
from submissions.models import Version
from tests.courses.crowd import add_students, queries_of
from tests.factories.files import pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from tests.grading.test_services import grade, release
from tests.reviews.test_services import PLANNED, WRITING, first_of, hand_in, publish, write
from topics.models import PreferenceRule
from topics.services import assign_topic, save_preferences

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _present(now: datetime, time_machine: Any, db: None) -> None:
    time_machine.move_to(now, tick=False)


def text_of(response: HttpResponse) -> str:
    """The page's words, without tags."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def me(world: World, signed_in: SignIn, name: str = "anna") -> str:
    User.objects.update(language="en")
    response = signed_in(world.people[name]).get(world.url("me/"))
    assert response.status_code == 200
    return text_of(response)


def part(words: str, heading: str) -> str:
    """What stands under a heading of the page."""
    order = ["To do", "Waiting for others", "Done", "My topic", "Reviews I received", "My attendance", "About me"]
    rest = words.partition(f" {heading} ")[2]
    ends = [rest.find(f" {other} ") for other in order if f" {other} " in rest]
    return rest[: min(ends)] if ends else rest


def send_preferences(world: World, at: datetime) -> None:
    rule = PreferenceRule.objects.select_related("milestone__seminar").get(seminar=world.seminar)
    save_preferences(world.row("anna"), rule, [1], arrived_at=at)


# --- what is next -------------------------------------------------------------------------------------------


def test_me_detail_names_the_next_action_with_its_own_deadline(world: World, signed_in: SignIn) -> None:
    words = me(world, signed_in).replace("\xa0", " ")
    assert words.startswith(
        'id="main"> What now Topic preferences open until Mon 30 Oct 2023, 23:59 CET · 3 days, 7 hours left Choose my topics'
    )


@pytest.mark.parametrize(
    ("moment", "title", "button"),
    [
        (datetime(2023, 11, 1, 12, 0, tzinfo=UTC), "Slides", "Hand it in"),
        (datetime(2023, 12, 9, 12, 0, tzinfo=UTC), "Notebook", "Hand it in"),
    ],
)
def test_me_detail_goes_on_to_what_comes_next(
    world: World, signed_in: SignIn, time_machine: Any, moment: datetime, title: str, button: str
) -> None:
    time_machine.move_to(moment, tick=False)
    words = me(world, signed_in)
    assert words.startswith(f'id="main"> What now {title} open until ')
    assert words.split(" To do ")[0].endswith(button)


def test_me_detail_names_reviews_once_they_are_assigned(world: World, signed_in: SignIn, time_machine: Any) -> None:
    hand_in(world)
    publish(world)
    time_machine.move_to(PLANNED, tick=False)
    write(first_of(world, "anna"), deliver=True)
    words = me(world, signed_in)
    assert words.startswith('id="main"> What now Reviews open until Fri 23 Feb 2024, 23:59 CET')
    assert "Write my reviews 1 of 2 done" in words


def test_me_detail_shows_an_extension_as_ones_own(world: World, signed_in: SignIn, now: datetime) -> None:
    day = datetime(2023, 11, 2, 23, 59)
    grant_extension(
        world.milestone("m1"),
        world.row("anna"),
        due_date=day.date(),
        due_time=day.time(),
        reason="ill",
        actor=world.row("olga").user,
        now=now,
    )
    assert "until Thu 2 Nov 2023, 23:59 CET" in me(world, signed_in)
    assert "your extension" in me(world, signed_in)
    assert "your extension" not in me(world, signed_in, "boris")


def test_me_detail_with_nothing_left_says_so(world: World, signed_in: SignIn) -> None:
    ReviewRound.objects.all().delete()
    Milestone.objects.filter(seminar=world.seminar).exclude(key="m1").delete()
    send_preferences(world, world.milestone("m1").seminar.participants.earliest("entered_at").entered_at)
    words = me(world, signed_in)
    assert "Nothing is waiting for you right now." in words
    assert part(words, "To do") == "Nothing."


def test_me_detail_puts_a_deadline_without_a_date_last(world: World, signed_in: SignIn) -> None:
    Milestone.objects.filter(key="m1").update(anchor=Anchor.OWN_TALK, due_date=None)
    words = me(world, signed_in)
    assert words.startswith('id="main"> What now Slides open until Fri 8 Dec 2023')
    assert "Milestone I: Topic preferences until once your talk has a date" in words


# --- the groups ---------------------------------------------------------------------------------------------


def test_me_detail_groups_work_by_what_it_needs(
    world: World, signed_in: SignIn, now: datetime, time_machine: Any
) -> None:
    send_preferences(world, now)
    row = world.row("anna")
    receive_upload(world.slot("slides"), row, pdf(), uploaded_by=row.user, arrived_at=now)
    words = me(world, signed_in)
    assert re.findall(r"Milestone \w+: \w+", part(words, "To do")) == ["Milestone III: Notebook"]
    assert re.findall(r"Milestone \w+: \w+", part(words, "Waiting for others")) == ["Milestone IV: Reviews"]
    assert re.findall(r"Milestone \w+: \w+", part(words, "Done")) == ["Milestone I: Topic", "Milestone II: Slides"]
    assert "Receipt · received Fri 27 Oct 2023, 17:00 CEST" in part(words, "Done")
    version = Version.objects.get()
    page = signed_in(row.user).get(world.url("me/")).content.decode()
    assert f'href="{world.url(f"submissions/receipts/{version.receipt}/")}"' in page


def test_me_detail_names_missing_work_as_missing(world: World, signed_in: SignIn, time_machine: Any) -> None:
    time_machine.move_to(datetime(2023, 12, 9, 12, 0, tzinfo=UTC), tick=False)
    assert "Milestone II: Slides was due Fri 8 Dec 2023, 23:59 CET" in part(me(world, signed_in), "To do")
    assert "missing" in part(me(world, signed_in), "To do")


def test_me_detail_empty_states_say_what_comes(world: World, signed_in: SignIn) -> None:
    words = me(world, signed_in)
    assert part(words, "Done") == "What you have handed in will be here, with its receipt."
    assert part(words, "My topic") == "Topics are given out after the preference deadline."
    assert part(words, "My attendance") == (
        "You keep the rule of attendance. Sessions to come: 1; you may miss none of them without excuse. "
        "0 present, 0 excused, 0 absent Kick-off, Fri 27 Oct 2023 Ask to be excused : Kick-off, Fri 27 Oct 2023 "
        "Presentations, Fri 15 Dec 2023 Ask to be excused : Presentations, Fri 15 Dec 2023"
    )
    assert "Reviews I received" not in words
    assert part(words, "Waiting for others").endswith(
        "The organizers assign the reviews first; you will get a letter. waiting for others"
    )


def test_me_detail_shows_the_topic_with_its_sessions(world: World, signed_in: SignIn, now: datetime) -> None:
    assign_topic(world.row("anna"), world.topic(1), reason="", actor=world.row("olga").user, now=now)
    words = part(me(world, signed_in), "My topic")
    assert words == (
        "1 · Structured Denoising Why this topic Questions and answers: Fri 17 Nov 2023, 14:15, 1.06 "
        "Presentations: Fri 15 Dec 2023, 14:15, 1.06 · 15–20 minutes"
    )


def test_me_detail_shows_attendance_registration_reviews_and_grade(
    world: World, signed_in: SignIn, time_machine: Any
) -> None:
    hand_in(world)
    publish(world)
    time_machine.move_to(WRITING, tick=False)
    review = write(first_of(world, "boris"), deliver=True)
    author = review.author.user.email.partition("@")[0]
    session = world.seminar.sessions.select_related("seminar").get(key="kickoff")
    organizer = world.row("olga").user
    save_attendance(session, {review.author.pk: "present"}, actor=organizer, now=WRITING)
    Participant.objects.filter(pk=review.author.pk).update(registered_on=date(2023, 11, 3))
    grade(world, author, WRITING)
    release(world, WRITING)
    words = me(world, signed_in, author)
    assert part(words, "Reviews I received") == (
        "1 point has no answer yet. Answer them Boris Łukasik Tue 20 Feb 2024, 10:00 CET"
    )
    assert part(words, "My attendance") == (
        "You keep the rule of attendance so far. Sessions that are over and not noted yet: 1. "
        "1 present, 0 excused, 0 absent Kick-off, Fri 27 Oct 2023 present "
        "Presentations, Fri 15 Dec 2023 Ask to be excused : Presentations, Fri 15 Dec 2023"
    )
    talks = world.seminar.sessions.select_related("seminar").get(key="talks")
    save_attendance(talks, {review.author.pk: "excused"}, actor=organizer, now=WRITING)
    assert "kept You have kept the rule of attendance." in part(me(world, signed_in, author), "My attendance")
    assert 'name="on" value="2023-11-03"' in signed_in(world.people[author]).get(world.url("me/")).text
    assert "Your grade is released: 1.3 . See every step" in words


# --- who ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("apply", "applied Your application is in. The organizers decide; you will get a letter."),
        ("wait", "on the waiting list You are number 1 on the waiting list."),
        ("gone", "withdrawn You have left this seminar. What you handed in is kept. Enter again"),
    ],
)
def test_me_detail_of_who_is_not_admitted_says_what_comes(
    world: World, signed_in: SignIn, name: str, sentence: str
) -> None:
    words = me(world, signed_in, name)
    assert sentence in words
    assert "To do" not in words
    assert ("Take back my application" in words) is (name != "gone")


def test_me_detail_of_who_has_an_offer_says_until_when_and_leads_to_it(
    world: World, signed_in: SignIn, now: datetime
) -> None:
    change_state(world.row("wait"), ParticipantState.OFFERED, actor=None, now=now)
    words = me(world, signed_in, "wait").replace("\xa0", " ")
    assert "has an offer A place is kept for you until Sun 29 Oct 2023, 16:00 CET · 2 days left" in words
    assert words.endswith("Take the place or decline")


def test_me_detail_sends_organizers_to_the_cockpit(world: World, signed_in: SignIn) -> None:
    response = signed_in(world.people["olga"]).get(world.url("me/"))
    assert (response.status_code, response.url) == (302, world.url("manage/"))


@pytest.mark.parametrize(
    ("name", "status"), [("outsider", 403), ("other_student", 403), ("other_organizer", 403), ("anonymous", 302)]
)
def test_me_detail_is_closed_to_strangers(world: World, signed_in: SignIn, name: str, status: int) -> None:
    client = signed_in(world.people[name])
    assert client.get(world.url("me/")).status_code == status
    Seminar.objects.update(published=False)
    assert client.get(world.url("me/")).status_code == (404 if name != "anonymous" else 302)
    assert signed_in(world.people["anna"]).post(world.url("me/")).status_code == 405


def test_me_detail_shows_nothing_of_others(world: World, signed_in: SignIn, now: datetime) -> None:
    row = world.row("boris")
    receive_upload(world.slot("slides"), row, pdf(), uploaded_by=row.user, arrived_at=now)
    assert part(me(world, signed_in), "Done") == "What you have handed in will be here, with its receipt."


def test_me_detail_takes_the_same_queries_however_much_there_is(world: World, signed_in: SignIn, now: datetime) -> None:
    row = world.row("anna")
    receive_upload(world.slot("slides"), row, pdf(), uploaded_by=row.user, arrived_at=now)
    organizer = world.row("olga").user
    sessions = list(world.seminar.sessions.all())
    fields = {"participant": row, "status": "present", "noted_by": organizer, "noted_at": now}
    Attendance.objects.create(session=sessions[0], **fields)
    client, url = signed_in(row.user), world.url("me/")
    one = queries_of(client, url)
    add_students(world.seminar, 29)
    Attendance.objects.bulk_create(Attendance(session=session, **fields) for session in sessions[1:])
    Milestone.objects.bulk_create(
        Milestone(
            seminar=world.seminar, key=f"x{n}", title="X", kind="upload", due_date=date(2024, 1, 1), due_time="12:00"
        )
        for n in range(30)
    )
    version = Version.objects.get()
    for number in range(2, 31):
        version.pk, version.receipt, version.number = None, f"00000000-0000-4000-8000-0000000000{number:02}", number
        version.save(force_insert=True)
    assert queries_of(client, url) == one


def test_me_detail_of_somebody_withdrawn_ends_with_the_next_request(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.people["anna"])
    assert "To do" in text_of(client.get(world.url("me/")))
    Participant.objects.filter(pk=world.row("anna").pk).update(state=ParticipantState.WITHDRAWN)
    assert "You have left this seminar." in text_of(client.get(world.url("me/")))

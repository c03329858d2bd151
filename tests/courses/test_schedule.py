"""Who is told of a changed schedule, what goes with the letter, and that nobody hears of a state in between."""

import email
from datetime import date, datetime, time, timedelta
from email import policy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courses.models import DroppedEntry, HistoryEntry, Session
from courses.services import move_session, schedule_of, session_line
from notifications.models import Letter, LetterState
from notifications.services import as_mail, drain
from seminar.services.calendar import personal_entries
from tests.courses.crowd import add_students
from tests.factories.calendars import check, read
from tests.factories.world import SMALL, World, load_text
from topics.services import assign_topic

NEW_DAY, NEXT_DAY = date(2023, 12, 22), date(2024, 1, 12)
TEXT = SMALL.read_text()


@pytest.fixture(autouse=True)
def _present(world: World, now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)
    User.objects.update(language="en")


def move(world: World, now: datetime, key: str = "talks", **fields: Any) -> None:
    session = Session.objects.select_related("seminar").get(seminar=world.seminar, key=key)
    was = session_line(session)
    for name, value in fields.items():
        setattr(session, name, value)
    move_session(session, was=was, actor=world.row("olga").user, now=now)


def letters(name: str = "anna", **fields: Any) -> list[Letter]:
    found = Letter.objects.filter(to_email=f"{name}@example.org", **fields)
    return list(found.exclude(state=LetterState.DROPPED).order_by("pk"))


def told() -> set[tuple[str, str]]:
    rows = Letter.objects.exclude(state=LetterState.DROPPED).values_list("to_email", "kind")
    return {(address.partition("@")[0], kind) for address, kind in rows}


def entry_of(letter: Letter, uid: str) -> Any:
    return check(letter.calendar.encode())[f"{uid}@testserver"]


# --- the entry that goes with the letter ----------------------------------------------------------------------


def test_moved_session_comes_with_the_entry_of_the_feed(world: World, now: datetime) -> None:
    move(world, now, date=NEW_DAY)
    (letter,) = letters()
    uid = f"session-{world.seminar.pk}-talks"
    event = entry_of(letter, uid)
    (feed,) = (entry for entry in personal_entries(world.row("anna").user, now) if entry.uid == uid)
    assert (int(event.one("SEQUENCE")), event.one("STATUS")) == (feed.sequence, feed.status)
    assert event.all("DTSTART") == [("TZID=Europe/Berlin", "20231222T141500")]
    assert event.one("ORGANIZER") == "mailto:olga@example.org"
    assert read(letter.calendar.encode()).one("METHOD") == "PUBLISH"


def test_letter_carries_its_calendar_as_programs_expect_it(world: World, now: datetime) -> None:
    move(world, now, date=NEW_DAY, room="Größe")
    (letter,) = letters()
    mails = [email.message_from_bytes(as_mail(letter).message().as_bytes(), policy=policy.default) for _ in range(2)]
    parts = [[part for part in mail.walk() if part.get_content_type() == "text/calendar"] for mail in mails]
    ((first,), (second,)) = parts
    assert (first.get_param("method"), first.get_content_charset()) == ("PUBLISH", "utf-8")
    assert first.get_payload(decode=True) == second.get_payload(decode=True)
    content = first.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.replace(b"\r\n", b"\n").decode() == letter.calendar.replace("\r\n", "\n")


def test_copy_of_a_letter_has_the_entry_as_it_was(world: World, now: datetime) -> None:
    move(world, now, date=NEW_DAY)
    drain(now)
    before = letters()[0].calendar
    move(world, now, date=NEXT_DAY)
    assert letters()[0].calendar == before


# --- nobody is told what is no longer so ----------------------------------------------------------------------


def test_moved_twice_before_the_letter_went_out_is_one_letter(world: World, now: datetime) -> None:
    move(world, now, date=NEW_DAY)
    move(world, now, date=NEXT_DAY, tentative=True)
    (letter,) = letters()
    assert (
        "Before: Fri 15 Dec 2023, 14:15–16:00 (Europe/Berlin), 1.06\nNow: Fri 12 Jan 2024, 14:15–16:00" in letter.text
    )
    assert int(entry_of(letter, f"session-{world.seminar.pk}-talks").one("SEQUENCE")) == 2
    dropped = Letter.objects.filter(state=LetterState.DROPPED).values_list("reason", flat=True)
    assert set(dropped) == {"The schedule has changed again; a newer letter says how it is now."}


def test_moved_and_back_before_the_letter_went_out_is_no_letter(world: World, now: datetime) -> None:
    move(world, now, date=NEW_DAY)
    move(world, now, date=date(2023, 12, 15))
    assert told() == set()


def test_moved_again_after_the_letter_went_out_is_another_letter(world: World, now: datetime) -> None:
    move(world, now, date=NEW_DAY)
    drain(now)
    move(world, now, date=NEXT_DAY)
    first, second = letters()
    assert "Before: Fri 22 Dec 2023, 14:15–16:00 (Europe/Berlin), 1.06\nNow: Fri 12 Jan 2024" in second.text
    uid = f"session-{world.seminar.pk}-talks"
    assert [int(entry_of(letter, uid).one("SEQUENCE")) for letter in (first, second)] == [1, 2]


def test_letter_on_its_way_is_followed_by_another(world: World, now: datetime) -> None:
    move(world, now, date=NEW_DAY)
    Letter.objects.update(state=LetterState.SENDING, lease_until=now + timedelta(minutes=5))
    move(world, now, date=date(2023, 12, 15))
    assert len(letters()) == 2


def test_letters_about_two_sessions_that_wait_become_one(world: World, now: datetime) -> None:
    move(world, now, date=NEW_DAY)
    move(world, now, key="kickoff", date=date(2023, 11, 3))
    (letter,) = letters()
    assert letter.subject == "[Small2023] The schedule has changed"
    assert (
        "Presentations\nBefore: Fri 15 Dec 2023, 14:15–16:00 (Europe/Berlin), 1.06\nNow: Fri 22 Dec 2023" in letter.text
    )
    assert "Kick-off\nBefore: Fri 27 Oct 2023, 14:15–16:00 (Europe/Berlin), 1.06\nNow: Fri 3 Nov 2023" in letter.text
    assert len(check(letter.calendar.encode())) == 2


def test_letter_of_one_seminar_leaves_that_of_another_alone(world: World, now: datetime) -> None:
    anna, twin = world.row("anna"), world.other.participants.get(user=world.people["other_student"])
    twin.user = anna.user
    twin.save()
    move(world, now, date=NEW_DAY)
    other = Session.objects.select_related("seminar").get(seminar=world.other, key="talks")
    was, other.date = session_line(other), NEXT_DAY
    move_session(other, was=was, actor=world.row("olga").user, now=now)
    assert len(letters()) == 2


# --- those it concerns ----------------------------------------------------------------------------------------


def test_questions_about_some_topics_concern_their_holders(world: World, now: datetime) -> None:
    for name, number in (("anna", 1), ("boris", 3)):
        assign_topic(world.row(name), world.topic(number), reason="", actor=world.row("olga").user, now=now)
    Letter.objects.all().delete()
    move(world, now, key="questions", date=NEW_DAY)
    assert told() == {("anna", "session_moved")}


def test_telling_many_takes_few_queries_more_for_each(world: World, now: datetime) -> None:
    with CaptureQueriesContext(connection) as few:
        move(world, now, date=NEW_DAY)
    add_students(world.seminar, 10)
    with CaptureQueriesContext(connection) as many:
        move(world, now, date=NEXT_DAY)
    # For each person what writing a letter into its thread takes; for each that waits, to take it back.
    assert len(many) - len(few) <= 10 * 7 + 4


# --- the file, loaded again -----------------------------------------------------------------------------------


def lines() -> list[tuple[str, str, str]]:
    return list(HistoryEntry.objects.order_by("pk").values_list("subject", "old", "new"))


def reload(world: World, now: datetime, *changes: tuple[str, str]) -> None:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    for _ in range(2):
        load_text(text, now)


def test_first_load_and_the_same_file_again_tell_nothing(world: World, now: datetime) -> None:
    reload(world, now)
    assert (lines(), told()) == ([], set())


def test_session_moved_by_the_file_is_noted_and_told_once(world: World, now: datetime) -> None:
    reload(world, now, ("date = 2023-12-15", "date = 2023-12-22"))
    assert lines() == [("session:talks", "Fri 2023-12-15 14:15–16:00 1.06", "Fri 2023-12-22 14:15–16:00 1.06")]
    assert told() == {(name, "session_moved") for name in ("anna", "boris", "carla", "dana")}
    assert len(letters()) == 1


def test_all_that_a_file_moves_is_two_letters(world: World, now: datetime) -> None:
    """One on sessions, one on deadlines, each with everything of its kind."""
    moves = [("2023-12-15", "2023-12-22"), ("2023-11-17", "2023-11-20"), ("2023-12-08T", "2023-12-09T")]
    reload(world, now, *moves, ("2024-02-09T", "2024-02-10T"))
    assert [letter.kind for letter in letters()] == ["session_moved", "deadlines_changed"]
    assert letters()[1].subject == "[Small2023] Deadlines have moved"
    assert (
        "Milestone II: Slides\nBefore: Fri 8 Dec 2023, 23:59 CET\nNow: Sat 9 Dec 2023, 23:59 CET" in letters()[1].text
    )


def test_room_of_the_seminar_is_the_room_of_its_sessions(world: World, now: datetime) -> None:
    reload(world, now, ('room = "1.06"', 'room = "2.01"'))
    assert {subject for subject, _old, _new in lines()} == {
        f"session:{each}" for each in schedule_of(world.seminar).lines
    }
    assert len(letters()) == 1


QUESTIONS = '[[sessions]]\nkey = "questions"\nkind = "questions"\ndate = 2023-11-17\ntopics = [1, 2]\n\n'


def test_session_left_out_is_kept_as_cancelled_and_told_to_whom_it_concerned(world: World, now: datetime) -> None:
    assign_topic(world.row("anna"), world.topic(1), reason="", actor=world.row("olga").user, now=now)
    Letter.objects.all().delete()
    reload(world, now, (QUESTIONS, ""))
    assert told() == {("anna", "schedule_changed")}
    (letter,) = letters()
    assert (
        "Questions and answers\nBefore: Fri 17 Nov 2023, 14:15–16:00 (Europe/Berlin), 1.06\nNow: does not take place"
        in letter.text
    )
    event = entry_of(letter, f"session-{world.seminar.pk}-questions")
    assert (event.one("STATUS"), int(event.one("SEQUENCE")) > 0) == ("CANCELLED", True)
    assert DroppedEntry.objects.get().title == "Questions and answers"
    reload(world, now)
    assert told() == set()  # it is back before anybody heard that it was gone


def test_session_turned_into_no_seminar_is_told_as_that(world: World, now: datetime) -> None:
    kind = ('key = "talks"\nkind = "talks"', 'key = "talks"\nkind = "none"')
    reload(world, now, kind)
    (letter,) = letters()
    assert (letter.kind, "Now: does not take place" in letter.text) == ("schedule_changed", True)
    assert entry_of(letter, f"session-{world.seminar.pk}-talks").one("STATUS") == "CANCELLED"


def test_what_lies_behind_is_noted_and_not_told(world: World, now: datetime) -> None:
    later = datetime(2024, 1, 10, tzinfo=now.tzinfo)
    reload(world, later, ("date = 2023-12-15", "date = 2023-12-16"), ("2023-12-08T", "2023-12-07T"))
    assert [subject for subject, _old, _new in lines()] == ["talks:talks", "session:talks", "deadline:m2"][-2:]
    assert told() == set()


def test_talk_in_another_session_is_told_to_its_speaker(world: World, now: datetime) -> None:
    assign_topic(world.row("anna"), world.topic(1), reason="", actor=world.row("olga").user, now=now)
    Letter.objects.all().delete()
    more = '[[sessions]]\nkey = "more"\nkind = "talks"\ndate = 2024-01-12\ntopics = [1]\nminutes = [15, 20]\n\n[[topics]]\nnumber = 1\n'
    reload(world, now, ("topics = [1, 2, 3, 4]", "topics = [2, 3, 4]"), ("[[topics]]\nnumber = 1\n", more))
    assert [letter.kind for letter in letters()] == ["talk_placed", "schedule_changed"]
    assert [letter.kind for letter in letters("boris")] == ["schedule_changed"]
    assert "Fri 12 Jan 2024, 14:15–16:00 (Europe/Berlin), 1.06" in letters()[0].text
    assert ("talks:talks", "1, 2, 3, 4", "2, 3, 4") in lines()
    reload(world, now, ("topics = [1, 2, 3, 4]", "topics = [2, 3, 4]"))
    assert "your talk has no date at the moment" in letters(kind="talk_placed")[1].text


def test_letter_about_the_schedule_is_in_the_language_of_its_reader(world: World, now: datetime) -> None:
    User.objects.filter(email="carla@example.org").update(language="de")
    move(world, now, date=NEW_DAY, starts_at=time(10), tentative=True)
    move(world, now, key="kickoff", date=date(2023, 11, 3))
    (letter,) = letters("carla")
    assert (
        "Vorher: Fr 15 Dez 2023, 14:15–16:00 (Europe/Berlin), 1.06\nJetzt: Fr 22 Dez 2023, 10:00–16:00" in letter.text
    )
    assert "Vorträge" in "".join(letter.calendar.split("\r\n "))

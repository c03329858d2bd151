"""Every way in which a mail server fails, at every stage of a letter, in simulated time and over a real connection.

Nothing is lost; a second copy comes only where nobody can know whether the first was taken, and is the same letter.
"""

import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courses import queries
from notifications.models import Heartbeat, Letter, LetterState
from notifications.services import LEASE, MAKERS, drain, post_text, retry_letter
from notifications.services.sending import BATCH, is_due, lease, patience
from seminar.management.commands import sweep as command
from seminar.services import sweep, sweeping
from tests.factories.postal import Accepted, MailServer, addresses, due_reminders, outcome, wait_until
from tests.factories.world import World
from tests.reviews.test_services import WRITING, first_of, hand_in, publish, write

NOON = datetime(2023, 11, 6, 11, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STUDENTS, MANY = 3, 12
CUTS = ("close", "hang")
STATUSES = ("451 4.3.0 come back later", "550 5.7.1 never again")
BEFORE_THE_END = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "middle", "end")
STAGES_BEFORE_THE_END = 6  # connect, EHLO, MAIL, RCPT, DATA, end
FOR_GOOD = {(stage, STATUSES[1]) for stage in ("RCPT", "DATA", "middle", "end")}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with MailServer(tmp_path_factory.mktemp("post")) as server:
        yield server


@pytest.fixture
def server(running: MailServer, db: None, settings: Any) -> MailServer:
    """The module's server, which works, has taken nothing yet, and is not waited for."""
    running.order(rules=[], listening=True, seconds=0)
    running.file.write_text("")
    running.serve(settings)
    settings.EMAIL_TIMEOUT = 0.1
    return running


@pytest.fixture
def dials(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """One entry for each time that this process reaches for a mail server, whether or not one is there."""
    made: list[datetime] = []
    dial = smtplib.SMTP._get_socket  # type: ignore[attr-defined]

    def counted(self: smtplib.SMTP, *arguments: Any) -> Any:
        made.append(timezone.now())
        return dial(self, *arguments)

    monkeypatch.setattr(smtplib.SMTP, "_get_socket", counted)
    return made


def ticks(begin: datetime, length: timedelta, step: timedelta = MINUTE) -> int:
    """Sweep at `begin` and after each step, until `length` is over; return how often that was."""
    count = 0
    while step * count <= length:
        sweep(begin + step * count)
        count += 1
    return count


def states() -> dict[str, int]:
    return dict(Counter(Letter.objects.filter(kind="reminder").values_list("state", flat=True)))


def came(server: MailServer) -> list[str]:
    return sorted(letter.to for letter in server.accepted())


def versions(accepted: list[Accepted]) -> int:
    """How many different letters these are, copies apart."""
    return len({(letter.to, letter.message_id, letter.body) for letter in accepted})


# --- one failure of each kind at each stage -----------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("answer", [*STATUSES, *CUTS])
@pytest.mark.parametrize("stage", BEFORE_THE_END)
def test_letters_that_were_not_taken_come_once_when_the_server_is_well(
    server: MailServer, stage: str, answer: str
) -> None:
    due_reminders(STUDENTS, NOON, hours_left=20)
    server.fail(stage, answer)
    ticks(NOON, 20 * MINUTE, 5 * MINUTE)
    after = {LetterState.FAILED: STUDENTS} if (stage, answer) in FOR_GOOD else {LetterState.WAITING: STUDENTS}
    assert (states(), came(server)) == (after, [])
    server.work()
    for letter in Letter.objects.filter(state=LetterState.FAILED):
        assert answer[4:] in letter.reason
        retry_letter(letter, now=NOON + HOUR)
    ticks(NOON + HOUR, 2 * HOUR, 40 * MINUTE)
    assert (states(), came(server)) == ({LetterState.SENT: STUDENTS}, addresses(STUDENTS))


@pytest.mark.parametrize("answer", CUTS)
def test_letters_that_may_have_been_taken_come_again_as_the_same(server: MailServer, answer: str) -> None:
    due_reminders(STUDENTS, NOON, hours_left=20)
    server.fail("reply", answer)
    ticks(NOON, 20 * MINUTE, 5 * MINUTE)
    uncertain = len(server.accepted())
    assert uncertain > 0
    server.work()
    ticks(NOON + HOUR, 2 * HOUR, 40 * MINUTE)
    found = outcome(STUDENTS, server.accepted())
    assert (found.lost, found.differing, found.misdirected, found.unsettled) == (0, 0, 0, 0)
    assert found.extra <= uncertain
    assert states() == {LetterState.SENT: STUDENTS}


def test_copy_of_a_letter_with_html_and_a_file_has_the_same_body(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MAKERS, "echo", lambda of: (f"{of}.pdf", of.encode(), "application/pdf"))
    post_text(
        key="all", kind="test", to_email="ada@example.org", subject="All", text="Come.", now=NOON,
        html="<p>Come.</p>", attachment="echo:7",
    )  # fmt: skip
    server.fail("reply", "close", times=1)
    ticks(NOON, 2 * HOUR, 10 * MINUTE)
    assert (len(server.accepted()), versions(server.accepted())) == (2, 1)


def test_copy_of_a_delivered_review_has_the_same_file(server: MailServer, world: World, settings: Any) -> None:
    """The file is made when the letter is sent, each time."""
    settings.EMAIL_TIMEOUT = 20
    hand_in(world)
    publish(world)
    write(first_of(world, "anna"), deliver=True)
    letters = Letter.objects.exclude(attachment="")
    count = letters.count()
    Letter.objects.filter(attachment="").delete()
    server.fail("reply", "close", times=1)
    for hours in range(3):
        drain(WRITING + hours * HOUR)
    assert (len(server.accepted()), versions(server.accepted())) == (count + 1, count)


# --- the whole queue ----------------------------------------------------------------------------------------

AWAY = {
    "nobody listens": lambda server: server.leave(),
    "it says that it is closed": lambda server: server.fail("connect", "421 closed for repair"),
    "it hangs": lambda server: server.fail("connect", "hang"),
    "it cuts everybody off": lambda server: server.fail("EHLO", "close"),
    "it takes nothing": lambda server: server.fail("MAIL", "451 no space left"),
}


@pytest.mark.once
@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY.keys())
def test_letters_after_six_hours_without_a_server_come_once_and_nobody_hammered_at_it(
    server: MailServer, dials: list[datetime], away: Callable[[MailServer], None], settings: Any
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    due_reminders(MANY, NOON, hours_left=20)
    away(server)
    count = ticks(NOON, 15 * MINUTE) + ticks(NOON + HOUR, 5 * HOUR, 30 * MINUTE)
    assert (states(), came(server)) == ({LetterState.WAITING: MANY}, [])
    assert len(dials) <= count, "more than one connection a tick"
    settings.EMAIL_TIMEOUT = 5
    server.work()
    ticks(NOON + 6 * HOUR, 75 * MINUTE, 25 * MINUTE)
    assert (states(), came(server)) == ({LetterState.SENT: MANY}, addresses(MANY))


def test_letters_that_are_due_together_share_connections(server: MailServer, dials: list[datetime]) -> None:
    due_reminders(MANY, NOON)
    ticks(NOON, MINUTE)
    assert came(server) == addresses(MANY)
    assert len(dials) <= 3


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """So many turns of the loop, ten minutes between two sweeps, over the connection that this test has open."""
    monkeypatch.setattr(command, "close_old_connections", lambda: None)
    return lambda turns, *, standby=False: command.go_on(Turns(turns), 600, standby=standby)


class Turns(threading.Event):
    """An operator who stops the loop after so many turns, and does not wait between two."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.turns = turns

    def wait(self, timeout: float | None = None) -> bool:
        self.turns -= 1
        return self.turns < 0


@pytest.mark.parametrize(("standby", "sent"), [(False, 1), (True, 0)])
def test_loop_sends_what_is_written_between_two_sweeps(
    server: MailServer, loop: Callable[..., None], *, standby: bool, sent: int
) -> None:
    """Somebody who asks for a code does not wait for the next sweep; a standby leaves it to the others."""
    written = timezone.now() - timedelta(seconds=1)
    post_text(key="code", kind="login_code", to_email="ida@example.org", subject="Your code", text="QX7F", now=written)
    loop(3, standby=standby)
    assert len(server.accepted()) == sent
    assert not Heartbeat.objects.filter(name="sweep").exists()


def test_loop_leaves_a_server_that_is_away_alone_until_the_next_sweep(
    server: MailServer, dials: list[datetime], loop: Callable[..., None]
) -> None:
    for number in range(BATCH + 20):
        values = {"to_email": f"s{number}@example.org", "subject": "S", "text": "T"}
        post_text(key=f"k{number}", kind="news", now=timezone.now() - timedelta(seconds=1), **values)
    server.leave()
    loop(5)
    assert len(dials) == 1
    server.work()
    Letter.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    loop(5)
    assert len(server.accepted()) == BATCH + 20


def test_reminders_whose_deadline_has_passed_meanwhile_are_dropped_with_the_reason(server: MailServer) -> None:
    due_reminders(STUDENTS, NOON)
    server.leave()
    ticks(NOON, 6 * HOUR, HOUR)
    server.work()
    ticks(NOON + 6 * HOUR, HOUR, 20 * MINUTE)
    assert (states(), came(server)) == ({LetterState.DROPPED: STUDENTS}, [])
    assert all(Letter.objects.filter(kind="reminder").values_list("reason", flat=True))


def test_reminder_of_a_dead_sender_is_dropped_once_its_deadline_has_passed(server: MailServer) -> None:
    due_reminders(1, NOON)
    server.leave()
    sweep(NOON)
    Letter.objects.update(state=LetterState.SENDING, lease_until=NOON + LEASE)
    server.work()
    ticks(NOON + 3 * HOUR, HOUR, 30 * MINUTE)
    assert (states(), came(server)) == ({LetterState.DROPPED: 1}, [])
    assert Letter.objects.get().reason


def test_reminders_whose_deadline_passes_while_others_are_sent_are_dropped(server: MailServer, settings: Any) -> None:
    settings.EMAIL_TIMEOUT = 5
    now = timezone.now()
    due_reminders(10, now)
    server.leave()
    sweep(now)
    server.work()
    server.order(seconds=0.4)
    Letter.objects.update(expires_at=timezone.now() + timedelta(seconds=1), next_try_at=now)
    sweep(timezone.now())
    sweep(timezone.now() + 2 * HOUR)
    assert 0 < len(server.accepted()) < 9
    assert states() == {LetterState.SENT: len(server.accepted()), LetterState.DROPPED: 10 - len(server.accepted())}


# --- one letter and the others ------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("stage", "answer"),
    [("RCPT", STATUSES[0]), ("RCPT", STATUSES[1]), ("end", STATUSES[0]), ("end", STATUSES[1])]
    + [(stage, cut) for stage in ("RCPT", "DATA", "middle", "end", "reply") for cut in CUTS],
)
def test_letter_that_the_server_cannot_take_does_not_hold_up_the_others(
    server: MailServer, stage: str, answer: str
) -> None:
    due_reminders(STUDENTS, NOON, hours_left=20)
    first, *others = addresses(STUDENTS)
    server.fail(stage, answer, only=first)
    ticks(NOON, 9 * MINUTE, 3 * MINUTE)
    assert sorted(set(came(server)) - {first}) == others
    assert Letter.objects.get(to_email=first).state in {LetterState.WAITING, LetterState.FAILED}
    assert Letter.objects.get(to_email=first).reason


@pytest.mark.parametrize("made", [("a.txt", 7, "text/plain"), ("a.txt", b"a", None, "more"), "ab"])
def test_letter_that_cannot_be_built_does_not_hold_up_the_others(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, made: Any
) -> None:
    monkeypatch.setitem(MAKERS, "broken", lambda _of: made)
    due_reminders(STUDENTS, NOON, hours_left=20)
    server.leave()
    sweep(NOON)
    first, *others = addresses(STUDENTS)
    Letter.objects.filter(to_email=first).update(attachment="broken:1")
    server.work()
    ticks(NOON + HOUR, 9 * MINUTE, 3 * MINUTE)
    assert sorted(set(came(server)) - {first}) == others
    letter = Letter.objects.get(to_email=first)
    assert letter.state == LetterState.SENT or letter.reason


def test_letter_to_nobody_is_not_called_sent(server: MailServer) -> None:
    letter = post_text(key="nobody", kind="test", to_email="", subject="To whom", text="Come.", now=NOON)
    ticks(NOON, 5 * MINUTE)
    letter.refresh_from_db()
    assert (letter.state, bool(letter.reason), came(server)) == (LetterState.FAILED, True, [])


# --- a server that takes its time ---------------------------------------------------------------------------


def test_letter_that_a_server_looks_into_for_longer_than_an_answer_takes_comes_once(
    server: MailServer, settings: Any
) -> None:
    settings.EMAIL_TIMEOUT = 0.5
    due_reminders(STUDENTS, NOON, hours_left=20)
    server.fail("reply", "wait 1")
    ticks(NOON, 20 * MINUTE, 5 * MINUTE)
    assert (states(), came(server)) == ({LetterState.SENT: STUDENTS}, addresses(STUDENTS))
    assert set(Letter.objects.filter(kind="reminder").values_list("attempts", flat=True)) == {1}


def test_letter_that_a_server_looks_into_for_long_is_waited_for_twice_as_long_each_time(server: MailServer) -> None:
    """It has a copy each time, and learns only at last that it is known to have it."""
    post_text(key="one", kind="test", to_email="ada@example.org", subject="One", text="Come.", now=NOON)
    server.fail("reply", "wait 1.2")  # the first time it has 0.4 s
    for hours in range(12):
        drain(NOON + hours * HOUR)
    assert (len(server.accepted()), versions(server.accepted())) == (3, 1)
    assert Letter.objects.get().state == LetterState.SENT
    assert [round(patience(attempts), 1) for attempts in (1, 2, 3, 4, 5, 50)] == [0.4, 0.8, 1.6, 3.2, 4.0, 4.0]


@pytest.mark.parametrize("stage", ["MAIL", "DATA", "end"])
def test_answer_that_never_ends_holds_nobody_up(server: MailServer, stage: str) -> None:
    due_reminders(STUDENTS, NOON, hours_left=20)
    server.fail(stage, "drip")
    begun = time.monotonic()
    sweep(NOON)
    assert time.monotonic() - begun < 30
    assert states() == {LetterState.WAITING: STUDENTS}
    server.work()
    ticks(NOON + HOUR, 2 * HOUR, 40 * MINUTE)
    assert (states(), came(server)) == ({LetterState.SENT: STUDENTS}, addresses(STUDENTS))


@pytest.mark.parametrize("attempts", [1, 2, 3, 9])
def test_letter_is_nobody_elses_for_longer_than_the_server_may_take(db: None, settings: Any, attempts: int) -> None:
    settings.EMAIL_TIMEOUT = 15
    letter = post_text(key="one", kind="test", to_email="ada@example.org", subject="One", text="Come.", now=NOON)
    until = NOON + lease(attempts)
    Letter.objects.update(state=LetterState.SENDING, attempts=attempts, lease_until=until, next_try_at=until)
    due = {
        seconds: Letter.objects.filter(is_due(NOON + timedelta(seconds=seconds)), pk=letter.pk).exists()
        for seconds in (0, patience(attempts) + 30, (until - NOON).total_seconds() + 1)
    }
    assert list(due.values()) == [False, False, True]
    assert attempts > 1 or until - NOON == LEASE


# --- two senders --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_sender_who_comes_late_does_not_undo_what_another_has_done(server: MailServer, settings: Any) -> None:
    """The first hangs for longer than its lease, the second delivers, and then the first learns that it has failed."""
    settings.EMAIL_TIMEOUT = 2
    letter = post_text(key="one", kind="test", to_email="ada@example.org", subject="One", text="Come.", now=NOON)
    server.fail("end", "hang", times=1)
    before = server.events(server.port)

    def first() -> None:
        try:
            drain(NOON)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    wait_until(lambda: server.events(server.port) - before == STAGES_BEFORE_THE_END, 10)
    assert drain(NOON + LEASE + MINUTE) == 1
    thread.join()
    drain(NOON + 5 * HOUR)
    letter.refresh_from_db()
    assert (letter.state, came(server)) == (LetterState.SENT, ["ada@example.org"])


def test_lease_counts_from_the_letter_though_its_sweep_began_long_before(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing 10,000 reminders takes minutes: a lease that counts from the start of the sweep is over before it begins."""
    monkeypatch.setattr(sweeping, "STEPS", (("", lambda _now: time.sleep(3)), *sweeping.STEPS))
    due_reminders(STUDENTS, NOON)
    sweep(NOON)
    times = [*Letter.objects.values_list("sent_at", flat=True), Heartbeat.objects.get(name="sweep").at]
    assert all(at is not None and at - NOON >= timedelta(seconds=2) for at in times)


# --- what organizers see ------------------------------------------------------------------------------------


def test_letter_that_was_refused_for_good_is_listed_with_its_reason_and_sent_again(
    server: MailServer, signed_in: Callable[[User | None], Client]
) -> None:
    now = timezone.now()
    seminar = due_reminders(STUDENTS, now, hours_left=20)
    server.fail("RCPT", "550 5.1.1 no such mailbox here", only="s00002@example.org")
    ticks(now, 5 * MINUTE)
    letter = Letter.objects.get(to_email="s00002@example.org")
    client = signed_in(queries.organizers(seminar)[0].user)
    messages = f"/seminars/{seminar.slug}/messages/"
    assert "no such mailbox here" in client.get(messages).content.decode()
    server.work()
    assert client.post(f"{messages}{letter.pk}/retry/").status_code == 302
    sweep(timezone.now() + MINUTE)
    assert (states(), came(server)) == ({LetterState.SENT: STUDENTS}, addresses(STUDENTS))

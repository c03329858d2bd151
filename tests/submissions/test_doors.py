"""Every door asks the same gate: the page's form, a program that wants JSON, and the command."""

import json
import os
import re
from datetime import UTC, date, datetime, timedelta
from functools import partialmethod
from io import BytesIO, StringIO
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from milestones.models import Milestone
from notifications.models import Letter
from submissions.models import Version
from submissions.services import files
from tests.factories.files import notebook, pdf
from tests.factories.world import World

Answer = tuple[str, datetime | str]  # (“on time” or “late”, the instant that counts), or (“refused”, the sentence)

ENDS = datetime(2023, 12, 8, 22, 59, 59, 999999, tzinfo=UTC)  # the last instant of 23:59 in Berlin
TICK, SECOND, MINUTE, HOUR = (timedelta(**{unit: 1}) for unit in ("microseconds", "seconds", "minutes", "hours"))
AROUND = (-SECOND, 0 * SECOND, TICK, SECOND)
JSON = {"accept": "application/json"}
PROXY, STRANGER = "10.1.2.3", "192.0.2.7"
SERIAL = count()


def refused(versions: int = 0) -> Answer:
    """The answer to what comes too late, when this many versions are in."""
    kept = f"Version {versions} stays in force." if versions else "Nothing has been handed in yet."
    return "refused", f"The deadline for “Slides” has passed; this file was not accepted. {kept}"


def new_pdf() -> SimpleUploadedFile:
    """A file that was never sent before: the same one again would get the same receipt."""
    return pdf(words=f"Talk {next(SERIAL)}")


def words(html: str) -> str:
    """A page's words, without tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition('<main id="main">')[2].partition("</main>")[0]).split())


class Doors:
    """The three ways in which a person hands in slides, at the time at which they are used."""

    def __init__(self, world: World, folder: Path, name: str = "anna") -> None:
        self.world, self.path, self.row = world, folder / "slides.pdf", world.row(name)
        self.url = world.url(f"submissions/{world.slot('slides').pk}/")
        self.client = Client()
        self.client.force_login(self.row.user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])

    def ask(self) -> Answer:
        """What all three say, each to a new file; it must be the same."""
        answers = {"form": self.form(), "json": self.json(), "command": self.command()}
        assert len(set(answers.values())) == 1, answers
        return answers["form"]

    def send(self, accept: str, fields: dict[str, Any] | None = None, headers: Any = (), **more: Any) -> Answer:
        data = {"file": new_pdf(), **(fields or {})}
        return self.read(self.client.post(self.url, data, headers={"accept": accept, **dict(headers)}, **more))

    form = partialmethod(send, "text/html")
    json = partialmethod(send, "application/json")

    def command(self, **options: str) -> Answer:
        self.path.write_bytes(new_pdf().read())
        os.utime(self.path, (0, 0))  # the age of a file says nothing
        out, arguments = StringIO(), (self.world.seminar.slug, "slides", self.row.user.email, self.path)
        try:
            call_command("submission_receive", *arguments, format="json", stdout=out, **options)
        except CommandError as error:
            code, _colon, sentence = str(error).partition(": ")
            return self.verdict({"code": code, "message": sentence})
        return self.verdict(json.loads(out.getvalue()))

    def read(self, response: HttpResponse) -> Answer:
        """What a program reads, or a person: the sentence on the page, or the receipt to which it leads."""
        if response["Content-Type"] == "application/json":
            answer = json.loads(response.content)
            assert response.status_code == (403 if "code" in answer else 200)
            return self.verdict(answer)
        if response.status_code == 403:
            return "refused", re.findall(r'role="alert">(.*?)</p>', response.text)[0]
        page = self.client.get(response["Location"]).text
        judged = re.findall(r"<h1>Slides: it is in, (on time|late)</h1>", page)[0]
        return judged, Version.objects.get(receipt=response["Location"].split("/")[-2]).received_at

    def verdict(self, answer: dict[str, Any]) -> Answer:
        if "code" in answer:
            assert answer["code"] == "deadline_passed"
            return "refused", answer["message"]
        return "on time" if answer["on_time"] else "late", datetime.fromisoformat(answer["received_at"])


@pytest.fixture
def doors(world: World, tmp_path: Path, time_machine: Any) -> Doors:
    time_machine.move_to(ENDS - HOUR, tick=False)
    return Doors(world, tmp_path)


def change(world: World, **fields: Any) -> None:
    """Give the milestone of the slides other rules."""
    Milestone.objects.filter(pk=world.milestone("m2").pk).update(**fields)


def around(doors: Doors, instant: datetime, time_machine: Any) -> list[str]:
    """How the doors judge a second before this instant, at it, a microsecond and a second after it."""
    judged = []
    with patch.object(files, "content_problem", return_value=""):  # a look into each file takes a process
        for shift in AROUND:
            time_machine.move_to(instant + shift, tick=False)
            word, detail = doors.ask()
            assert word == "refused" or detail == instant + shift
            judged.append(word)
    return judged


# --- a file that takes its time -------------------------------------------------------------------------------


class Slow(BytesIO):
    """A body on a slow line: the clock shows when it is read to its end."""

    def __init__(self, body: bytes, clock: Any, finished_at: datetime) -> None:
        super().__init__(body)
        self.clock, self.finished_at = clock, finished_at

    def read(self, *size: Any) -> bytes:
        data = super().read(*size)
        if self.tell() == len(self.getbuffer()):
            self.clock.move_to(self.finished_at, tick=False)
        return data


def send_slowly(doors: Doors, clock: Any, began: datetime, finished: datetime, **headers: str) -> Answer:
    clock.move_to(began, tick=False)
    body = encode_multipart(BOUNDARY, {"file": new_pdf()})
    line = {"wsgi.input": Slow(body, clock, finished)}
    return doors.read(doors.client.generic("POST", doors.url, body, MULTIPART_CONTENT, headers=headers, **line))


BEGAN, FINISHED = datetime(2023, 12, 8, 22, 58, 30, tzinfo=UTC), datetime(2023, 12, 8, 23, 1, tzinfo=UTC)


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_upload_that_began_in_time_and_ended_too_late_is_on_time(doors: Doors, time_machine: Any, accept: str) -> None:
    assert send_slowly(doors, time_machine, BEGAN, FINISHED, accept=accept) == ("on time", BEGAN)
    version = Version.objects.get()
    assert (version.received_at, version.finished_at, version.deadline) == (BEGAN, FINISHED, ENDS)
    page = doors.client.get(doors.world.url(f"submissions/receipts/{version.receipt}/")).text
    both = (
        "Began to arrive Fri 8 Dec 2023, 23:58:30 CET",
        "All there Sat 9 Dec 2023, 00:01:00 CET – after the deadline, but what counts is when it began to arrive",
    )
    assert [text in words(page) for text in both] == [True, True]
    public = words(Client().get(re.findall(r'href="(/receipts/[^"]*)"', page)[0]).text)
    assert [text.partition(" – ")[0] in public for text in both] == [True, True]


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_upload_that_began_in_the_last_instant_is_on_time_whenever_it_ends(
    doors: Doors, time_machine: Any, accept: str
) -> None:
    assert send_slowly(doors, time_machine, ENDS, ENDS + 3 * HOUR, accept=accept) == ("on time", ENDS)


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("policy", ["refuse", "mark", "until"])
def test_upload_that_began_too_late_is_judged_by_the_policy_alone(
    doors: Doors, time_machine: Any, policy: str, accept: str
) -> None:
    change(doors.world, late_policy=policy, late_hours=36)
    began = ENDS + SECOND
    answer = send_slowly(doors, time_machine, began, began + 40 * HOUR, accept=accept)
    assert answer == (refused() if policy == "refuse" else ("late", began))
    kept = list(Version.objects.values_list("received_at", "finished_at", "on_time"))
    assert kept == ([] if policy == "refuse" else [(began, began + 40 * HOUR, False)])


@pytest.mark.parametrize(
    ("policy", "after", "judged"),
    [
        ("refuse", 0 * HOUR, ["on time", "on time", "refused", "refused"]),
        ("mark", 0 * HOUR, ["on time", "on time", "late", "late"]),
        ("mark", 5000 * HOUR, ["late"] * 4),
        ("until", 0 * HOUR, ["on time", "on time", "late", "late"]),
        ("until", 36 * HOUR, ["late", "late", "refused", "refused"]),
    ],
)
def test_doors_judge_late_work_alike(
    world: World, tmp_path: Path, time_machine: Any, policy: str, after: timedelta, judged: list[str]
) -> None:
    change(world, late_policy=policy, late_hours=36)
    time_machine.move_to(ENDS + after, tick=False)
    assert around(Doors(world, tmp_path), ENDS + after, time_machine) == judged


def test_cut_off_is_counted_in_elapsed_hours_across_the_change_of_clocks(
    world: World, tmp_path: Path, time_machine: Any
) -> None:
    change(world, late_policy="until", late_hours=36, due_date=date(2023, 10, 28))
    cut_off = datetime(2023, 10, 30, 9, 59, 59, 999999, tzinfo=UTC)  # 10:59 in Berlin: 23:59, 36 hours, one hour back
    time_machine.move_to(cut_off, tick=False)
    assert around(Doors(world, tmp_path), cut_off, time_machine) == ["late", "late", "refused", "refused"]


# --- what a sender claims -------------------------------------------------------------------------------------

EARLY = datetime(2023, 12, 8, 12, tzinfo=UTC)
CLAIMED_HEADERS = {
    "X-Request-Start": f"t={EARLY.timestamp()}",
    "Date": "Fri, 08 Dec 2023 12:00:00 GMT",
    "Last-Modified": "Fri, 08 Dec 2023 12:00:00 GMT",
    "If-Unmodified-Since": "Fri, 08 Dec 2023 12:00:00 GMT",
    "X-Forwarded-For": PROXY,
    "X-Real-IP": PROXY,
    "Forwarded": f"for={PROXY}",
    "X-Received-At": EARLY.isoformat(),
    "X-Queue-Start": f"t={EARLY.timestamp()}",
}
CLAIMED_FIELDS = {
    **dict.fromkeys(("arrived_at", "began_at", "received_at", "finished_at", "at", "now"), EARLY.isoformat()),
    "deadline": "2024-12-08T23:59",
    "on_time": "yes",
    "late_policy": "mark",
    "insists": "yes",
    "by": "olga@example.org",
    "uploaded_by": "1",
}


def test_headers_of_a_stranger_change_no_instant(doors: Doors, time_machine: Any, settings: Any) -> None:
    settings.TRUSTED_PROXIES = [PROXY]
    claims = [{name: value} for name, value in CLAIMED_HEADERS.items()] + [CLAIMED_HEADERS]
    time_machine.move_to(ENDS + SECOND, tick=False)
    for door in (doors.form, doors.json):
        assert [door(headers=claim, REMOTE_ADDR=STRANGER) for claim in claims] == [refused()] * len(claims)
    time_machine.move_to(ENDS, tick=False)
    assert doors.json(headers=CLAIMED_HEADERS, REMOTE_ADDR=STRANGER) == ("on time", ENDS)


def test_fields_of_a_form_change_no_instant(doors: Doors, time_machine: Any) -> None:
    time_machine.move_to(ENDS + SECOND, tick=False)
    doors.url += "?" + urlencode(CLAIMED_FIELDS)
    assert [doors.form(CLAIMED_FIELDS), doors.json(CLAIMED_FIELDS)] == [refused()] * 2
    time_machine.move_to(ENDS, tick=False)
    assert [doors.form(CLAIMED_FIELDS), doors.json(CLAIMED_FIELDS)] == [("on time", ENDS)] * 2
    for version in Version.objects.all():
        kept = (version.received_at, version.finished_at, version.deadline, version.declared, version.uploaded_by)
        assert kept == (ENDS, ENDS, ENDS, {}, doors.row.user)


def stated(instant: datetime) -> dict[str, str]:
    return {"X-Request-Start": f"t={instant.timestamp():.6f}"}


@pytest.mark.parametrize("network", [PROXY, "10.0.0.0/8"])
def test_instant_of_a_trusted_proxy_counts(doors: Doors, time_machine: Any, settings: Any, network: str) -> None:
    settings.TRUSTED_PROXIES = [network]
    time_machine.move_to(ENDS + MINUTE, tick=False)
    for at, answer in ((ENDS, ("on time", ENDS)), (ENDS + TICK, refused(2))):
        said = [door(headers=stated(at), REMOTE_ADDR=PROXY) for door in (doors.form, doors.json)]
        assert said == [answer] * 2
    assert set(Version.objects.values_list("received_at", "finished_at")) == {(ENDS, ENDS + MINUTE)}


@pytest.mark.parametrize(
    "header",
    ["t=4000000000", "t=nan", "t=-inf", "t=1e400", "yesterday", "t=", "t=1,t=2", "2023-12-08T12:00:00Z", "t=0x65"],
)
def test_instant_of_a_trusted_proxy_that_cannot_be_is_now(
    doors: Doors, time_machine: Any, settings: Any, header: str
) -> None:
    settings.TRUSTED_PROXIES = [PROXY]
    for now, answer in ((ENDS + TICK, refused()), (ENDS, ("on time", ENDS))):
        time_machine.move_to(now, tick=False)
        claim = {"headers": {"X-Request-Start": header}, "REMOTE_ADDR": PROXY}
        assert [doors.form(**claim), doors.json(**claim)] == [answer] * 2


# --- what an organizer hands in -------------------------------------------------------------------------------

OWN_FACTS = {"Version", "SHA-256", "Receipt", "Signature", "Size"}  # of each file


def facts(doors: Doors, version: Version) -> dict[str, str]:
    """The receipt as its student reads it: heading, notice, and every fact by its name."""
    page = doors.client.get(doors.world.url(f"submissions/receipts/{version.receipt}/")).text
    pairs = {name: re.sub(r"<[^>]*>", "", said) for name, said in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)}
    return {"": words(page).partition(" From ")[0]} | {n: "" if n in OWN_FACTS else said for n, said in pairs.items()}


def hand_in(world: World, file: SimpleUploadedFile, **headers: str) -> Any:
    """Olga hands in a file for Anna."""
    client = Client(headers=headers)
    client.force_login(world.row("olga").user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])
    url = world.url(f"submissions/{world.slot('slides').pk}/for-a-student/")
    return client.post(url, {"participant": world.row("anna").pk, "file": file})


@pytest.mark.parametrize(("after", "judged"), [(0 * HOUR, "on time"), (TICK, "late"), (5000 * HOUR, "late")])
def test_organizers_upload_is_taken_at_any_time_and_marked_alike(
    world: World, tmp_path: Path, time_machine: Any, after: timedelta, judged: str
) -> None:
    time_machine.move_to(ENDS + after, tick=False)
    anna = Doors(world, tmp_path)
    assert hand_in(world, new_pdf()).status_code == 302
    assert anna.verdict(hand_in(world, new_pdf(), **JSON).json()) == (judged, ENDS + after)
    assert anna.command(by="olga@example.org") == (judged, ENDS + after)
    receipts = [facts(anna, version) for version in Version.objects.order_by("number")]
    assert receipts == receipts[:1] * 3
    assert receipts[0][""].startswith(f"Slides: it is in, {judged} Received ")
    assert receipts[0]["Handed in by"] == "Olga Organizer"
    letters = Letter.objects.filter(kind="upload_received", to_email="anna@example.org")
    said = [("Olga Organizer has handed it in for you." in each.text, f"({judged})" in each.text) for each in letters]
    assert said == [(True, True)] * 3
    assert anna.ask() == (refused(3) if after else ("on time", ENDS))


def test_organizers_upload_that_is_refused_is_json_for_a_program(world: World, time_machine: Any) -> None:
    time_machine.move_to(ENDS, tick=False)
    answer = hand_in(world, notebook(), **JSON)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
    assert answer.json()["code"] == "wrong_type"

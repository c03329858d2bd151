"""What makes an allocation verifiable: the commitment, the codes, the document, and an archive that runs with nothing but Python."""

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from courses.models import Participant
from tests.factories.topics import STUDENTS, draft_of, give_out, pair, prefer, publish, rule_of
from tests.factories.world import World
from topics import queries
from topics.domain.evidence import code_of, commitment, solve, verify
from topics.models import AllocationRun
from topics.services import document_json, proof_archive

SignedIn = Callable[..., Client]
CHOSEN = {"anna": [1, 2], "boris": [1, 2], "carla": [1, 3], "dana": [1]}


@pytest.fixture
def run(world: World, now: datetime) -> AllocationRun:
    rule_of(world, seed=42, nonce="5eed" * 8)
    pair(world, "dana", 2, "excluded", now)
    return give_out(world, now, **CHOSEN)


# --- the rule -----------------------------------------------------------------------------------------------------


def test_commitment_is_the_hash_of_nonce_and_seed() -> None:
    assert commitment(42, "ab") == hashlib.sha256(b"ab:42").hexdigest()
    assert len({commitment(42, "ab"), commitment(43, "ab"), commitment(42, "ac")}) == 3


def test_code_of_a_person_is_fixed_with_the_salt() -> None:
    assert code_of("ab", 7) == hashlib.sha256(b"ab:7").hexdigest()[:10]
    assert len({code_of(salt, person) for salt in ("ab", "ac") for person in range(500)}) == 1000


def test_verify_of_what_was_published_finds_nothing(run: AllocationRun) -> None:
    document = json.loads(document_json(run))
    assert verify(document) == []
    assert solve(document).assignment == run.assignment


def test_solve_with_other_parts_of_the_input(run: AllocationRun, world: World) -> None:
    document = queries.document_of(run)
    everywhere = dict.fromkeys(document["capacities"], 4)
    assert set(solve(document, capacities=everywhere).assignment.values()) == {1}


def tampered(run: AllocationRun, what: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(document_json(run))
    if what == "assignment":
        given = document["assignment"]
        one, two, *_ = {topic: student for student, topic in sorted(given.items()) if topic is not None}.values()
        given[one], given[two] = given[two], given[one]
    elif what == "person left out":
        given = document["assignment"]
        given.pop(min(student for student, topic in given.items() if topic is not None))
    elif what == "seed":
        document["seed"] += 1
    elif what == "nonce":
        document["nonce"] = "0" * 32
    else:
        document["profile"] = [4, 0]
    return document


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("assignment", "was published, but the rule gives"),
        ("person left out", "topic None was published, but the rule gives"),
        ("seed", "Seed and nonce do not give the hash"),
        ("nonce", "Seed and nonce do not give the hash"),
        ("profile", "was published of the ranks, but the rule gives"),
    ],
)
def test_verify_names_what_was_tampered_with(run: AllocationRun, what: str, words: str) -> None:
    problems = verify(tampered(run, what))
    assert any(words in problem for problem in problems), problems


# --- the document -------------------------------------------------------------------------------------------------


def test_document_holds_all_that_a_computation_needs_and_nothing_else(run: AllocationRun) -> None:
    assert set(json.loads(document_json(run))) == {
        "seminar",
        "commitment",
        "seed",
        "nonce",
        "objective",
        "change_cost",
        "preferences",
        "capacities",
        "pinned",
        "forbidden",
        "previous",
        "assignment",
        "profile",
    }


def test_document_names_nobody(run: AllocationRun, world: World) -> None:
    """Neither by name, nor by address, nor by key: of people it knows codes only."""
    text = document_json(run)
    for row in Participant.objects.select_related("user"):
        for word in (row.user.given_names, row.user.family_name, row.user.email, row.user.email.partition("@")[0]):
            assert not word or word not in text
    document, codes = json.loads(text), set(run.people)
    assert set(document["preferences"]) == set(document["assignment"]) == codes
    assert {*document["pinned"], *document["previous"], *(code for code, _topic in document["forbidden"])} <= codes
    assert not codes & {str(row.pk) for row in Participant.objects.all()}


def test_document_has_the_commitment_that_was_shown_before(run: AllocationRun, world: World) -> None:
    rule = rule_of(world)
    assert json.loads(document_json(run))["commitment"] == commitment(rule.seed, rule.nonce)


def test_document_and_pages_never_show_the_salt(run: AllocationRun, world: World, signed_in: SignedIn) -> None:
    """Ids of people are no secret: with the salt anybody could turn codes into people."""
    salt = rule_of(world).salt
    assert salt not in document_json(run)
    assert all(code_of(run.nonce, pk) not in run.people for pk in run.people.values())
    for who, page in product(("anna", "olga"), ("allocation/", "topics/")):
        assert salt not in signed_in(world.people[who]).get(world.url(page)).text


def test_document_of_a_later_run_keeps_seed_and_codes(run: AllocationRun, world: World, now: datetime) -> None:
    later = draft_of(world, now)
    assert (later.people, later.seed, later.nonce) == (run.people, run.seed, run.nonce)


# --- the archive --------------------------------------------------------------------------------------------------


def execute(archive: bytes, folder: Path) -> tuple[int, str]:
    """Run a zip application with nothing but Python: no site packages, no environment, another folder."""
    file = folder / "proof.pyz"
    file.write_bytes(archive)
    command = [sys.executable, "-I", "-S", str(file)]
    done = subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def with_document(archive: bytes, document: dict[str, Any]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as source, zipfile.ZipFile(out, "w") as copy:
        for name in source.namelist():
            data = json.dumps(document).encode() if name == "allocation.json" else source.read(name)
            copy.writestr(name, data)
    return out.getvalue()


def test_proof_archive_derives_what_was_published_with_nothing_but_python(run: AllocationRun, tmp_path: Path) -> None:
    code, text = execute(proof_archive(run), tmp_path)
    given = [f"{person} {'-' if topic is None else topic}" for person, topic in sorted(run.assignment.items())]
    assert (code, text.splitlines()) == (
        0,
        [
            *given,
            f"How many got rank 1, 2, ...: {run.profile[0]} {run.profile[1]} and none: 1",
            "This is what was published.",
        ],
    )


@pytest.mark.parametrize("what", ["assignment", "seed", "profile"])
def test_proof_archive_of_something_else_says_so(run: AllocationRun, tmp_path: Path, what: str) -> None:
    code, text = execute(with_document(proof_archive(run), tampered(run, what)), tmp_path)
    assert (code, text.splitlines()[-1]) == (1, "This is NOT what was published.")
    assert "Traceback" not in text


def test_proof_archive_holds_the_rule_word_for_word_and_no_django(run: AllocationRun) -> None:
    with zipfile.ZipFile(BytesIO(proof_archive(run))) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    rule = Path(__file__).parents[2] / "topics" / "domain"
    assert {name: texts[f"topics/domain/{name}"] for name in ("allocation.py", "evidence.py")} == {
        name: (rule / name).read_text() for name in ("allocation.py", "evidence.py")
    }
    assert not any("django" in text for name, text in texts.items() if name != "allocation.json")


def test_proof_archive_is_the_same_twice(run: AllocationRun) -> None:
    assert proof_archive(run) == proof_archive(AllocationRun.objects.get(pk=run.pk))


def test_proof_archive_with_every_feature_runs(world: World, now: datetime, tmp_path: Path) -> None:
    """Ties, topics that nobody chose, a pin, an exclusion, and a change that costs."""
    rule_of(world, ties=True, fill=True)
    pair(world, "anna", 5, "pinned", now)
    give_out(world, now, boris=[[1, 2], 3], carla=[1])
    pair(world, "dana", 2, "excluded", now)
    prefer(world, "dana", [[1, 3], 4], now)
    run = publish(world, draft_of(world, now, "mincost", change_cost=3), now, reason="Dana is in.")
    assert execute(proof_archive(run), tmp_path)[0] == 0


# --- the pages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def _clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


PAGES = ("allocation/allocation.json", "allocation/allocation.pyz")


@pytest.mark.usefixtures("_clock")
@pytest.mark.parametrize(("page", "kind"), list(zip(PAGES, ("application/json", "application/zip"), strict=True)))
def test_downloads_are_attachments_that_nobody_sniffs(
    run: AllocationRun, world: World, signed_in: SignedIn, page: str, kind: str
) -> None:
    response = signed_in(world.people["boris"]).get(world.url(page))
    expected = document_json(run).encode() if kind == "application/json" else proof_archive(run)
    assert (response.status_code, response["Content-Type"], response.content) == (200, kind, expected)
    assert response["Content-Disposition"].startswith('attachment; filename="small')
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.usefixtures("_clock")
@pytest.mark.parametrize("page", PAGES)
def test_downloads_are_there_only_once_something_is_in_force(
    world: World, signed_in: SignedIn, now: datetime, page: str
) -> None:
    draft_of(world, now)
    assert {signed_in(world.people[who]).get(world.url(page)).status_code for who in ("anna", "olga")} == {404}


@pytest.mark.usefixtures("_clock", "run")
def test_downloads_are_for_those_who_take_part(world: World, signed_in: SignedIn) -> None:
    names = ("gone", "apply", "wait", "outsider", "other_student", "other_organizer")
    found = {
        (who, page): signed_in(world.people[who]).get(world.url(page)).status_code for who in names for page in PAGES
    }
    assert set(found.values()) == {403}
    other = signed_in(world.people["other_student"]).get("/seminars/other/allocation/allocation.json")
    assert other.status_code == 404


@pytest.mark.usefixtures("_clock", "run")
def test_pages_of_a_student_show_nobody_elses_list(world: World, signed_in: SignedIn) -> None:
    """Anna's pages speak of others by rank and code only; no page names a person beside what they ranked."""
    client = signed_in(world.people["anna"])
    for page in ("allocation/", "preferences/"):
        text = client.get(world.url(page)).text
        assert not any(name in text for name in ("Boris", "Łukasik", "Carla", "Conti", "Dana", "Demir"))
    codes = {name: code_of(rule_of(world).salt, world.row(name).pk) for name in STUDENTS}
    for page in ("allocation/", "preferences/", "exchange/", "topics/"):
        text = client.get(world.url(page)).text
        assert not any(codes[name] in text for name in ("boris", "carla", "dana"))
        assert " &gt; " not in text.replace("1 &gt; 2", "")


@pytest.mark.usefixtures("_clock", "run")
def test_page_of_a_student_tells_how_to_check(world: World, signed_in: SignedIn) -> None:
    page = signed_in(world.people["anna"]).get(world.url("allocation/")).text
    rule = rule_of(world)
    for text in (code_of(rule.salt, world.row("anna").pk), commitment(rule.seed, rule.nonce), *PAGES):
        assert text in page

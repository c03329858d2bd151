"""Documents that are made from the code, and the check that notices when they are stale."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import URLPattern, URLResolver, get_resolver
from rules.permissions import permissions

from seminar.domain.seminar_file.tables import PersonTable, SeminarTable
from seminar.services import generated

PEOPLE = ("anybody", "signed in", "applied", "waiting", "student", "withdrawn", "organizer")


def matrix() -> dict[str, dict[str, bool]]:
    """permission → who → allowed, read back from the document."""
    rows = [line for line in generated.permission_matrix().splitlines() if line.startswith("|")]
    head, _rule, *body = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert head == ["permission", *PEOPLE]
    return {name.strip("`"): dict(zip(PEOPLE, [cell == "yes" for cell in cells], strict=True)) for name, *cells in body}


def allowed(permission: str) -> set[str]:
    return {who for who, yes in matrix()[permission].items() if yes}


# --- permissions --------------------------------------------------------------------------------------------


def test_permission_matrix_has_a_row_for_every_permission_in_order() -> None:
    assert list(matrix()) == sorted(permissions)


@pytest.mark.parametrize(
    ("permission", "people"),
    [
        ("seminar.seminar_detail", set(PEOPLE)),
        ("accounts.profile_edit", set(PEOPLE) - {"anybody"}),
        ("courses.entry_create", set(PEOPLE) - {"anybody", "organizer"}),
        ("seminar.me_detail", {"applied", "waiting", "student", "withdrawn", "organizer"}),
        ("submissions.submission_edit", {"student"}),
        ("submissions.receipt_detail", {"applied", "waiting", "student", "withdrawn", "organizer"}),
        ("reviews.review_list", {"student", "organizer"}),
        ("reviews.review_plan", {"organizer"}),
        ("reviews.review_edit", {"student"}),
        ("grading.grade_edit", {"organizer"}),
        ("grading.grade_release", {"organizer"}),
        ("seminar.manage_detail", {"organizer"}),
    ],
)
def test_permission_matrix_says_who_may(permission: str, people: set[str]) -> None:
    assert allowed(permission) == people


def test_permission_matrix_gives_anybody_only_what_is_public() -> None:
    public = {permission for permission, cells in matrix().items() if cells["anybody"]}
    assert public == {
        "grading.document_check",  # with the code of a document
        "grading.document_search",
        "notifications.choice_update",  # at an address that only a letter names
        "seminar.calendar_feed",  # at a secret address
        "seminar.health",
        "seminar.home",
        "seminar.language",
        "seminar.seminar_calendar",
        "seminar.seminar_detail",
        "submissions.picture",  # with an address that the server signed
        "submissions.receipt_check",  # with the server's signature
        *(f"submissions.work_{page}" for page in ("detail", "download", "frame", "list")),  # with the author's consent
        "topics.topic_list",
    }


# --- states -------------------------------------------------------------------------------------------------


def test_state_diagrams_draw_every_table() -> None:
    text = generated.state_diagrams()
    titles = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert titles == list(generated.TRANSITIONS)
    assert text.count("```mermaid\nstateDiagram-v2\n") == len(titles)


def test_state_diagrams_draw_every_transition() -> None:
    review = generated.state_diagrams().partition("## Review\n")[2].partition("## ")[0]
    assert review.split("stateDiagram-v2\n")[1].split("```")[0] == (
        "    [*] --> planned\n"
        "    planned --> started\n"
        "    planned --> delivered\n"
        "    started --> delivered\n"
        "    delivered --> [*]\n"
    )


# --- the schema of the file ---------------------------------------------------------------------------------


def test_file_schema_documents_every_field_of_every_table() -> None:
    text = generated.file_schema()
    assert text.startswith("# A seminar as a file\n")
    for table in (SeminarTable, PersonTable):
        section = text.partition(f"## {table.__doc__}")[2].partition("\n## ")[0]
        fields = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        assert fields == list(table.model_fields)
    (row,) = (line for line in text.splitlines() if line.startswith("| `capacity` |"))
    assert "required" in row
    assert row.endswith("| places |")


# --- addresses ----------------------------------------------------------------------------------------------


def named_views(patterns: list[Any], namespace: str = "") -> list[str]:
    names = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            names += named_views(pattern.url_patterns, inner)
        else:
            assert isinstance(pattern, URLPattern)
            names.append(f"{namespace}{pattern.name}")
    return names


def test_addresses_are_all_named_once_and_guarded() -> None:
    rows = generated.addresses()
    names = [row["name"] for row in rows]
    assert sorted(names) == sorted(named_views(get_resolver().url_patterns))
    assert len(names) == len(set(names))
    assert [row["name"] for row in rows if row["permission"] not in {*permissions, "allauth"}] == []


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("home", ("/", ["GET", "HEAD"], "seminar.home")),
        (
            "submissions:submission_edit",
            ("/seminars/<slug:slug>/submissions/<int:pk>/", ["GET", "POST"], "submissions.submission_edit"),
        ),
        ("grading:grade_release", ("/seminars/<slug:slug>/grading/release/", ["GET", "POST"], "grading.grade_release")),
        (
            "reviews:archive_download",
            ("/seminars/<slug:slug>/reviews/works.zip", ["GET", "HEAD"], "reviews.archive_download"),
        ),
        ("readyz", ("/readyz", ["GET", "HEAD"], "seminar.health")),
    ],
)
def test_addresses_name_path_methods_and_permission(name: str, row: tuple[str, list[str], str]) -> None:
    found = {each["name"]: (each["path"], each["methods"], each["permission"]) for each in generated.addresses()}
    assert found[name] == row


# --- the check ----------------------------------------------------------------------------------------------


@pytest.fixture
def base(settings: Any, tmp_path: Path) -> Path:
    """A project of its own, with the introduction that a person has written."""
    intro = Path(settings.BASE_DIR) / "docs" / "seminar-file.intro.md"
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "seminar-file.intro.md").write_text(intro.read_text())
    settings.BASE_DIR = tmp_path
    return tmp_path


def test_docs_check_fails_where_documents_are_missing_and_writes_nothing(base: Path) -> None:
    with pytest.raises(CommandError) as error:
        call_command("docs_check")
    assert str(error.value) == (
        "Stale: docs/permissions.md, docs/states.md, docs/seminar-file.md. Run `python3 dev.py fix`."
    )
    assert [path.name for path in (base / "docs").iterdir()] == ["seminar-file.intro.md"]


def test_docs_check_with_write_mends_them(base: Path) -> None:
    call_command("docs_check", "--write")
    call_command("docs_check")
    assert (base / "docs" / "permissions.md").read_text() == generated.permission_matrix()
    assert (base / "docs" / "states.md").read_text() == generated.state_diagrams()
    assert (base / "docs" / "seminar-file.md").read_text() == generated.file_schema()


@pytest.mark.parametrize("name", ["permissions.md", "states.md", "seminar-file.md"])
def test_docs_check_notices_one_changed_letter(base: Path, name: str) -> None:
    call_command("docs_check", "--write")
    path = base / "docs" / name
    path.write_text(path.read_text().replace("a", "b", 1))
    with pytest.raises(CommandError) as error:
        call_command("docs_check")
    assert str(error.value) == f"Stale: docs/{name}. Run `python3 dev.py fix`."


def test_docs_check_notices_a_changed_rule(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reviews.models import REVIEW_TRANSITIONS, ReviewState

    call_command("docs_check", "--write")
    monkeypatch.setitem(REVIEW_TRANSITIONS, ReviewState.DELIVERED, (ReviewState.STARTED,))
    with pytest.raises(CommandError, match=r"^Stale: docs/states\.md\."):
        call_command("docs_check")


@pytest.mark.parametrize(
    ("command", "make"),
    [("permissions_print", generated.permission_matrix), ("states_print", generated.state_diagrams)],
)
def test_print_commands_print_the_document(command: str, make: Any) -> None:
    out = StringIO()
    call_command(command, stdout=out)
    assert out.getvalue() == make()


def test_url_map_as_json_is_what_addresses_are() -> None:
    out = StringIO()
    call_command("url_map", format="json", stdout=out)
    assert json.loads(out.getvalue()) == generated.addresses()


def test_url_map_as_text_has_a_line_for_each() -> None:
    out = StringIO()
    call_command("url_map", stdout=out)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert [(line[0], line[1], line[-1]) for line in lines] == [
        (row["name"], row["path"], row["permission"]) for row in generated.addresses()
    ]

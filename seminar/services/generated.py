"""Documents that are made from the code, so that they cannot drift from it."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import rules
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import URLPattern, URLResolver, get_resolver
from rules.permissions import permissions

from accounts.models import User
from courses.models import (
    EXCUSE_TRANSITIONS,
    MAILING_TRANSITIONS,
    PARTICIPANT_TRANSITIONS,
    Participant,
    ParticipantState,
    Role,
    Seminar,
)
from grading.models import APPEAL_TRANSITIONS
from milestones.models import REQUEST_TRANSITIONS
from notifications.models import LETTER_TRANSITIONS
from reviews.models import POINT_TRANSITIONS, REVIEW_TRANSITIONS
from seminar.domain.seminar_file import SeminarFile, Table
from submissions.domain.checks import WORDS
from submissions.models import CASE_TRANSITIONS
from topics.models import EXCHANGE_TRANSITIONS, PROPOSAL_TRANSITIONS, RUN_TRANSITIONS

TRANSITIONS = {
    "Participant": PARTICIPANT_TRANSITIONS,
    "Excuse": EXCUSE_TRANSITIONS,
    "Extension request": REQUEST_TRANSITIONS,
    "Allocation run": RUN_TRANSITIONS,
    "Topic proposal": PROPOSAL_TRANSITIONS,
    "Exchange": EXCHANGE_TRANSITIONS,
    "Review": REVIEW_TRANSITIONS,
    "Review point": POINT_TRANSITIONS,
    "Appeal": APPEAL_TRANSITIONS,
    "Similarity case": CASE_TRANSITIONS,
    "Letter": LETTER_TRANSITIONS,
    "Letter to several": MAILING_TRANSITIONS,
}
# who → role and state of their row in the seminar; None: signed in without one
PEOPLE: dict[str, tuple[str, str] | None] = {
    "signed in": None,
    "applied": (Role.STUDENT, ParticipantState.APPLIED),
    "waiting": (Role.STUDENT, ParticipantState.WAITING),
    "student": (Role.STUDENT, ParticipantState.ADMITTED),
    "withdrawn": (Role.STUDENT, ParticipantState.WITHDRAWN),
    "organizer": (Role.ORGANIZER, ParticipantState.ADMITTED),
}


def addresses() -> list[dict[str, Any]]:
    """Every URL of the program: name, path, methods and permission, in the order of the URLconf."""
    return [
        {
            "name": name,
            "path": path,
            "methods": methods_of(pattern.callback),
            "permission": permission_of(pattern.callback),
        }
        for name, path, pattern in _walk(get_resolver().url_patterns, "/", "")
    ]


def _walk(patterns: list[Any], path: str, namespace: str) -> Iterator[tuple[str, str, URLPattern]]:
    for pattern in patterns:
        here = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, here, inner)
        else:
            yield f"{namespace}{pattern.name}", here, pattern


def permission_of(view: Any) -> str:
    """The permission a view names; allauth's pages guard themselves."""
    named = getattr(view, "permission", "")
    return named or ("allauth" if getattr(view, "__module__", "").startswith("allauth.") else "")


def methods_of(view: Any) -> list[str]:
    """The methods a view answers, read from the decorator that restricts them."""
    for layer in _layers(view):
        allowed = inspect.getclosurevars(layer).nonlocals.get("request_method_list")
        if allowed:
            return list(allowed)
    return ["GET", "POST"]


def _layers(view: Any) -> Iterator[Any]:
    while view is not None:
        yield view
        view = getattr(view, "__wrapped__", None)


def permission_matrix() -> str:
    """Role × permission in Markdown, asked of the policy tables themselves."""
    seminar = Seminar(pk=0)
    people: dict[str, User | AnonymousUser] = {"anybody": AnonymousUser()}
    for who, row in PEOPLE.items():
        user = User(pk=0)
        user.__dict__["_memberships"] = {0: Participant(role=row[0], state=row[1]) if row else None}
        people[who] = user
    lines = [
        "# Permissions",
        "",
        "Made by `manage.py permissions_print`; `dev.py check` fails when it is stale. A reviewer is a student: rows are",
        "filtered in the query, so that everybody sees their own.",
        "",
        f"| permission | {' | '.join(people)} |",
        f"|---|{'---|' * len(people)}",
    ]
    for name in sorted(permissions):
        cells = ["yes" if rules.has_perm(name, user, seminar) else "–" for user in people.values()]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def state_diagrams() -> str:
    """Every state field with its transitions, as Mermaid diagrams."""
    lines = ["# States", "", "Made by `manage.py states_print`; `dev.py check` fails when it is stale.", ""]
    for name, table in TRANSITIONS.items():
        lines += [f"## {name}", "", "```mermaid", "stateDiagram-v2"]
        lines.append(f"    [*] --> {next(iter(table))!s}")
        for state, followers in table.items():
            lines += [f"    {state!s} --> {follower!s}" for follower in followers] or [f"    {state!s} --> [*]"]
        lines += ["```", ""]
    return "\n".join(lines)


def file_schema() -> str:
    """The schema of a seminar's file in Markdown, from the tables that check it."""
    intro = Path(settings.BASE_DIR / "docs" / "seminar-file.intro.md").read_text()
    lines = [intro.rstrip(), ""]
    seen: set[type[Table]] = set()
    for table in _tables(SeminarFile):
        if table is SeminarFile or table in seen:
            continue
        seen.add(table)
        lines += [
            "## " + (table.__doc__ or "").strip(),
            "",
            "| field | type | default | meaning |",
            "|---|---|---|---|",
        ]
        properties = table.model_json_schema()["properties"]
        for name, field in table.model_fields.items():
            default = "required" if field.is_required() else _default(field.default)
            lines.append(f"| `{name}` | {_words(properties[name])} | {default} | {field.description or ''} |")
        lines.append("")
    lines += ["## Codes of checks, for `ignore`", "", "| code | what the student reads |", "|---|---|"]
    lines += [f"| `{code}` | {sentence} |" for code, sentence in WORDS.items()]
    return "\n".join(lines).rstrip() + "\n"


def _default(value: Any) -> str:
    """A default as one would write it in the file."""
    if value is None or value in ("", []):
        return "–"
    items = value if isinstance(value, list | tuple) else [value]
    shown = [str(item).lower() if isinstance(item, bool) else str(item) for item in items]
    return f"`{', '.join(shown)}`"


def _words(schema: dict[str, Any]) -> str:
    """A field's type as a person says it, from its JSON schema."""
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"] if value)
    if "anyOf" in schema:
        words = [_words(option) for option in schema["anyOf"] if option.get("type") != "null"]
        return "number" if "number" in words else " or ".join(words)
    if schema.get("type") == "array":
        return "two numbers" if "prefixItems" in schema else f"list of {_words(schema['items'])}"
    kinds = {
        "string": "text",
        "integer": "whole number",
        "boolean": "true or false",
        "date-time": "local date and time",
    }
    kind = str(schema.get("format") or schema.get("type", "tables"))
    return kinds.get(kind, kind)


def _tables(table: type[Table]) -> Iterator[type[Table]]:
    yield table
    for field in table.model_fields.values():
        kinds = get_args(field.annotation)
        for inner in (field.annotation, *kinds, *(each for kind in kinds for each in get_args(kind))):
            if isinstance(inner, type) and issubclass(inner, Table):
                yield from _tables(inner)


DOCUMENTS = {
    "docs/permissions.md": permission_matrix,
    "docs/states.md": state_diagrams,
    "docs/seminar-file.md": file_schema,
}

"""How rows follow a list in a file."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, ProtectedError


def replace_all(model: type[Model], owner: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows without a life of their own: written anew where they differ from what is there."""
    wanted = [{**row, "position": position} for position, row in enumerate(rows)]
    manager = model._default_manager.filter(**owner)  # noqa: SLF001
    present = list(manager.order_by("position", "pk").values(*wanted[0])) if wanted else []
    if wanted and present == wanted:
        return
    manager.delete()
    model._default_manager.bulk_create(model(**owner, **row) for row in wanted)  # noqa: SLF001


def follow(
    model: type[Model], owner: Mapping[str, Any], name: str, rows: Iterable[Mapping[str, Any]], *, label: str
) -> list[str]:
    """Rows that work hangs on, matched by `name`: updated and added; one not named is deleted only if nothing hangs on it.

    Returns a line for every row that was kept.
    """
    named = []
    for row in rows:
        key = {name: row[name]}
        model._default_manager.update_or_create(**owner, **key, defaults=dict(row))  # noqa: SLF001
        named.append(row[name])
    kept = []
    for leftover in model._default_manager.filter(**owner).exclude(**{f"{name}__in": named}):  # noqa: SLF001
        try:
            leftover.delete()
        except ProtectedError:
            kept.append(
                f"{label} {getattr(leftover, name)} is not in the file and was kept, because work belongs to it."
            )
    return kept

"""How rows follow a list in a file."""

from collections.abc import Iterable, Mapping, Sequence
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


def write_rows(
    model: type[Model], owner: Mapping[str, Any], names: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> list[Model]:
    """Write rows matched by `names`: new ones are added, changed ones saved; return those that are not named any more.

    owner: the fields that all rows share, or a path of fields whose first step each row sets itself.
    """
    present = {tuple(getattr(row, name) for name in names): row for row in model._default_manager.filter(**owner)}  # noqa: SLF001
    new, given = [], {name: value for name, value in owner.items() if "__" not in name}
    for fields in rows:
        row = present.pop(tuple(fields[name] for name in names), None)
        if row is None:
            new.append(model(**given, **fields))
            continue
        changed = [name for name, value in fields.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, fields[name])
        if changed:
            row.save(update_fields=changed)
    model._default_manager.bulk_create(new)  # noqa: SLF001
    return list(present.values())


def follow(
    model: type[Model], owner: Mapping[str, Any], name: str, rows: Iterable[Mapping[str, Any]], *, label: str
) -> list[str]:
    """As `write_rows`, and a row that is not named any more is deleted if no work hangs on it.

    Returns a line for every row that was kept.
    """
    kept = []
    for leftover in write_rows(model, owner, [name], rows):
        try:
            leftover.delete()
        except ProtectedError:
            kept.append(
                f"{label} {getattr(leftover, name)} is not in the file and was kept, because work belongs to it."
            )
    return kept

"""Where in a TOML file a value stands: the parser keeps no line numbers, so they are found again in the text."""

import re

HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?")


def place_of(text: str, where: tuple[int | str, ...]) -> tuple[int | None, str]:
    """(line, readable place) of a path such as `("milestones", 2, "due")`.

    Lines count from 1; None where the table is not in the text. Items count from 1 in the readable place. A field that is
    missing is placed at its table.
    """
    names = [part for part in where if not _is_hidden(part)]
    readable = ""
    for part in names:
        readable += f" {part + 1}" if isinstance(part, int) else f"{'.' if readable else ''}{part}"
    lines = text.splitlines()
    start, rest = _table(lines, names)
    if start is None:
        number = _field(lines, -1, str(names[0])) if names else None
        return (None if number is None else number + 1), readable
    field = next((part for part in rest if isinstance(part, str)), None)
    return (_field(lines, start, field) or start) + 1, readable


def _is_hidden(part: int | str) -> bool:
    """Parts that the schema adds, such as the names of union members."""
    return isinstance(part, str) and not re.fullmatch(r"[A-Za-z0-9_-]+", part)


def _table(lines: list[str], path: list[int | str]) -> tuple[int | None, list[int | str]]:
    """The line of the deepest header on the path, and what of the path is left below it."""
    best: tuple[int | None, list[int | str]] = (None, path)
    counts: dict[str, int] = {}  # array of tables → index of its latest item
    for number, line in enumerate(lines):
        match = HEADER.match(line)
        if not match:
            continue
        name = match.group(2)
        for child in [key for key in counts if key.startswith(f"{name}.")]:
            del counts[child]
        if match.group(1) == "[[":
            counts[name] = counts.get(name, -1) + 1
        prefix = _path(name, counts)
        if path[: len(prefix)] == prefix and (best[0] is None or len(path) - len(best[1]) < len(prefix)):
            best = (number, path[len(prefix) :])
        elif best[0] is None and prefix[:-1] == path:  # the array of tables itself
            best = (number, [])
    return best


def _path(name: str, counts: dict[str, int]) -> list[int | str]:
    path: list[int | str] = []
    pieces = name.split(".")
    for depth, piece in enumerate(pieces, 1):
        path.append(piece)
        joined = ".".join(pieces[:depth])
        if joined in counts:
            path.append(counts[joined])
    return path


def _field(lines: list[str], start: int, field: str | None) -> int | None:
    if field is None:
        return None
    pattern = re.compile(rf"^\s*{re.escape(field)}\s*=")
    for number in range(start + 1, len(lines)):
        if HEADER.match(lines[number]):
            return None
        if pattern.match(lines[number]):
            return number
    return None

"""Spreadsheets as lines of clean cells: CSV, headers by their many names, and what can be wrong with a cell."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

MAX_ROWS = 2000
MAX_COLUMNS = 60
HEADER = 100_000  # characters among which the header ends
SHOWN = 60  # characters of a cell that a problem repeats

# A tab is hardly ever part of a header's text and a comma often is: the first one wins where two occur equally often.
DELIMITERS = "\t;,"
# Excel writes such a line in front of the header when it is told to name the delimiter.
NAMED_DELIMITER = re.compile(r'"?sep=([;,\t])"?\r?\n', re.IGNORECASE)
# Not `str.strip()`: that takes control characters such as U+001F away without a word.
WHITE = "".join(map(chr, (0x09, 0x0A, 0x0D, 0x20, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)))
# C1 controls; zero-width characters that make two names look the same; line and paragraph separators; bidirectional
# embeddings, overrides and isolates; the mark of damaged text. Joiners (U+200C, U+200D) belong to names in many scripts.
HIDDEN = r"\x7f-\x9f\u200b\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffd"
ODD = re.compile(rf"[\x00-\x1f{HIDDEN}]")
ODD_IN_LONG_TEXT = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f{HIDDEN}]")  # which may have lines and tabs
# What a spreadsheet takes for a formula once the cell is exported again; Excel reads the full-width forms alike.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class SheetError(ValueError):
    """A sheet that cannot be read as a whole; `code` names the reason, `values` fill the sentence."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Line:
    """One row: the number that a spreadsheet shows (in CSV, the physical line it starts on) and its clean cells."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row: a code, the field, what stands there (or the limit), another line it collides with."""

    code: str
    column: str = ""
    value: str = ""
    line: int = 0


@dataclass(frozen=True)
class Row:
    """A line below the header: text by field (every known field is there), and cells that no header stands above."""

    number: int
    cells: Mapping[str, str]
    problems: tuple[Problem, ...]


def clean(cell: str) -> str:
    """The cell in Unicode's composed form (NFC), without white space around it; control characters stay."""
    return unicodedata.normalize("NFC", cell).strip(WHITE)


def read_csv(data: bytes) -> list[Line]:
    """The lines of a CSV file, the header among them; blank lines are left out, but counted.

    data: UTF-8, UTF-16 with its byte-order mark, or Windows-1252; cells delimited by semicolon, comma or tab.
    Raises SheetError: unreadable, broken_quotes (line), too_many_rows (limit), too_many_columns (limit, line).
    """
    text = _decoded(data)
    delimiter = ""
    if named := NAMED_DELIMITER.match(text):
        delimiter, text = named[1], "\n" + text[named.end() :]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text), strict=True, skipinitialspace=True
    )
    lines, start = [], 1
    try:
        for record in reader:
            lines.append(Line(start, tuple(map(clean, record))))
            start = reader.line_num + 1
            if not any(lines[-1].cells):
                lines.pop()
            _check_size(lines)
    except csv.Error as error:  # strict: a quote that never closes would otherwise swallow the rows below it
        raise SheetError("broken_quotes", line=start) from error
    return lines


def _decoded(data: bytes) -> str:
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    marked = next((encoding for mark, encoding in marks if data.startswith(mark)), "")
    # Excel on German machines saves “CSV” in Windows-1252. Hardly any of its texts happens to be valid UTF-8, so UTF-8
    # is tried first; it must stand last because nearly all bytes mean something in it.
    for encoding in (marked,) if marked else ("utf-8", "windows-1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:  # no text has it; UTF-16 without its mark and most binary files do
            return text
    raise SheetError("unreadable")


def _delimiter(text: str) -> str:
    """The delimiter that occurs most often in the header, outside quotes."""
    counts, quoted, started = dict.fromkeys(DELIMITERS, 0), False, False
    for character in text[:HEADER]:
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted and started:
            break
        elif character in counts and not quoted:
            counts[character] += 1
        started = started or not character.isspace()
    return max(counts, key=lambda delimiter: counts[delimiter])


def _check_size(lines: Sequence[Line]) -> None:
    if len(lines) > MAX_ROWS:
        raise SheetError("too_many_rows", limit=MAX_ROWS)
    if lines and any(lines[-1].cells[MAX_COLUMNS:]):
        raise SheetError("too_many_columns", limit=MAX_COLUMNS, line=lines[-1].number)


def bare(text: str) -> str:
    """The letters and digits of a text in one case, to compare headers and words: “E-Mail-Adresse” → “emailadresse”."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def columns(
    line: Line, known: Mapping[str, tuple[str, ...]], *, required: Collection[str] = ()
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Where each known field stands (field → index from 0), and the headers that mean nothing here.

    known: field → its other names; case, spaces and punctuation do not matter, and a field has its own name, too.
    Raises SheetError: column_twice (column, first, second: both headers), missing_column (column: the field).
    """
    fields = {bare(name): field for field, names in known.items() for name in (field, *names)}
    found: dict[str, int] = {}
    ignored = []
    for index, header in enumerate(line.cells):
        field = fields.get(bare(header), "")
        if field in found:
            raise SheetError("column_twice", column=field, first=shown(line.cells[found[field]]), second=shown(header))
        if field:
            found[field] = index
        elif header:
            ignored.append(shown(header))
    for field in known:
        if field in required and field not in found:
            raise SheetError("missing_column", column=field)
    return found, tuple(ignored)


def read_rows(
    lines: Sequence[Line], known: Mapping[str, tuple[str, ...]], *, required: Collection[str]
) -> tuple[list[Row], tuple[str, ...]]:
    """The rows below the header, and the ignored headers. Raises what `columns` raises, and SheetError("no_rows")."""
    if not lines:
        raise SheetError("no_rows")
    header, *body = lines
    found, ignored = columns(header, known, required=required)
    if not body:
        raise SheetError("no_rows")
    rows = []
    for line in body:
        # A delimiter inside an unquoted cell shifts the rest to the right, until something stands below no header.
        stray = [
            Problem("extra_cell", value=shown(cell))
            for index, cell in enumerate(line.cells)
            if cell and not any(header.cells[index : index + 1])
        ]
        # Lines of a workbook end with their last filled cell.
        cells = {field: "".join(line.cells[i : i + 1]) for field, i in found.items()}
        rows.append(Row(line.number, dict.fromkeys(known, "") | cells, tuple(stray)))
    return rows, ignored


def text_problems(column: str, text: str, limit: int, *, long_text: bool = False) -> list[Problem]:
    """What is wrong with any cell: too long, a formula, characters that do not show.

    limit: characters; long_text: may have lines and may begin with a bullet, yet not with “=”.
    """
    problems = []
    if len(text) > limit:
        problems.append(Problem("too_long", column, str(limit)))
    if text.startswith("=" if long_text else FORMULA):
        problems.append(Problem("formula", column, shown(text)))
    odd = (ODD_IN_LONG_TEXT if long_text else ODD).findall(text)
    if odd:
        names = ", ".join(dict.fromkeys(f"U+{ord(character):04X}" for character in odd))
        problems.append(Problem("odd_characters", column, shown(names)))
    return problems


def visible(text: str, *, long_text: bool = False) -> str:
    """The text with “�” for each character that does not show, so that a page may print it."""
    return (ODD_IN_LONG_TEXT if long_text else ODD).sub("\ufffd", text)


def shown(text: str) -> str:
    """The beginning of a text, safe to repeat in a sentence."""
    text = visible(text)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"

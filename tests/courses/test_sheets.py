"""What a spreadsheet says, cell by cell: CSV in its many shapes, workbooks in a child process, and the sentences."""

import csv
import datetime
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from accounts.domain.refusals import Refusal
from courses.domain import roster, sheets, workbook
from courses.domain.sheets import Line, Problem, Row, SheetError, clean, columns, read_csv, read_rows, text_problems
from courses.services import sheets as service
from topics.domain import catalogue

Fill = Callable[[openpyxl.Workbook, Any], None]
UMLAUTS = [Line(1, ("Name", "Ort")), Line(2, ("Müller", "Köln – Süd"))]


def code_of(call: Callable[[], object]) -> tuple[str, dict[str, str | int]]:
    with pytest.raises(SheetError) as caught:
        call()
    return caught.value.code, caught.value.values


def xlsx(fill: Fill) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    fill(book, book.active)
    book.save(out)
    return out.getvalue()


def refused(name: str, data: bytes) -> tuple[str, int]:
    with pytest.raises(Refusal) as caught:
        service.read_sheet(name, data)
    return caught.value.code, caught.value.status


# --- CSV ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_read_csv_in_every_encoding(encoding: str, delimiter: str, end: str) -> None:
    text = end.join(delimiter.join(line.cells) for line in UMLAUTS)
    assert read_csv(text.encode(encoding)) == UMLAUTS


def test_read_csv_of_utf_16_with_its_high_byte_first() -> None:
    assert read_csv("\ufeffName;Ort\n李;東京".encode("utf-16-be")) == [
        Line(1, ("Name", "Ort")),
        Line(2, ("李", "東京")),
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"Name;Ort\nA\0;B", id="nul"),
        pytest.param("Name;Ort".encode("utf-16-le"), id="utf-16-without-its-mark"),
        pytest.param(b"\xff\xfeN\0a", id="utf-16-cut"),
        pytest.param(b"\xef\xbb\xbfName\nM\xc3", id="utf-8-with-its-mark-cut"),
        pytest.param(b"Name\nM\x81ller", id="no-windows-1252-either"),
        pytest.param(b"%PDF-1.7\n\x00\x01", id="pdf"),
    ],
)
def test_read_csv_of_no_text_is_refused(data: bytes) -> None:
    assert code_of(lambda: read_csv(data)) == ("unreadable", {})


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ('"Name; Vorname, Titel";Mail', ("Name; Vorname, Titel", "Mail")),
        ('"a,b,c,d";"e\nf, g,";h', ("a,b,c,d", "e\nf, g,", "h")),
        ("Name, Vorname\tMail", ("Name, Vorname", "Mail")),
        ("Name; Vorname\tMail", ("Name; Vorname", "Mail")),
        ('"a\nb, c";d', ("a\nb, c", "d")),
        ("Name, Vorname;Mail", ("Name, Vorname", "Mail")),
        ("Name,Mail", ("Name", "Mail")),
        ("Name\na,b;c,d", ("Name",)),
        ('sep=,\r\n"a;b;c",d', ("a;b;c", "d")),
        ('"sep=;"\nd, e, f;g', ("d, e, f", "g")),
        ("\n ;;\r\nName;Mail", ("Name", "Mail")),
    ],
)
def test_read_csv_finds_the_delimiter_in_the_header(text: str, header: tuple[str, ...]) -> None:
    assert read_csv(text.encode())[0].cells == header


def test_read_csv_counts_physical_lines() -> None:
    text = 'sep=;\r\nA;B\r\n\r\n"one\r\ntwo\nthree";"say ""hi"""\r\n ; \r\n; "x;y"\r\n'
    assert read_csv(text.encode()) == [
        Line(2, ("A", "B")),
        Line(4, ("one\r\ntwo\nthree", 'say "hi"')),
        Line(8, ("", "x;y")),
    ]


@pytest.mark.parametrize(
    ("text", "line"), [('A;B\n\n1;2\n"3;4\n5;6\n', 4), ('A;B\n"1" x;2\n', 2), ('A;B\n1;"' + "x" * 140_000 + '"\n', 2)]
)
def test_read_csv_names_the_row_with_broken_quotes(text: str, line: int) -> None:
    assert code_of(lambda: read_csv(text.encode())) == ("broken_quotes", {"line": line})


def test_read_csv_has_limits() -> None:
    rows, wide = b"A;B\n\n" + b"1;2\n" * 1999, b"A;B\n\n" + b";" * 59
    assert (len(read_csv(rows)), len(read_csv(wide + b"x"))) == (2000, 2)
    assert len(read_csv(rows + b"\n ; \n" * 3000)) == 2000
    assert len(read_csv(wide + b"x" + b";" * 500)) == 2
    assert code_of(lambda: read_csv(rows + b"1;2")) == ("too_many_rows", {"limit": 2000})
    assert code_of(lambda: read_csv(wide + b";x")) == ("too_many_columns", {"limit": 60, "line": 3})


def test_read_csv_of_nothing_is_empty() -> None:
    assert (read_csv(b""), read_csv(b"\xef\xbb\xbf\r\n ; \n")) == ([], [])


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("\u00a0 A\u030a \t\r\n", "Å"),
        ("\x1f A\x07 \x1f", "\x1f A\x07 \x1f"),
        ("\u202eevil", "\u202eevil"),
        (" \u3000", ""),
        ("ﬁ①Å", "ﬁ①Å"),
    ],
)
def test_clean_takes_white_space_and_nothing_else(cell: str, kept: str) -> None:
    assert clean(cell) == kept


CELLS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=5)


@given(
    rows=st.lists(CELLS, max_size=6),
    delimiter=st.sampled_from(sheets.DELIMITERS),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_read_csv_gives_back_what_was_written(rows: Any, delimiter: str, encoding: str, quoting: Any) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quoting).writerows([["one", "two"], *rows])
    expected = [cells for row in rows if any(cells := tuple(map(clean, row)))]
    assert [line.cells for line in read_csv(out.getvalue().encode(encoding))[1:]] == expected


@given(st.binary())
def test_read_csv_of_any_bytes_gives_lines_or_a_reason(data: bytes) -> None:
    try:
        lines = read_csv(data)
    except SheetError as error:
        lines = [Line(0, (service.sheet_sentence(error),))]
    assert all(any(line.cells) for line in lines)


# --- headers and rows -----------------------------------------------------------------------------------------

KNOWN = {"email": ("e-mail-adresse", "mail"), "seats": ("plätze",), "note": ()}


def test_columns_by_their_many_names() -> None:
    line = Line(1, ("Handy", "", "E-MAIL Adresse*", "Pla\u0308tze", "(note)", "Büro\u202e"))
    assert columns(line, KNOWN) == ({"email": 2, "seats": 3, "note": 4}, ("Handy", "Büro�"))


def test_columns_missing_or_twice() -> None:
    assert columns(Line(1, ("note",)), KNOWN) == ({"note": 0}, ())
    assert code_of(lambda: columns(Line(1, ("note",)), KNOWN, required=["seats", "email"])) == (
        "missing_column",
        {"column": "email"},
    )
    assert code_of(lambda: columns(Line(1, ("Mail", "note", "E-Mail")), KNOWN)) == (
        "column_twice",
        {"column": "email", "first": "Mail", "second": "E-Mail"},
    )


def test_read_rows_reports_what_stands_below_no_header() -> None:
    lines = [Line(1, ("mail", "", "other")), Line(2, ("a", "b", "c", "", "d")), Line(5, ("", "", "e"))]
    assert read_rows(lines, KNOWN, required=["email"]) == (
        [
            Row(
                2,
                {"email": "a", "seats": "", "note": ""},
                (Problem("extra_cell", value="b"), Problem("extra_cell", value="d")),
            ),
            Row(5, {"email": "", "seats": "", "note": ""}, ()),
        ],
        ("other",),
    )
    assert read_rows([Line(1, ("note", "mail")), Line(2, ("x",))], KNOWN, required=[])[0][0].cells["email"] == ""


@pytest.mark.parametrize("lines", [[], [Line(1, ("mail",))]])
def test_read_rows_of_no_rows_is_refused(lines: list[Line]) -> None:
    assert code_of(lambda: read_rows(lines, KNOWN, required=["email"])) == ("no_rows", {})


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_text_problems_of_a_formula(begin: str) -> None:
    value = f"{begin.replace(chr(9), '�').replace(chr(13), '�')}1" + "x" * 57 + "…"
    assert text_problems("c", begin + "1" + "x" * 90, 100)[0] == Problem("formula", "c", value)
    assert [p.code for p in text_problems("c", begin + "1", 9, long_text=True)] == ["formula"] * (begin == "=")


@pytest.mark.parametrize(
    "odd", ["\x07", "\x1f", "\x7f", "\x85", "\u200b", "\u202a", "\u202e", "\u2066", "\u2069", "\ufeff", "\u2028", "�"]
)
def test_text_problems_of_characters_that_do_not_show(odd: str) -> None:
    expected = [Problem("odd_characters", "c", f"U+{ord(odd):04X}")]
    assert text_problems("c", f"a{odd}b{odd}", 9) == text_problems("c", f"a{odd}b\n", 9, long_text=True) == expected
    assert sheets.visible(f"a{odd}b\n", long_text=True) == "a�b\n"


def test_text_problems_of_lines_and_length() -> None:
    assert text_problems("c", "a\nb\tc", 5) == [Problem("odd_characters", "c", "U+000A, U+0009")]
    assert text_problems("c", "a\nb\tc", 5, long_text=True) == []
    assert text_problems("c", "李" * 6, 5) == [Problem("too_long", "c", "5")]
    assert (sheets.shown("x" * 60), sheets.shown("x" * 61)) == ("x" * 60, "x" * 59 + "…")
    assert text_problems("c", "نوید\u200cهای م", 20) == []


# --- workbooks ------------------------------------------------------------------------------------------------


def table(book: openpyxl.Workbook, sheet: Any) -> None:
    for row in (
        ["E-Mail", "Name", "Nr"],
        [],
        ["a@x.de", " 李 ", 2567890.0, None],
        ["", None, 1.7, True, -3],
        [0.1 + 0.2],
    ):
        sheet.append(row)
    sheet["C7"] = datetime.date(2026, 10, 15)
    sheet["D7"] = datetime.datetime(2026, 10, 15, 9, 30)
    sheet["E7"] = datetime.time(9, 30)
    sheet["F7"] = 123456
    sheet["F7"].number_format = "00000000"
    for cell, value in {"A8": "=A1&B1", "C8": ArrayFormula("C8:C9", "=A1:A2"), "D8": DataTableFormula("D8")}.items():
        sheet[cell] = value
    sheet["A10"] = "two\nlines"
    sheet["B12"] = " "
    book.create_sheet("second").append(["not", "read"])


TABLE = [
    Line(1, ("E-Mail", "Name", "Nr")),
    Line(3, ("a@x.de", "李", "2567890")),
    Line(4, ("", "", "1.7", "TRUE", "-3")),
    Line(5, ("0.3",)),
    Line(7, ("", "", "2026-10-15", "2026-10-15 09:30:00", "09:30:00", "00123456")),
    Line(8, ("=A1&B1", "", "=A1:A2", "=")),
    Line(10, ("two\nlines",)),
]


def test_read_sheet_of_a_workbook_whatever_its_name() -> None:
    assert service.read_sheet("list.xlsx", xlsx(table)) == service.read_sheet("list.csv", xlsx(table)) == TABLE


def test_read_sheet_of_text_named_like_a_workbook() -> None:
    assert service.read_sheet("list.xlsx", b"Name;Ort\nM\xfcller;K\xf6ln \x96 S\xfcd") == UMLAUTS


def test_read_sheet_of_merged_headers_and_a_hidden_sheet() -> None:
    def fill(book: openpyxl.Workbook, sheet: Any) -> None:
        sheet.sheet_state = "hidden"
        shown = book.create_sheet("shown")
        book.active = 1
        for row in (["Name", None, "Mail"], ["Łukasik", "Ñ", "a@x.de"]):
            shown.append(row)
        shown.merge_cells("A1:B1")

    assert service.read_sheet("", xlsx(fill)) == [Line(1, ("Name", "", "Mail")), Line(2, ("Łukasik", "Ñ", "a@x.de"))]


def test_read_sheet_does_not_believe_the_size_a_sheet_claims() -> None:
    data, out = zipfile.ZipFile(io.BytesIO(xlsx(table))), io.BytesIO()
    with zipfile.ZipFile(out, "w") as copy:
        for name in data.namelist():
            claim = data.read(name).replace(b'<dimension ref="A1:F12"', b'<dimension ref="A1"')
            copy.writestr(name, claim.replace(b"two\nlines", b"two_x000D_\nlines"))
            if name == "xl/worksheets/sheet1.xml":
                assert claim != data.read(name)
    assert service.read_sheet("", out.getvalue()) == TABLE


def sized(rows: int, wide: int, text: str = "x") -> bytes:
    return xlsx(lambda _book, sheet: [sheet.append([text] * wide) for _ in range(rows)])  # type: ignore[func-returns-value]


def far_away(_book: openpyxl.Workbook, sheet: Any) -> None:
    sheet["A1"], sheet["BZ1"], sheet["A1048576"] = "first", " ", "last"


def test_read_sheet_of_a_workbook_has_limits() -> None:
    assert len(service.read_sheet("", sized(2000, 2))) == 2000
    assert len(service.read_sheet("", sized(1, 60))[0].cells) == 60
    assert service.read_sheet("", xlsx(far_away))[1] == Line(1_048_576, ("last",))
    assert refused("", sized(2001, 1)) == ("too_many_rows", 400)
    assert refused("", sized(1, 61)) == ("too_many_columns", 400)
    assert refused("", sized(20, 60, "x" * 30_000)) == ("too_big", 413)
    assert (workbook.MAX_ROWS, workbook.MAX_COLUMNS) == (sheets.MAX_ROWS, sheets.MAX_COLUMNS)


def package(*entries: tuple[str, int]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, size in entries:
            file.writestr(name, b"0" * size)
    return out.getvalue()


OLE = bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600
WHOLE = xlsx(table)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        pytest.param("a.xlsx", package(("xl/a.xml", 30_000_000), ("xl/b.xml", 20_000_001)), "too_big", id="zip-bomb"),
        pytest.param("a.xlsx", package(*((str(n), 1) for n in range(501))), "too_big", id="many-entries"),
        pytest.param("a.xlsx", package(*((str(n), 1) for n in range(500))), "not_a_workbook", id="other-zip"),
        pytest.param("a.xlsx", package(), "not_a_workbook", id="empty-zip"),
        pytest.param("a.xlsx", WHOLE[: len(WHOLE) // 2], "not_a_workbook", id="cut"),
        pytest.param("a.xlsx", WHOLE[:200] + b"\xff" * 400 + WHOLE[600:], "not_a_workbook", id="damaged"),
        pytest.param("a.xls", OLE, "old_workbook", id="xls"),
        pytest.param("A.XLSX", OLE, "locked_workbook", id="password"),
        pytest.param("a.csv", b"a;b\n" + b"1" * 10_000_000, "too_big", id="huge-csv"),
        pytest.param("a.csv", b"a;b\n1\0;2", "unreadable", id="nul"),
        pytest.param("a.csv", b'a;b\n"1;2', "broken_quotes", id="quotes"),
    ],
)
def test_read_sheet_refuses(name: str, data: bytes, code: str) -> None:
    assert refused(name, data) == (code, 413 if code == "too_big" else 400)


@pytest.mark.parametrize(
    "greedy", ["bytearray(300 * 1024**2)", "import time; time.sleep(9)", "print('no JSON'); exit(3)"]
)
def test_read_sheet_of_a_workbook_that_takes_too_much(greedy: str, tmp_path: Path, monkeypatch: Any) -> None:
    script = tmp_path / "script.py"
    script.write_text(greedy + "\nprint([])\n")
    monkeypatch.setattr(workbook, "__file__", str(script))
    monkeypatch.setattr(service, "CHILD_SECONDS", 1)
    monkeypatch.setattr(service, "CHILD_BYTES", 200 * 1024**2)
    assert refused("", WHOLE) == ("unreadable", 400)


def test_read_sheet_child_sees_the_whole_file_and_no_environment_and_may_not_write(
    tmp_path: Path, monkeypatch: Any
) -> None:
    script, target = tmp_path / "script.py", tmp_path / "written"
    monkeypatch.setattr(workbook, "__file__", str(script))
    monkeypatch.setenv("SECRET_KEY", "must-not-be-seen")
    script.write_text('import os\nprint(f\'[[7, ["{"SECRET_KEY" in os.environ}"]], [8, ["\\\\t"]]]\')\n')
    assert service.read_sheet("", WHOLE) == [Line(7, ("False",))]
    script.write_text(f"with open({str(target)!r}, 'w') as file:\n    file.write('x')\n")
    assert refused("", WHOLE) == ("unreadable", 400)
    assert target.read_bytes() == b""
    script.write_text("import os, sys\nprint(f'[[1, [\"{os.stat(sys.argv[1]).st_size}\"]]]')\n")
    assert service.read_sheet("", package()) == [Line(1, ("22",))]


@pytest.mark.parametrize(("data", "code"), [(b"Name;Ort", "not_a_workbook"), (OLE, "old_workbook")])
def test_workbook_runs_as_a_script_without_the_project(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    command = [sys.executable, "-I", workbook.__file__, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env={})
    assert (json.loads(done.stdout), done.stderr) == ({"error": code}, "")


def test_workbook_is_not_loaded_by_the_application() -> None:
    command = [sys.executable, "-c", "import sys, courses.domain.workbook; print('openpyxl' in sys.modules)"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(workbook.__file__).parents[2])
    assert done.stdout == "False\n"


# --- sentences ------------------------------------------------------------------------------------------------


def test_sentence_names_column_value_and_row() -> None:
    with translation.override("en"):
        assert service.sentence(Problem("duplicate", "email", "a@x.de", 4)) == (
            "“e-mail address”: “a@x.de” stands in row 4 already."
        )
        assert (
            service.sentence(Problem("too_long", "given", "100"))
            == "“given names” is too long: at most 100 characters."
        )
        assert service.sentence(Problem("extra_cell", value="50 %")).startswith("“50 %” stands in a column without")
        assert service.sheet_sentence(SheetError("missing_column", column="email")) == (
            "There is no column “e-mail address” in the first row; nothing was imported. Please name it there and try again."
        )


def test_every_column_and_every_refusal_has_words() -> None:
    assert set(service.COLUMNS) == {*roster.COLUMNS, *catalogue.COLUMNS}
    values = {"limit": 1, "line": 2, "column": "email", "first": "A", "second": "B"}
    for code in service.REFUSALS:
        assert "nothing was imported" in service.sheet_sentence(SheetError(code, **values))
    for code in service.PROBLEMS:
        assert "%(" not in service.sentence(Problem(code, "email", "x", 3))

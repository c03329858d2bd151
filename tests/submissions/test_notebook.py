"""Reading notebooks: formats 3 and 4, repairs, refusals; any bytes give a notebook or a refusal."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from submissions.domain import notebook_json
from submissions.domain.notebook import Cell, Notebook, NotebookError, Output, read_notebook, repaired


def book(*cells: Any, nbformat: Any = 4, **more: Any) -> bytes:
    return json.dumps(
        {"cells": list(cells), "metadata": {}, "nbformat": nbformat, "nbformat_minor": 5, **more}
    ).encode()


def code_of(data: bytes) -> str:
    with pytest.raises(NotebookError) as caught:
        read_notebook(data)
    return caught.value.code


# --- what is read ---------------------------------------------------------------------------------------------


def test_read_notebook_of_format_4() -> None:
    outputs = [
        {"output_type": "stream", "name": "stderr", "text": ["a\n", "b"]},
        {"output_type": "execute_result", "data": {"TEXT/plain": ["1"], "application/json": [1, {"a": None}]}},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t", "u"]},
    ]
    cells = [
        {
            "cell_type": "markdown",
            "id": "intro",
            "source": ["# A *title*\n", "text"],
            "attachments": {"a": {"image/png": "AA"}},
        },
        {"cell_type": "code", "id": "run", "source": "1", "execution_count": 7, "outputs": outputs},
        {"cell_type": "raw", "id": "rest", "source": "raw"},
    ]
    metadata = {"language_info": {"name": "Julia"}}
    assert read_notebook(book(*cells, metadata=metadata)) == Notebook(
        cells=(
            Cell("markdown", "# A *title*\ntext", "intro", attachments={"a": {"image/png": "AA"}}),
            Cell(
                "code",
                "1",
                "run",
                execution_count=7,
                outputs=(
                    Output("stream", name="stderr", text="a\nb"),
                    Output("result", data={"text/plain": "1", "application/json": '[1, {"a": null}]'}),
                    Output("error", ename="E", evalue="v", traceback=("t", "u")),
                ),
            ),
            Cell("raw", "raw", "rest"),
        ),
        language="julia",
        nbformat=4,
        title="A title",
    )


def test_read_notebook_of_format_3() -> None:
    outputs = [
        {"output_type": "pyout", "text": ["1"], "png": "AA"},
        {"output_type": "stream", "stream": "stderr", "text": "e"},
        {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": []},
    ]
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Old\n", "one"]},
        {"cell_type": "code", "language": "R", "input": ["x"], "prompt_number": 3, "outputs": outputs},
    ]
    notebook = read_notebook(json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}).encode())
    first, second = notebook.cells
    assert (notebook.nbformat, notebook.language, notebook.title) == (3, "r", "Old one")
    assert (first.kind, first.source) == ("markdown", "## Old one")
    assert (second.source, second.execution_count) == ("x", 3)
    assert second.outputs == (
        Output("result", data={"text/plain": "1", "image/png": "AA"}),
        Output("stream", name="stderr", text="e"),
        Output("error", ename="E", evalue="v"),
    )


def test_read_notebook_makes_ids_that_stay() -> None:
    cells = [{"cell_type": "raw", "source": "a"}, {"cell_type": "raw", "source": "a", "id": "<b>"}]
    twice = [{"cell_type": "raw", "source": "a", "id": "same"}] * 2
    ids = [cell.id for cell in read_notebook(book(*cells, *twice)).cells]
    assert ids == [cell.id for cell in read_notebook(book(*cells, *twice)).cells]
    assert len(set(ids)) == 4
    assert (ids[2], ids[0][:2], ids[3][:2]) == ("same", "1-", "4-")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_read_notebook_in_every_encoding_of_json(encoding: str) -> None:
    data = book({"cell_type": "raw", "source": "Größe 😀"}).decode().encode(encoding)
    assert read_notebook(data).cells[0].source == "Größe 😀"


def test_read_notebook_repairs_what_cannot_be_written() -> None:
    data = b'{"nbformat": 4, "cells": [{"source": ["a\\u0000\\ud800", "\\ud83d", "\\ude00"]}]}'
    assert read_notebook(data).cells[0].source == "a\ufffd\ufffd😀"
    assert repaired("plain") == "plain"


def test_read_notebook_keeps_what_is_no_cell_as_text() -> None:
    cells = read_notebook(
        book(7, {"cell_type": ["code"], "source": [["x"]]}, {"cell_type": "code", "outputs": {}})
    ).cells
    assert [(cell.kind, cell.source, cell.outputs) for cell in cells] == [
        ("raw", "7", ()),
        ("raw", "", ()),
        ("code", "", ()),
    ]


def test_read_notebook_takes_the_last_of_equal_keys() -> None:
    data = b'{"nbformat": 9, "cells": 1, "nbformat": 4, "cells": []}'
    assert read_notebook(data) == Notebook((), "python", 4, "")


# --- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "not_json", id="empty"),
        pytest.param(book()[:-1], "not_json", id="cut"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", "not_json", id="huge-number"),
        pytest.param('["Größe"]'.encode("latin-1"), "not_text", id="latin-1"),
        pytest.param(b"[]", "not_a_notebook", id="list"),
        pytest.param(b'{"nbformat": 4}', "not_a_notebook", id="no-cells"),
        pytest.param(book(nbformat="4"), "not_a_notebook", id="version-is-text"),
        pytest.param(book(nbformat=True), "not_a_notebook", id="version-is-true"),
        pytest.param(book(nbformat=None), "not_a_notebook", id="version-is-null"),
        pytest.param(book(nbformat=2), "unknown_version", id="version-2"),
        pytest.param(book(nbformat=5), "unknown_version", id="version-5"),
        pytest.param(b"[" * 101 + b"]" * 101, "too_deep", id="deep"),
        pytest.param(b"[" * 10**6, "too_deep", id="deep-and-open"),
        pytest.param(b'{"a": "\\"[\\\\", "b":' + b"[" * 200, "too_deep", id="deep-behind-quotes"),
        pytest.param(b"[" + b"{}," * 10**6 + b"1]", "too_complex", id="many-objects"),
        pytest.param(b"[" + b"1," * (notebook_json.MAX_VALUES + 1) + b"1]", "too_complex", id="many-numbers"),
        pytest.param(b'"' * (2 * notebook_json.MAX_VALUES + 1), "too_complex", id="many-quotes"),
        pytest.param(b" " * (notebook_json.MAX_BYTES + 1), "too_big", id="big"),
        pytest.param(book(*[{}] * 2001), "too_many_cells", id="many-cells"),
    ],
)
def test_read_notebook_refuses(data: bytes, code: str) -> None:
    assert code_of(data) == code


def test_read_notebook_lets_pass_what_is_just_within_the_caps() -> None:
    assert len(read_notebook(book(*[{}] * 2000)).cells) == 2000
    nested: Any = "[" * 95 + "]" * 95
    assert (
        read_notebook(book({"cell_type": "raw", "source": nested}, metadata=json.loads(nested))).cells[0].source
        == nested
    )


def test_read_notebook_turns_exhaustion_into_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(_text: str) -> None:
        raise error

    monkeypatch.setattr(notebook_json.json, "loads", exhausted)
    for error, code in ((MemoryError(), "too_complex"), (RecursionError(), "too_deep")):
        assert code_of(book()) == code


# --- anything -------------------------------------------------------------------------------------------------

KEYS = [
    "cells",
    "worksheets",
    "metadata",
    "cell_type",
    "source",
    "input",
    "id",
    "outputs",
    "output_type",
    "data",
    "text",
    "png",
]
KEYS += [
    "name",
    "stream",
    "ename",
    "traceback",
    "level",
    "attachments",
    "language_info",
    "kernelspec",
    "execution_count",
    "image/png",
]
KINDS = ["code", "markdown", "raw", "heading", "stream", "error", "display_data", "pyout"]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(KINDS)
    | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=30,
)


def reads(data: bytes) -> None:
    try:
        notebook = read_notebook(data)
    except NotebookError as error:
        assert error.args == (error.code,)  # noqa: PT017  (either outcome is right)
    else:
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
        json.dumps([cell.source for cell in notebook.cells]).encode()
        "".join(cell.source for cell in notebook.cells).encode()


@given(st.binary() | st.text().map(str.encode))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_notebook_or_a_refusal(data: bytes) -> None:
    reads(data)


@given(VALUES, st.lists(VALUES, max_size=4), st.sampled_from([3, 4]))
@settings(max_examples=300, deadline=None)
def test_any_json_gives_a_notebook_or_a_refusal(value: Any, cells: list[Any], nbformat: int) -> None:
    reads(
        json.dumps({"nbformat": nbformat, "metadata": value, "cells": cells, "worksheets": [{"cells": cells}]}).encode()
    )
    reads(json.dumps(value).encode())


@given(st.integers(0, 400), st.integers(0, 3))
@settings(max_examples=50, deadline=None)
def test_any_cut_or_flipped_notebook_gives_a_notebook_or_a_refusal(place: int, flip: int) -> None:
    data = bytearray(book({"cell_type": "code", "source": "a", "outputs": [{"output_type": "stream", "text": "b"}]}))
    data[place % len(data)] ^= 1 << flip
    reads(bytes(data))
    reads(bytes(data[:place]))

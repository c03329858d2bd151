"""Notebooks that are broken, or whose parts are of other types than the format says; and how notebooks are made here."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from tests.files.corpus_markup import Made


def notebooks() -> Iterator[Made]:
    yield from _broken()
    yield from _shapes()


def book(*cells: Any, nbformat: Any = 4, **more: Any) -> bytes:
    return json.dumps(
        {"cells": list(cells), "metadata": {}, "nbformat": nbformat, "nbformat_minor": 5, **more}
    ).encode()


def text(source: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: Any, *outputs: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": source, "outputs": list(outputs)}


def shown(**data: Any) -> dict[str, Any]:
    """An output; names of types with `_` for the slash."""
    bundle = {name.replace("_", "/", 1).replace("svg", "svg+xml"): content for name, content in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": bundle}


def printed(content: Any) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": content}


def _broken() -> Iterator[Made]:
    honest = book(text("# Title"), code("print(1)", printed("1\n")))
    yield "broken_empty", "no bytes", "refused", b""
    yield "broken_truncated", "the second half is missing", "refused", honest[: len(honest) // 2]
    yield "broken_binary", "random bytes", "refused", bytes(range(256)) * 64
    yield "broken_latin_1", "not UTF-8", "refused", '{"nbformat": 4, "cells": ["Größe"]}'.encode("latin-1")
    yield "broken_list", "a list instead of an object", "refused", b"[]"
    yield "broken_null", "null instead of an object", "refused", b"null"
    yield "broken_cells_no_list", "cells are an object", "refused", b'{"nbformat": 4, "cells": {}}'
    yield "broken_cells_missing", "no cells", "refused", b'{"nbformat": 4}'
    yield "broken_nbformat_2", "too old a format", "refused", book(nbformat=2, worksheets=[])
    yield "broken_nbformat_5", "a format that does not exist", "refused", book(nbformat=5)
    yield "broken_nbformat_text", "the version is a text", "refused", book(nbformat="4")
    yield "broken_nbformat_null", "the version is null", "refused", book(nbformat=None)
    yield "broken_nbformat_true", "the version is true", "refused", book(nbformat=True)
    yield (
        "broken_huge_integer",
        "a number of 100,000 digits",
        "refused",
        b'{"nbformat": 4, "cells": [], "x": ' + b"9" * 100_000 + b"}",
    )
    yield "broken_html", "a web page", "refused", b"<!DOCTYPE html><script>alert(1)</script>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("notebook.ipynb"), honest)
    yield "broken_zip", "an archive", "refused", packed.getvalue()
    yield "bytes_bom", "a byte order mark", "renders", b"\xef\xbb\xbf" + honest
    yield "bytes_utf_16", "UTF-16", "renders", honest.decode().encode("utf-16")
    yield "bytes_utf_32", "UTF-32", "renders", honest.decode().encode("utf-32")
    yield (
        "bytes_nul",
        "NUL in every text",
        "renders",
        book(text("# a\0b"), code("a\0b", printed("a\0b"), shown(text_html="<b\0>a\0"))),
    )
    lone = '{"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "# a\\ud800b \\udc00\\ud83d\\ude00"}]}'
    yield "bytes_lone_surrogates", "halves of characters", "renders", lone.encode()
    yield (
        "bytes_surrogates_in_utf_8",
        "halves of characters, encoded",
        "renders",
        b'{"nbformat": 4, "cells": [{"source": "\xed\xa0\x80"}]}',
    )
    yield (
        "bytes_controls",
        "control characters",
        "renders",
        book(text("".join(map(chr, range(1, 0x300)))), code("".join(map(chr, range(0xFD00, 0xFFFF))))),
    )
    twice = (
        b'{"nbformat": 9, "cells": [], "cells": [{"cell_type": "raw", "source": "a", "source": "b"}], "nbformat": 4}'
    )
    yield "bytes_duplicated_keys", "keys given twice", "renders", twice
    page = b"<script>alert(1)</script>"
    yield (
        "polyglot_html",
        "a web page and a notebook",
        "renders",
        b'{"a": "<!DOCTYPE html>' + page + b'", ' + honest[1:],
    )
    yield (
        "polyglot_pdf",
        "a PDF and a notebook",
        "renders",
        b'{"a": "%PDF-1.4\\n1 0 obj<</OpenAction 1>>endobj %%EOF", ' + honest[1:],
    )


def _shapes() -> Iterator[Made]:
    yield (
        "shape_source_lists_of_lists",
        "source is a list of lists",
        "renders",
        book(text([["# a"], ["b"]]), code([["a"], 1, None])),
    )
    yield (
        "shape_outputs_object",
        "outputs are an object",
        "renders",
        book({**code("a"), "outputs": {"0": printed("a")}}),
    )
    yield (
        "shape_cells_of_all_types",
        "cells are numbers, texts and lists",
        "renders",
        book(1, "<b>", None, [[]], True, 1e300),
    )
    wrong = [None, 1, True, [], {}, [{}], "x", [["x"]], -1, 1e308]
    fields = ["cell_type", "source", "id", "execution_count", "outputs", "attachments", "metadata"]
    cells = [{**code("a"), field: value} for field in fields for value in wrong]
    keys = ["output_type", "data", "text", "name", "ename", "evalue", "traceback", "metadata"]
    kinds = ["stream", "error", "display_data", "execute_result"]
    outputs = [{"output_type": kind, **printed("a"), key: value} for kind in kinds for key in keys for value in wrong]
    yield (
        "shape_every_field_of_every_type",
        "types that the format does not know",
        "renders",
        book(*cells, code("a", *outputs)),
    )
    yield "shape_metadata_is_a_list", "metadata of a wrong type", "renders", book(text("a"), metadata=[1])
    yield (
        "shape_nbformat_3_broken",
        "worksheets of wrong types",
        "renders",
        book(nbformat=3, worksheets=[1, {"cells": [1, {"cell_type": "heading", "level": "x"}]}]),
    )
    yield (
        "shape_huge_count",
        "an execution count of 4,000 digits",
        "renders",
        book({**code("a"), "execution_count": 10**4000}),
    )
    yield (
        "shape_same_ids",
        "every cell has the same id",
        "renders",
        book(*({**text("# Same"), "id": "same"} for _ in range(500))),
    )

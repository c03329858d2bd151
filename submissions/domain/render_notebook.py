"""Render a notebook; runs as a script in a child process with limits, because its input is nobody's friend.

Usage: `python -I -B render_notebook.py FILE [WORDS [EARLIER]]`, where WORDS is a JSON object of sentences that replace those in
`notebook_html.WORDS`, and EARLIER a file with the `known` of an earlier version, whose equal cells are not rendered again. Prints one
line of JSON in ASCII: `{"html", "images": {name: [MIME type, base64]}, "contents": [[level, anchor, text]], "cells": [anchor],
"bytes_left_out", "known": {key: cell}}`, or `{"error": code}` for what is no notebook. The base64 of a picture that comes from EARLIER is
empty: it lies beside it. Exit status 0 in both cases; anything else (a limit was hit) means that the file is for download only. Needs
about 300 MB of address space, 1 GB for the worst.
"""

import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

if __name__ == "__main__":
    # An isolated interpreter does not look beside the script; the project stands two folders above it.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from submissions.domain.notebook import MAX_BYTES, NotebookError, read_notebook
from submissions.domain.notebook_html import CellHtml, render


class Cells(dict[str, CellHtml]):
    """The rendered cells of this notebook; those of an earlier version are taken over when they are asked for."""

    def __init__(self, earlier: Mapping[str, CellHtml]) -> None:
        super().__init__()
        self.earlier = earlier

    def get(self, key: str, default: Any = None) -> Any:
        if key not in self and key in self.earlier:
            self[key] = self.earlier[key]
        return super().get(key, default)


def rendered(
    data: bytes, words: Mapping[str, str], earlier: Mapping[str, CellHtml] = MappingProxyType({})
) -> dict[str, object]:
    """What the script prints, as plain values."""
    cells = Cells(earlier)
    try:
        result = render(read_notebook(data), words=words, cache=cells)
    except NotebookError as error:
        return {"error": error.code}
    return {
        "html": result.html,
        "images": {name: [mime, base64.b64encode(image).decode()] for name, (mime, image) in result.images.items()},
        "contents": result.contents,
        "cells": result.cells,
        "bytes_left_out": result.bytes_left_out,
        "known": {key: _row(cell) for key, cell in cells.items()},
    }


def known(text: str) -> dict[str, CellHtml]:
    """Cells as an earlier run has printed them, without the bytes of their pictures."""
    return {
        key: CellHtml(html, {name: (mime, b"") for name, mime in images.items()}, tuple(map(tuple, headings)), left_out)
        for key, (html, images, headings, left_out) in json.loads(text).items()
    }


def _row(cell: CellHtml) -> list[object]:
    return [cell.html, {name: mime for name, (mime, _data) in cell.images.items()}, cell.headings, cell.left_out]


def main(path: str, words: str = "{}", earlier: str = "") -> None:
    with Path(path).open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    cells = known(Path(earlier).read_text()) if earlier else {}
    sys.stdout.write(json.dumps(rendered(data, json.loads(words), cells)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

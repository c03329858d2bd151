"""Write the corpus of hostile, broken and honest files: `python -m tests.files.make_corpus FOLDER`. The same bytes every time.

Every file's name says what it is; `manifest.json` in the folder says of each what it attacks and what is expected of our reader.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.files import (
    corpus_broken,
    corpus_heavy,
    corpus_honest,
    corpus_markup,
    corpus_pdf_bombs,
    corpus_pdfs,
    corpus_pictures,
)


@dataclass(frozen=True)
class Entry:
    """One file. kind: notebook, honest or pdf. expected: renders or refused (of PDFs: what a careful reader does with its pages).

    shows: of an honest notebook, what must be seen: headings, tables, formulas, images, folded, texts.
    """

    name: str
    kind: str
    attacks: str
    expected: str
    shows: dict[str, Any] | None = None


def make_corpus(folder: Path) -> list[Entry]:
    """Write every file into the folder, and return the manifest; about 150 MB, a few seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for entry, data in corpus():
        (folder / entry.name).write_bytes(data)
        entries.append(entry)
    manifest = [asdict(entry) for entry in entries]
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return entries


def corpus() -> Iterator[tuple[Entry, bytes]]:
    """Entries with their bytes, made one at a time, since some of them are large."""
    for source in (corpus_markup, corpus_broken, corpus_heavy, corpus_pictures):
        for name, attacks, expected, data in source.notebooks():
            yield Entry(f"{name}.ipynb", "notebook", attacks, expected), data
    for name, shows, data in corpus_honest.notebooks():
        yield Entry(f"honest_{name}.ipynb", "honest", "", "renders", shows), data
    for pages in (corpus_pdfs, corpus_pdf_bombs):
        for name, attacks, expected, data in pages.pdfs():
            yield Entry(f"{name}.pdf", "pdf", attacks, expected), data


if __name__ == "__main__":
    made = make_corpus(Path(sys.argv[1]))
    sys.stdout.write(f"{len(made)} files in {sys.argv[1]}\n")

"""The corpus of hostile, broken and honest notebooks, each read and rendered in a child process with limits."""

import base64
import json
import re
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from submissions.domain import render_notebook
from submissions.domain.notebook_images import kind_of
from submissions.domain.render_notebook import known
from tests.files.inspector import Page, parsed_faults
from tests.files.make_corpus import Entry, corpus, make_corpus

SECONDS = 10  # of CPU; then the child is killed and its exit status tells
BYTES = 1024**3
ENTRIES = [entry for entry, _data in corpus()]
MARKUP = [entry for entry in ENTRIES if entry.name.startswith("markup_")]
NOTEBOOKS = [entry for entry in ENTRIES if entry.kind != "pdf" and entry not in MARKUP]
ACTIVE = re.compile(
    rb"<script|\son\w+\s*=|javascript:|<foreignObject|<!ENTITY|<style|style=|https?://(?!www\.w3\.org/)|@import",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus")
    make_corpus(path)
    return path


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def child(path: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-I", "-B", render_notebook.__file__, str(path), *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, preexec_fn=limited, check=False, env={}, cwd="/")


def answer_to(path: Path, *arguments: str) -> dict[str, Any]:
    done = child(path, *arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_corpus_is_as_large_as_promised(folder: Path) -> None:
    kinds = Counter(entry.kind for entry in ENTRIES)
    assert kinds["notebook"] >= 60
    assert kinds["pdf"] >= 40
    assert kinds["honest"] == 10
    manifest = json.loads((folder / "manifest.json").read_text())
    names = sorted(path.name for path in folder.iterdir() if path.name != "manifest.json")
    assert names == sorted(entry["name"] for entry in manifest) == sorted(entry.name for entry in ENTRIES)
    assert all(entry.attacks or entry.kind == "honest" for entry in ENTRIES)


@pytest.mark.parametrize("entry", NOTEBOOKS, ids=lambda entry: entry.name)
def test_notebook_of_the_corpus_is_inert(folder: Path, entry: Entry) -> None:
    answer = answer_to(folder / entry.name)
    assert ("refused" if "error" in answer else "renders") == entry.expected
    if "error" in answer:
        assert set(answer) == {"error"}
    else:
        assert_inert(answer)


def assert_inert(answer: dict[str, Any]) -> None:
    page = Page(answer["html"], answer["images"])
    assert page.faults == []
    assert [f"cell-{number}" for number in range(1, page.tags.count("section") + 1)] == list(answer["cells"])
    assert {anchor for _level, anchor, _text in answer["contents"]} <= set(page.ids)
    for name, (mime, packed) in answer["images"].items():
        data = base64.b64decode(packed)
        assert re.fullmatch(r"[0-9a-f]{32}\.(png|jpg|gif|webp|svg)", name)
        assert (mime == "image/svg+xml" and ACTIVE.search(data) is None) or mime == (kind_of(data) or ["", ""])[1]


@pytest.mark.parametrize("entry", MARKUP, ids=lambda entry: entry.name)
def test_hostile_markup_is_inert_for_two_parsers(folder: Path, entry: Entry) -> None:
    answer: Any = render_notebook.rendered((folder / entry.name).read_bytes(), {})
    assert_inert(answer)
    assert parsed_faults(answer["html"], answer["images"]) == []
    assert len(answer["cells"]) == 6
    again = render_notebook.rendered((folder / entry.name).read_bytes(), {}, known(json.dumps(answer["known"])))
    assert json.dumps(again) == json.dumps({**answer, "images": without_bytes(answer)})


def without_bytes(answer: dict[str, Any]) -> dict[str, list[str]]:
    return {name: [mime, ""] for name, (mime, _content) in answer["images"].items()}


ANCHOR = "<a class='anchor' href='#cell-1' aria-label='a'>#</a>"


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<script>x</script>", "<script>"),
        ("<p onclick='x'>a</p>", "<p onclick='x'>"),
        ("<p style='x'>a</p>", "<p style='x'>"),
        ("<img src='http://x.org/a.png'>", "<img src='http://x.org/a.png'>"),
        ("<img src='other.png'>", "<img src='other.png'>"),
        ("<a href='javascript:x'>a</a>", "<a href='javascript:x'>"),
        ("<a href='https://x.org'>a</a>", "<a href='https://x.org'>"),
        ("<a href='#cell-1'>a</a>", "<a href='#cell-1'>"),
        ("<p id='cell-2'>a</p>", "<p id='cell-2'>"),
        ("<p class='x anchor'>a</p>", "<p class='x anchor'>"),
        ("<p tabindex='0'>a</p>", "<p tabindex='0'>"),
        ("<pre tabindex='5'>a</pre>", "<pre tabindex='5'>"),
        ("<pre>a</pre>", "<pre> out of the keyboard's reach"),
        ("<table><tbody></tbody></table>", "<table> out of the keyboard's reach"),
        ("<math display='block'></math>", "<math> out of the keyboard's reach"),
        ("<math tabindex='0'></math>", "<math tabindex='0'>"),
        ("<math id='a'></math>", "<math id='a'>"),
    ],
)
def test_inspectors_name_what_acts(html: str, fault: str) -> None:
    cell = f"<section id='cell-1'>{ANCHOR}{html}</section>"
    assert Page(cell, ["a.png"]).faults[:1] == [fault]
    assert fault in parsed_faults(cell, ["a.png"])


@pytest.mark.parametrize(
    "html",
    [
        "",
        ANCHOR * 2,
        f"<p>{ANCHOR}</p>",
        ANCHOR.replace("cell-1", "cell-2"),
        ANCHOR.replace("#cell-1", "https://x.org"),
        ANCHOR.replace("'a'", "''"),
        ANCHOR.replace(" aria-label='a'", ""),
        ANCHOR.replace("href", "id='b' href"),
        ANCHOR.replace("anchor", "anchor b"),
        f"{ANCHOR}<p class='anchor'>a</p>",
    ],
)
def test_inspectors_name_anchors_that_are_not_ours(html: str) -> None:
    cell = f"<section id='cell-1'>{html}</section>"
    assert Page(cell, []).faults != []
    assert parsed_faults(cell, []) != []
    whole = f"<section id='cell-1'>{ANCHOR}<pre tabindex='0'><b>a</b></pre></section>"
    assert Page(whole, []).faults == parsed_faults(whole, []) == []


@pytest.mark.parametrize(
    "html",
    [
        "</section><b>x</b><section>",
        "<section></section>",
        "<b>",
        "</b>",
        "<!-- x -->",
        "<?x?>",
        "<b id='a' id='b'></b>",
    ],
)
def test_inspectors_name_what_breaks_out(html: str) -> None:
    assert Page(f"<section>{html}</section>", []).faults != []


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.shows], ids=lambda entry: entry.name)
def test_honest_notebook_reads_well(folder: Path, entry: Entry) -> None:
    answer = answer_to(folder / entry.name)
    page = Page(answer["html"], answer["images"])
    tags = Counter(page.tags)
    seen = {
        "headings": [(level, text) for level, text in page.headings],
        "tables": tags["table"],
        "formulas": tags["math"],
        "images": len(page.images),
        "folded": tags["details"],
        "texts": [text for text in (entry.shows or {})["texts"] if text in page.text],
    }
    assert seen == entry.shows
    assert [(level, text) for level, _anchor, text in answer["contents"]] == page.headings
    assert all(
        image["alt"] and image["width"] and image["height"] and image["loading"] == "lazy" for image in page.images
    )
    assert answer["bytes_left_out"] == 0
    assert 'class="formula"' not in answer["html"]


def test_render_notebook_speaks_the_words_it_is_given(folder: Path) -> None:
    words = {"cell_markdown": "Zelle {cell}, <Text>", "output_image": "Bild {number} aus Zelle {cell}"}
    html = answer_to(folder / "honest_tutorial.ipynb", json.dumps(words))["html"]
    assert 'aria-label="Zelle 1, &lt;Text&gt;"' in html
    assert 'alt="Bild 1 aus Zelle 5"' in html


# --- an earlier version ---------------------------------------------------------------------------------------


def test_render_notebook_takes_over_what_an_earlier_run_printed(folder: Path, tmp_path: Path) -> None:
    tutorial, earlier = folder / "honest_tutorial.ipynb", tmp_path / "cells.json"
    first = answer_to(tutorial)
    earlier.write_text(json.dumps(first["known"]))
    assert answer_to(tutorial, "{}", str(earlier)) == {**first, "images": without_bytes(first)}
    changed = tmp_path / "changed.ipynb"
    changed.write_text(tutorial.read_text().replace("## Noise", "## Much noise"))
    second, fresh = answer_to(changed, "{}", str(earlier)), answer_to(changed)
    assert second == {**fresh, "images": without_bytes(fresh)}
    assert (len(second["known"].keys() - first["known"].keys()), len(second["known"])) == (1, len(first["known"]))


def test_render_notebook_takes_nothing_from_a_foreign_earlier_run(folder: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "cells.json"
    earlier.write_text(json.dumps(answer_to(folder / "honest_images.ipynb")["known"]))
    assert answer_to(folder / "honest_german.ipynb", "{}", str(earlier)) == answer_to(folder / "honest_german.ipynb")


BROKEN = {
    "empty": b"",
    "half": b'{"key": ["<p>", {}, [], 0]',
    "deep": b"[" * 100_000,
    "binary": b'{"key": "\xff\xfe"}',
    "list": b"[]",
    "null": b"null",
    "no_cell": b'{"key": null}',
    "text": b'{"key": "abcd"}',
    "short": b'{"key": ["<p>", {}, []]}',
    "long": b'{"key": ["<p>", {}, [], 0, 0]}',
    "no_images": b'{"key": ["<p>", [], [], 0]}',
    "no_headings": b'{"key": ["<p>", {}, 0, 0]}',
    "meta": b'{"contents": [], "cells": ["cell-1"], "bytes_left_out": 0}',
    "error": b'{"error": "limits"}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_render_notebook_fails_with_a_broken_earlier_run(folder: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cells.json").write_bytes(content)
    done = child(folder / "honest_german.ipynb", "{}", str(tmp_path / "cells.json"))
    assert (done.returncode, done.stdout) == (1, b"")


@pytest.mark.parametrize("change", [(0, 5), (0, None), (2, [[1, "n"]]), (3, "0"), (3, None)], ids=str)
def test_render_notebook_fails_with_a_cell_of_other_types(
    folder: Path, tmp_path: Path, change: tuple[int, Any]
) -> None:
    tutorial, earlier = folder / "honest_german.ipynb", tmp_path / "cells.json"
    cells = answer_to(tutorial)["known"]
    next(iter(cells.values()))[change[0]] = change[1]
    earlier.write_text(json.dumps(cells))
    done = child(tutorial, "{}", str(earlier))
    assert (done.returncode, done.stdout) == (1, b"")


def test_render_notebook_fails_without_the_earlier_run_it_is_promised(folder: Path, tmp_path: Path) -> None:
    done = child(folder / "honest_german.ipynb", "{}", str(tmp_path / "none.json"))
    assert (done.returncode, done.stdout) == (1, b"")

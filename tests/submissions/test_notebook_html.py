"""Rendering notebooks: what each kind of cell and output looks like, what is folded, and that nothing of it acts."""

import base64
import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexers.python import PythonLexer
from pygments.token import STANDARD_TYPES

from submissions.domain import notebook_json
from submissions.domain.notebook import Cell, Notebook, Output
from submissions.domain.notebook_code import coloured
from submissions.domain.notebook_draft import WORDS, Draft, escape
from submissions.domain.notebook_html import CellHtml, Rendered, render
from submissions.domain.notebook_images import kind_of
from submissions.domain.notebook_math import formula
from submissions.domain.notebook_svg import inert_svg
from submissions.domain.notebook_text import ansi_lines, text_block
from submissions.domain.notebook_tidy import clean, tidy
from submissions.domain.render_notebook import Cells, _row, known
from submissions.domain.render_notebook import rendered as render_file
from tests.bench_notebook import notebooks
from tests.files.corpus_honest import png
from tests.files.inspector import Page, parsed_faults

PNG = base64.b64encode(png(4, 3)).decode()
ANCHOR = '<a class="anchor" href="#cell-1" aria-label="Link to cell 1">#</a>'
X = "<math><mrow><mi>x</mi></mrow></math>"
TAB = ' target="_blank" rel="noreferrer noopener"'
LIVE = "<img src=x onerror=alert(1)>"


def markdown(source: str, **more: Any) -> str:
    return inner(Cell("markdown", source, "m", **more))


def output(**data: str) -> str:
    bundle = {name.replace("_", "/", 1): content for name, content in data.items()}
    html = inner(Cell("code", "", "c", outputs=(Output("display", data=bundle),)))
    return html.removeprefix('<div class="output display" role="group" aria-label="Output of cell 1">').removesuffix(
        "</div>"
    )


def inner(cell: Cell) -> str:
    """What stands in the cell after its anchor."""
    found = re.fullmatch(rf"<section[^>]*>{ANCHOR}(.*)</section>\n", rendered(cell).html, re.DOTALL)
    assert found
    return found[1].strip()


def rendered(*cells: Cell, **more: Any) -> Rendered:
    return render(Notebook(cells, "python", 4, ""), **more)


# --- cells ----------------------------------------------------------------------------------------------------


def test_render_of_a_whole_notebook() -> None:
    cells = (
        Cell("markdown", "# Title\n\ntext", "a"),
        Cell("code", "x = 1\n\nx", "b", 3, (Output("result", data={"text/plain": "1", "image/png": PNG}),)),
        Cell("code", "", "c"),
        Cell("raw", "<raw>", "d"),
    )
    result = rendered(*cells)
    name = next(iter(result.images))
    assert result.html == (
        '<section class="cell markdown" id="cell-1" aria-label="Cell 1, text">'
        f'{ANCHOR}<h1 id="n-title">Title</h1>\n<p>text</p>\n</section>\n'
        '<section class="cell code" id="cell-2" aria-label="Cell 2, code, executed as 3"><p class="prompt" aria-hidden="true">[3]</p>'
        f'{ANCHOR.replace("1", "2")}<pre class="code" tabindex="0"><code><span class="line">x = <span class="m">1</span>\n</span>'
        '<span class="line">\n</span><span class="line">x</span></code></pre>'
        '<div class="output result" role="group" aria-label="Output of cell 2">'
        f'<img src="{name}" alt="Output of cell 2, image 1" width="4" height="3" loading="lazy"></div></section>\n'
        '<section class="cell code" id="cell-3" aria-label="Cell 3, code">'
        f"{ANCHOR.replace('1', '3')}</section>\n"
        '<section class="cell raw" id="cell-4" aria-label="Cell 4, raw text">'
        f'{ANCHOR.replace("1", "4")}<pre class="raw" tabindex="0">&lt;raw&gt;</pre></section>\n'
    )
    assert result.images == {name: ("image/png", png(4, 3))}
    assert (result.contents, result.cells) == (((1, "n-title", "Title"),), ("cell-1", "cell-2", "cell-3", "cell-4"))
    assert result.bytes_left_out == 0


def test_render_takes_words_of_the_caller_and_escapes_them() -> None:
    html = rendered(Cell("code", "", "c", 1), words={"cell_executed": 'Zelle "{cell}", <{count}>'}).html
    assert 'aria-label="Zelle &quot;1&quot;, &lt;1&gt;"' in html


def test_each_cell_has_an_anchor_in_the_words_of_the_caller() -> None:
    forged = '<a class="anchor" id="cell-2" name="cell-3" href="#cell-2" aria-label="x">#</a>'
    cells = (
        Cell("markdown", f"[a](#cell-1)\n\n{forged}", "m"),
        Cell("code", "", "c", outputs=(Output("display", data={"text/html": forged}),)),
        Cell("raw", forged, "r"),
    )
    html = rendered(*cells, words={"anchor": "Zu Zelle {cell} <\"&'>"}).html
    found = re.findall(r'<section[^>]*><a class="anchor" href="#([^"]*)" aria-label="([^"]*)">#</a>', html)
    assert found == [(f"cell-{number}", f"Zu Zelle {number} &lt;&quot;&amp;&#39;&gt;") for number in (1, 2, 3)]
    assert len(re.findall(r'<[^>]*class="anchor"', html)) == len(re.findall(r'<[^>]*href="#cell-', html)) == 3
    assert html.count('href="#n-cell-2"') == 2
    assert Page(html, []).faults == parsed_faults(html, []) == []


def test_render_from_a_cache_gives_the_same() -> None:
    cells = [Cell("markdown", f"# Heading\n\n{number} [^1]\n\n[^1]: note", f"{number}") for number in range(5)]
    cells.append(Cell("code", "x", "c", 1, (Output("result", data={"image/png": PNG}),)))
    cache: dict[str, CellHtml] = {}
    assert rendered(*cells, cache=cache) == rendered(*cells) == rendered(*cells, cache=cache)
    assert len(cache) == 6
    moved = [cells[5], *cells[:5]]
    assert rendered(*moved, cache=cache) == rendered(*moved)
    assert len(cache) == 6


@pytest.mark.parametrize(
    "changed",
    [
        Cell("code", "y", "c", outputs=(Output("stream", "stdout", "a"),)),
        Cell("code", "x", "c", outputs=(Output("stream", "stdout", "b"),)),
        Cell("code", "x", "c", outputs=(Output("stream", "stderr", "a"),)),
        Cell("code", "x", "c", outputs=(Output("error", ename="stdout", evalue="a"),)),
        Cell("raw", "x", "c"),
    ],
)
def test_render_from_a_cache_sees_every_change(changed: Cell) -> None:
    cache: dict[str, CellHtml] = {}
    rendered(Cell("code", "x", "c", outputs=(Output("stream", "stdout", "a"),)), cache=cache)
    rendered(changed, cache=cache)
    rendered(changed, cache=cache, words={"output": "Ausgabe"})
    assert len(cache) == 3


ALIKE = [  # pairs of cells whose texts, one after the other, are the same
    (
        Cell("code", "", "c", outputs=(Output("error", traceback=("data", "stream", "stdout", "a", "", "")),)),
        Cell("code", "", "c", outputs=(Output("error"), Output("stream", "stdout", "a"))),
    ),
    (
        Cell("code", "", "c", outputs=(Output("display", data={"a/b": "x", "stream": "stdout", "a": "", "": "data"}),)),
        Cell("code", "", "c", outputs=(Output("display", data={"a/b": "x"}), Output("stream", "stdout", "a"))),
    ),
    (
        Cell("markdown", "![](attachment:b)", "m", attachments={"a": {"attachment": "b", "image/png": PNG}}),
        Cell("markdown", "![](attachment:b)", "m", attachments={"a": {}, "b": {"image/png": PNG}}),
    ),
    (Cell("code", "a1 b", "c"), Cell("code", "a", "c", outputs=(Output("stream", "stdout", "b"),))),
    (
        Cell("code", "", "c", outputs=(Output("error", traceback=("a", "b")),)),
        Cell("code", "", "c", outputs=(Output("error", traceback=("a\nb",)),)),
    ),
]


@pytest.mark.parametrize("cells", ALIKE)
def test_render_from_a_cache_takes_no_cell_for_another(cells: tuple[Cell, Cell]) -> None:
    for one, other in (cells, cells[::-1]):
        cache: dict[str, CellHtml] = {}
        rendered(one, cache=cache)
        assert rendered(other, cache=cache) == rendered(other)
        assert len(cache) == 2


# --- an earlier version ---------------------------------------------------------------------------------------


def kept(cells: Mapping[str, CellHtml]) -> dict[str, CellHtml]:
    """Rendered cells as they come back from the disk."""
    return known(json.dumps({key: _row(cell) for key, cell in cells.items()}))


def file_of(*cells: dict[str, Any], language: str = "python") -> bytes:
    metadata = {"language_info": {"name": language}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def drawn(source: str, width: int) -> dict[str, Any]:
    data = {"image/png": base64.b64encode(png(width, 3)).decode()}
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    return {"cell_type": "code", "metadata": {}, "execution_count": width, "source": source, "outputs": [output]}


def since(earlier: dict[str, object], data: bytes, **words: str) -> dict[str, Any]:
    """What the script prints of a file whose earlier version it has printed that of."""
    return render_file(data, words, known(json.dumps(earlier["known"])))


TITLE, NOTE_1 = text("# Title\n\n$x$ [^1]\n\n[^1]: note"), text("## Title")
FIRST = file_of(TITLE, drawn("a", 4), drawn("b", 5), NOTE_1)


def test_second_version_is_as_if_it_were_rendered_from_nothing() -> None:
    first, data = render_file(FIRST, {}), file_of(TITLE, drawn("a", 4), drawn("c", 6), NOTE_1)
    second, fresh = since(first, data), render_file(data, {})
    same, changed = fresh["images"]
    assert second == {**fresh, "images": {same: ["image/png", ""], changed: fresh["images"][changed]}}
    assert base64.b64decode(second["images"][changed][1]) == png(6, 3)
    assert (set(first["images"]) & set(second["images"]), len(first["known"].keys() - second["known"].keys())) == (
        {same},
        1,
    )
    # What comes from the second may itself come from the first.
    assert since(second, data)["images"] == {same: ["image/png", ""], changed: ["image/png", ""]}


@pytest.mark.parametrize(
    ("cells", "empty"),
    [
        ([NOTE_1, drawn("b", 5), TITLE, drawn("a", 4)], 2),
        ([NOTE_1], 0),
        ([], 0),
        ([drawn("a", 4), drawn("a", 4), text(f"![](data:image/png;base64,{PNG})")], 0),
        ([drawn("z", 4), drawn("a", 5)], 0),
        ([text("<b>\ufdd0</b>"), drawn("a", 4)], 1),
    ],
    ids=["moved", "fewer", "none", "twice", "swapped", "new"],
)
def test_later_version_keeps_nothing_of_what_is_gone(cells: list[dict[str, Any]], empty: int) -> None:
    first, data = render_file(FIRST, {}), file_of(*cells)
    later, fresh = since(first, data), render_file(data, {})
    assert {**later, "images": fresh["images"]} == fresh
    assert list(later["images"]) == list(fresh["images"])
    lacking = [name for name, (_mime, content) in later["images"].items() if not content]
    assert set(lacking) <= set(first["images"])
    assert all(later["images"][name] == fresh["images"][name] for name in fresh["images"].keys() - set(lacking))
    assert len(lacking) >= empty
    assert render_file(data, {}, kept({})) == fresh


def test_later_version_in_other_words_or_another_language_takes_nothing_over() -> None:
    first, other = render_file(FIRST, {}), file_of(TITLE, drawn("a", 4), language="r")
    assert since(first, FIRST, output="Ausgabe") == render_file(FIRST, {"output": "Ausgabe"})
    assert since(first, other) == render_file(other, {})
    assert not since(first, other)["known"].keys() & first["known"].keys()


def test_later_version_that_is_no_notebook_is_refused_all_the_same() -> None:
    assert since(render_file(FIRST, {}), b"{}") == {"error": "not_a_notebook"}


# --- text -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("~~a~~ *b* **c** `<d>`", "<p><del>a</del> <em>b</em> <strong>c</strong> <code>&lt;d&gt;</code></p>"),
        ("- [x] a\n- [ ] b", '<ul>\n<li class="task">☑ a</li>\n<li class="task">☐ b</li>\n</ul>'),
        ("| | $x$ |\n|---|---|\n| | b |",
         '<table tabindex="0">\n<thead>\n<tr><td></td><th scope="col">' + X + "</th></tr>\n</thead>\n"
         "<tbody>\n<tr><td></td><td>b</td></tr>\n</tbody>\n</table>"),
        ('`<th scope="col"></th>` <b tabindex="0">a</b>', '<p><code>&lt;th scope="col"&gt;&lt;/th&gt;</code> <b>a</b></p>'),
        ("<b>a<br>b", "<p><b>a<br>b</b></p><b>\n</b>"),
        ("<details open><summary>a</summary>b</details>", '<details open=""><summary>a</summary>b</details>'),
        ('<center><font color="red">a</font></center>', '<div class="align-center"><span>a</span></div>'),
        ("[a](#My-Part%20one) <a name='my'></a>", '<p><a href="#n-my-part-one">a</a> <a id="n-my"></a></p>'),
        ("[a](other.ipynb) [b](//x.org) [c](ftp://x.org)", "<p><a>a</a> <a>b</a> <a>c</a></p>"),
        ("![a](https://x.org/b.png)", '<p><span class="missing">a (image on x.org, not loaded)</span></p>'),
        ("![a](b.png)", '<p><span class="missing">a (image, cannot be shown)</span></p>'),
        ("costs $5 and $10, ${HOME}", "<p>costs $5 and $10, ${HOME}</p>"),
        ("`$a$` and \\$b\\$", "<p><code>$a$</code> and $b$</p>"),
        ("$ x_1 $", "<p><math><mrow><msub><mi>x</mi><mn>1</mn></msub></mrow></math></p>"),
        ("[$x$](https://x.org/$y$ '$z$')", '<p><a href="https://x.org/$y$"' + TAB + ' title="$z$">' + X + "</a></p>"),
        ("[a](https://x.org/%EF%B7%910%EF%B7%92) $x$", '<p><a href="https://x.org/$x$"' + TAB + ">a</a> " + X + "</p>"),
        ("$\\frac$", '<p><code class="formula">\\frac</code></p>'),
        ("$\\newcommand{\\a}{\\a\\a}\\a$", '<p><code class="formula">\\newcommand{\\a}{\\a\\a}\\a</code></p>'),
        ("```\n$a$ <b>\n```", '<pre tabindex="0"><code>$a$ &lt;b&gt;\n</code></pre>'),
    ],
)  # fmt: skip
def test_markdown(source: str, html: str) -> None:
    assert markdown(source) == html


LIM, MAX = '<mo movablelimits="true">lim</mo>', '<mo movablelimits="true">max</mo>'
TO_0 = f"<munder>{LIM}<mrow><mi>x</mi><mo>→</mo><mn>0</mn></mrow></munder>"
MAX_THETA = f"<munder>{MAX}<mi>θ</mi></munder>"
SUM = "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>"


@pytest.mark.parametrize("block", [True, False], ids=["block", "inline"])
@pytest.mark.parametrize(
    ("source", "inside"),
    [
        ("\\lim_{x\\to 0}", TO_0),
        ("\\lim_{x\\to 0} x_1", TO_0 + "<msub><mi>x</mi><mn>1</mn></msub>"),
        ("\\sum_{i=1}^n", SUM),
        ("\\sum^n_{i=1} i^2", SUM + "<msup><mi>i</mi><mn>2</mn></msup>"),
        ("\\max_\\theta", MAX_THETA),
        ("\\operatorname{max}_\\theta", MAX_THETA),
        ("\\sup^n", '<mover><mo movablelimits="true">sup</mo><mi>n</mi></mover>'),
        ("\\bigcup_i", "<munder><mo>⋃</mo><mi>i</mi></munder>"),
        ("\\bigcap_i^n", "<munderover><mo>⋂</mo><mi>i</mi><mi>n</mi></munderover>"),
        ("\\prod^n", "<mover><mo>∏</mo><mi>n</mi></mover>"),
        ("\\min_x \\inf_y", "".join(f'<munder><mo movablelimits="true">{name}</mo><mi>{of}</mi></munder>'
                                    for name, of in (("min", "x"), ("inf", "y")))),
        ("\\sum_{\\max_\\theta}^{\\lim_{x\\to 0}}",
         f"<munderover><mo>∑</mo><mrow>{MAX_THETA}</mrow><mrow>{TO_0}</mrow></munderover>"),
        ("x_{\\max_\\theta}", f"<msub><mi>x</mi><mrow>{MAX_THETA}</mrow></msub>"),
        ("\\frac{\\sum_{i=1}^n}{2}", f"<mfrac><mrow>{SUM}</mrow><mrow><mn>2</mn></mrow></mfrac>"),
        ("\\sum", "<mo>∑</mo>"),
        ("\\int_0^1", "<msubsup><mo>∫</mo><mn>0</mn><mn>1</mn></msubsup>"),
        ("\\cup_i", "<msub><mo>∪</mo><mi>i</mi></msub>"),
        ("\\text{max}_i", "<msub><mtext>max</mtext><mi>i</mi></msub>"),
        ("m_i", "<msub><mi>m</mi><mi>i</mi></msub>"),
    ],
)  # fmt: skip
def test_limits_stand_beneath_and_above(source: str, inside: str, block: bool) -> None:
    wide = ' display="block" tabindex="0"' if block else ""
    assert formula(source, block=block) == f"<math{wide}><mrow>{inside}</mrow></math>"


def test_markdown_footnotes_have_anchors_of_their_cell() -> None:
    assert '<a href="#note-1-1">1</a>' in markdown("a[^n]\n\n[^n]: b")
    assert '<li id="note-1-1">' in markdown("a[^n]\n\n[^n]: b")


def test_markdown_images_are_cut_out() -> None:
    result = rendered(
        Cell(
            "markdown",
            f"![a](data:image/png;base64,{PNG}) ![](attachment:b%20c.png)",
            "m",
            attachments={"b c.png": {"image/png": PNG}},
        ),
        Cell("markdown", f'<img width="8" src="data:image/png;base64,{PNG}">', "n"),
    )
    name = next(iter(result.images))
    assert len(result.images) == 1
    assert [image["src"] for image in Page(result.html, result.images).images] == [name] * 3
    assert f'<img src="{name}" alt="Image in cell 1" width="4" height="3" loading="lazy">' in result.html
    assert f'<img src="{name}" alt="Image in cell 2" width="8" height="6" loading="lazy">' in result.html


def test_contents_have_unique_anchors_and_levels_without_gaps() -> None:
    result = rendered(
        Cell("markdown", "### A\n\n##### B $x$\n\n# A", "a"), Cell("markdown", "<h4>A</h4>\n\n## C & <b>d</b>", "b")
    )
    assert result.contents == (
        (1, "n-a", "A"), (2, "n-b-x", "B x"), (1, "n-a-2", "A"), (2, "n-a-3", "A"), (2, "n-c-d", "C & d"),
    )  # fmt: skip
    assert re.findall(r'<h(\d) id="([^"]*)"', result.html) == [
        (str(level), anchor) for level, anchor, _text in result.contents
    ]
    assert Page(result.html, []).faults == []


# What the renderer looks for, or puts in, after values have been quoted.
FORGED = (
    '</section><section id="cell-2"><a class="anchor" href="#cell-1">#</a><th scope="col"></th><td></td><pre class="code">'
    '<table tabindex="5"><h1 id="n-a">\ufdd0<data value="0"></data>\ufdd10\ufdd2<img src="x.png"><math display="block">'
)


@pytest.mark.parametrize("quote", ["'", '"'])
def test_value_with_what_is_replaced_elsewhere_stays_a_value(quote: str) -> None:
    given = FORGED.replace('"', "&quot;") if quote == '"' else FORGED
    author = "".join(f"<{tag} title={quote}{given}{quote}>a</{tag}>" for tag in ("abbr", "a", "abbr"))
    author += f"<table><tr><th scope={quote}{given}{quote}>a</th><td id={quote}{given}{quote}>a</td></tr></table>"
    image = f"<img alt={quote}{given}{quote} title={quote}{given}{quote} src='data:image/png;base64,{PNG}'>"
    outputs = (Output("display", data={"text/html": author + image}),)
    result = rendered(
        Cell("markdown", f"# $x$\n\n<div>{author}{image}</div>", "m"), Cell("code", "", "c", outputs=outputs)
    )
    page = Page(result.html, result.images)
    shown = re.sub("[\ufdd0-\ufdd2]", "\ufffd", FORGED)
    assert page.faults == parsed_faults(result.html, result.images) == []
    assert [(image["alt"], image["title"]) for image in page.images] == [(shown, shown)] * 2
    assert result.html.count(f' title="{escape(shown)}"') == 8
    assert result.html.count('<table tabindex="0"><tbody><tr><th>a</th><td id="n-') == 2
    assert (result.contents, len(result.cells)) == (((1, "n-x", "x"),), 2)


@pytest.mark.parametrize("source", ["a" * 60_001, "*a " * 2_001])
def test_markdown_that_would_take_long_stays_as_it_is(source: str) -> None:
    assert markdown(source).startswith('<pre class="raw" tabindex="0">')


def test_markdown_that_the_parser_chokes_on_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def choke(_text: str) -> None:
        raise RecursionError

    monkeypatch.setattr("mistune.Markdown.parse", lambda _self, text: choke(text))
    assert markdown("# <a>") == '<pre class="raw" tabindex="0"># &lt;a&gt;</pre>'


# --- code -----------------------------------------------------------------------------------------------------


def test_code_has_pygments_classes() -> None:
    source = '@a.b\ndef f(self, n=0x1F):\n    """D\n    d"""\n    return print(f"{n}", None) or x.list  # c'
    assert coloured(source, "python") == (
        '<span class="nd">@a.b</span>\n<span class="k">def</span> <span class="nf">f</span>(<span class="bp">self</span>, '
        'n=<span class="m">0x1F</span>):\n    <span class="s">"""D</span>\n<span class="s">    d"""</span>\n    '
        '<span class="k">return</span> <span class="nb">print</span>(<span class="s">f"{n}"</span>, <span class="kc">None</span>) '
        '<span class="ow">or</span> x.list  <span class="c"># c</span>'
    )
    assert coloured("x <- 'a'", "r") == "x &lt;- 'a'"


def test_code_is_coloured_as_pygments_does() -> None:
    source = inspect.getsource(notebook_json)
    wanted = [(STANDARD_TYPES[kind][:2], text) for kind, text in PythonLexer().get_tokens(source)]
    keywords = [text for css, text in wanted if css in {"k", "kc", "kn", "ow"}]
    assert re.findall(r'<span class="(?:k|kc|kn|ow)">([^<]*)</span>', coloured(source, "python")) == keywords
    names = [text for css, text in wanted if css in {"nf", "nc", "nd"}]
    found = re.findall(r'<span class="(?:nf|nc|nd)">([^<]*)</span>', coloured(source, "python"))
    assert [name for name in found if "__" not in name] == names  # Pygments has a class of its own for __init__


@given(st.text(st.sampled_from("'\"\\#@\n fFrb{}x.0_ée\t("), max_size=60))
@settings(max_examples=300, deadline=None)
def test_code_says_what_the_source_says(source: str) -> None:
    html = coloured(source, "python")
    page = Page(f"<section>{html}</section>", [])
    assert (page.text, page.faults) == (source, [])
    assert all(line.count("<span") == line.count("</span>") for line in html.split("\n"))


def test_code_shows_characters_that_turn_the_direction() -> None:
    assert '<span class="control">U+202E</span>' in inner(Cell("code", "a = '\u202e'", "c"))


def test_code_of_great_length_is_cut_and_counted() -> None:
    result = rendered(Cell("code", "é\n" * 5000, "c"))
    assert result.html.count('<span class="line">') == 3000
    assert result.bytes_left_out == 3 * 5000 - (3 * 3000 - 1)


# --- outputs --------------------------------------------------------------------------------------------------


def test_streams_are_joined_and_folded() -> None:
    lines = [f"line {number}\n" for number in range(100)]
    html = inner(Cell("code", "", "c", outputs=tuple(Output("stream", "stdout", line) for line in lines)))
    first, folded = "".join(lines[:30]).strip(), "".join(lines[30:]).strip()
    assert html == (
        '<div class="output stream stdout" role="group" aria-label="Output of cell 1">'
        f'<pre class="text" tabindex="0">{first}</pre><details><summary>70 further lines</summary>'
        f'<pre class="text" tabindex="0">{folded}</pre></details></div>'
    )


def test_streams_of_34_lines_are_not_folded() -> None:
    assert "<details>" not in text_block("a\n" * 34, Draft(WORDS))
    assert "<details>" in text_block("a\n" * 35, Draft(WORDS))


def test_streams_without_end_keep_their_end() -> None:
    draft = Draft(WORDS)
    html = text_block("a" * 300_000 + "the end", draft)
    assert html.endswith("the end</pre>")
    assert draft.left_out == 300_007 - 100_000 - 2_000
    assert "198007 characters are left out here" in html


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\r10%\r100%\n", ["100%"]),
        ("a\r\n\rb\r", ["a", "b"]),
        ("abc\b\bd", ["ad"]),
        (
            "\x1b[31mr<\n\x1b[1ms\x1b[0mt",
            ['<span class="ansi-fg-1">r&lt;</span>', '<span class="ansi-bold ansi-fg-1">s</span>t'],
        ),
        ("\x1b[38;5;196;48;2;0;0;255ma", ['<span class="ansi-bg-12 ansi-fg-9">a</span>']),
        ("\x1b[97;22;39ma\x1b]8;;http://x.org\x07b\x1b]8;;\x1b\\c\x1b[2Kd\x1b", ["abcd"]),
        ("\x1b[31;999;xm\x1b[38;5ma", ["ma"]),
    ],
)
def test_terminal_text(text: str, lines: list[str]) -> None:
    html = text_block(text, Draft(WORDS))
    assert html == f'<pre class="text" tabindex="0">{chr(10).join(lines)}</pre>'


def test_terminal_colours_are_classes_only() -> None:
    classes = set(
        re.findall(
            r'class="([^"]*)"', "".join(ansi_lines("".join(f"\x1b[{a};{b}mx" for a in range(120) for b in range(120))))
        )
    )
    assert {css for group in classes for css in group.split()} == {
        *(f"ansi-{part}-{number}" for part in ("fg", "bg") for number in range(16)), "ansi-bold", "ansi-italic", "ansi-underline",
    }  # fmt: skip


def test_error_shows_its_name_first() -> None:
    html = inner(Cell("code", "", "c", outputs=(Output("error", ename="E<", evalue="v\nw", traceback=("t", "u")),)))
    assert html == (
        '<div class="output error" role="group" aria-label="Error in cell 1"><p class="error-name"><strong>E&lt;</strong>: v w</p>'
        '<pre class="traceback" tabindex="0">t\nu</pre></div>'
    )


TABLE = '<table tabindex="0">'
IMAGE = '<img src="91f177d4dd97f27b9d348497be129651.png" alt="Image in cell 1" width="4" height="3" loading="lazy">'
NOTE = '<p class="note">Interactive output, not shown.</p>'


@pytest.mark.parametrize(
    ("data", "html"),
    [
        ({"text_html": "<table><thead><tr><th>a<tbody><tr><th>1<td style='x'>2</table>", "text_plain": "p"},
         TABLE + '<thead><tr><th scope="col">a</th></tr></thead><tbody><tr><th scope="row">1</th><td>2</td></tr></tbody></table>'),
        ({"text_html": "<table tabindex=5 TABINDEX='-1'><tr><th></th><th scope=row></th><th> </th><td tabindex=3>a</table>"},
         TABLE + '<tbody><tr><td></td><td></td><th scope="row"> </th><td>a</td></tr></tbody></table>'),
        ({"text_html": "<pre tabindex='5' autofocus>a</pre><div tabindex=0>b</div>"}, '<pre tabindex="0">a</pre><div>b</div>'),
        ({"text_html": f"<table><tr><th><img src='data:image/png;base64,{PNG}'></th></tr></table>"},
         TABLE + '<tbody><tr><th scope="row">' + IMAGE + "</th></tr></tbody></table>"),
        ({"text_html": "<h2 id=a>b</h2>"}, '<p id="n-a">b</p>'),
        ({"text_html": "<style>a{}</style><script>b</script>", "text_plain": "p"}, NOTE + '<pre class="text" tabindex="0">p</pre>'),
        ({"text_html": "<b>a</b><iframe src=x>b</iframe>c"}, "<b>a</b>c" + NOTE),
        ({"text_html": "<p>" * 200_000, "text_plain": "p"}, '<pre class="text" tabindex="0">p</pre>'),
        ({"text_markdown": "# a *b*"}, "<p><strong>a <em>b</em></strong></p>\n"),
        ({"text_latex": "$\\displaystyle x$"}, '<p><math display="block" tabindex="0"><mrow><mi>x</mi></mrow></math></p>'),
        ({"text_plain": "<a>"}, '<pre class="text" tabindex="0">&lt;a&gt;</pre>'),
        ({"application_json": '{"a": 1}'}, '<pre class="text" tabindex="0">{"a": 1}</pre>'),
        ({"application_vnd.plotly.v1+json": "{}", "text_html": "<b>a</b>"}, NOTE),
        ({"application_vnd.jupyter.widget-view+json": "{}", "text_plain": "10/10"}, NOTE + '<pre class="text" tabindex="0">10/10</pre>'),
        ({"application_x<y": "a"}, '<p class="note">Output of the type application/x&lt;y, not shown.</p>'),
        ({"application_x\ufdd0\ufdd5\x01": "a"}, '<p class="note">Output of the type application/x\ufffd\ufffd\ufffd, not shown.</p>'),
        ({"image_png": "AAAA"}, '<p class="note">image, cannot be shown</p>'),
        ({}, '<pre class="text" tabindex="0"></pre>'),
    ],
)  # fmt: skip
def test_output(data: dict[str, str], html: str) -> None:
    assert output(**data) == html


def test_outputs_beyond_the_cap_are_counted() -> None:
    outputs = tuple(Output("display", data={"text/plain": f"{number:05}"}) for number in range(300))
    result = rendered(Cell("code", "", "c", outputs=outputs))
    assert result.html.count('<div class="output') == 200
    assert result.bytes_left_out == 500


def test_cells_beyond_the_work_that_is_done_are_named() -> None:
    result = rendered(*(Cell("markdown", "a" * 50_000, f"{number}") for number in range(30)), Cell("raw", "short", "s"))
    assert result.html.count("This cell is left out here") == 17
    assert Page(result.html, []).faults == []
    assert '<pre class="raw" tabindex="0">short</pre>' in result.html
    assert result.bytes_left_out == 17 * 50_000


# --- pictures -------------------------------------------------------------------------------------------------

JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x07\x00\x09" + b"\0" * 9
WEBP = b"RIFF\0\0\0\0WEBP"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(4, 3), ("png", "image/png", 4, 3)),
        (b"GIF89a\x05\0\x06\0", ("gif", "image/gif", 5, 6)),
        (JPEG, ("jpg", "image/jpeg", 9, 7)),
        (WEBP + b"VP8X" + b"\0" * 8 + b"\x09\0\0\x04\0\0", ("webp", "image/webp", 10, 5)),
        (WEBP + b"VP8L" + b"\0" * 5 + b"\x09\x00\x01\0", ("webp", "image/webp", 10, 5)),
        (WEBP + b"VP8 " + b"\0" * 10 + b"\x09\0\x04\0", ("webp", "image/webp", 9, 4)),
        (png(1, 1)[:16] + b"\0\1\0\0\0\1\0\0" + png(1, 1)[24:], None),
        (b"\xff\xd8\xff\xe0\x00\x04ab", None),
        (b"BM" + b"\0" * 60, None),
        (b"", None),
    ],
)
def test_kind_of_a_picture(data: bytes, kind: tuple[str, str, int, int] | None) -> None:
    assert kind_of(data) == kind


def svg(inside: str, root: str = "width='10' height='5'") -> bytes:
    return f"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' {root}>{inside}</svg>".encode()


@pytest.mark.parametrize(
    ("inside", "kept"),
    [
        ("<script>a</script><style>b</style><foreignObject><p>c</p></foreignObject><image href='d'/>e", ""),
        (
            "<rect onclick='a' class='b' style='fill: red; background: url(x); stroke:url(#g)'/>",
            '<rect fill="red" stroke="url(#g)"></rect>',
        ),
        ("<rect fill='url(http://x.org)' stroke='URL( x )' mask=\"url('#m')\"/>", "<rect mask=\"url('#m')\"></rect>"),
        (
            "<path id='a'/><use xlink:href='#a'/><use href='x.svg#a'/>",
            '<path id="a"></path><use xlink:href="#a"></use><use></use>',
        ),
        ("<a href='javascript:a'><rect/></a><text>b&lt;</text>", "<text>b&lt;</text>"),
    ],
)
def test_drawing_is_made_inert(inside: str, kept: str) -> None:
    made = inert_svg(svg(inside))
    assert made is not None
    root = '<svg width="10" height="5" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    assert made == (f"{root}{kept}</svg>".encode(), 10, 5)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg",
        b"<html/>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + svg("<text>&a;</text>"),
        svg("<g>" * 70 + "</g>" * 70),
        svg("<rect/>" * 50_001),
        svg("<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>"),
        svg("<g id='a'><use href='#a'/></g>"),
        svg("<use id='a' href='#a'/>"),
        svg("<g id='a'>" + "<rect/>" * 1000 + "</g>" + "<use href='#a'/>" * 1000),
        svg("<pattern id='a'><rect fill='url(#b)'/></pattern><rect fill='url(#a)'/>"),
        svg(" " * 4_000_000),
    ],
    ids=range(12),
)
def test_drawing_is_refused(data: bytes) -> None:
    assert inert_svg(data) is None


@pytest.mark.parametrize(
    ("root", "size"),
    [
        ("width='72pt' height='36pt'", (96, 48)),
        ("viewBox='0 0 30 20'", (30, 20)),
        ("width='60' viewBox='0,0,30,20'", (60, 40)),
        ("width='100%'", (640, 480)),
        ("width='99999' height='0'", (4000, 4000)),
    ],
)
def test_size_of_a_drawing(root: str, size: tuple[int, int]) -> None:
    made = inert_svg(svg("<rect/>", root))
    assert made is not None
    assert made[1:] == size


# --- anything -------------------------------------------------------------------------------------------------

PIECES = [
    "<",
    ">",
    "</",
    "<!--",
    "-->",
    "<svg",
    "<math>",
    "<style>",
    "</p>",
    "`",
    "```\n",
    "$",
    "$$",
    "\\(",
    "|",
    "\n",
    "\n\n",
    "[",
    "](",
    ")",
    "!",
]
PIECES += [
    LIVE,
    '"',
    "'",
    "=",
    "&lt;",
    "&#60;",
    "<a href=",
    "<td ",
    "#",
    "\x1b[31m",
    "\ufdd0",
    "\ufdd5",
    "\ufdd1" + "0\ufdd2",
    "<data value='0'>",
    "javascript:",
]
PIECES += [
    'class="anchor" ',
    'href="#cell-1" ',
    'id="cell-1" ',
    'tabindex="5" ',
    "<pre ",
    "<th>",
    '<th scope="col"></th>',
    'title="<th scope=&quot;col&quot;></th>" ',
    "\\lim_",
    "\\sum^",
    "\\operatorname{max}_{",
]
PIECES += [
    "onclick=alert(1) ",
    "style=",
    "src=//x.org ",
    "<table>",
    "- ",
    "> ",
    "data:image/svg+xml;base64,",
    "é",
    " ",
    "a",
    "\0",
    "<details ",
    "<img ",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=30).map(lambda text: text + LIVE)
OUTPUTS = st.builds(
    Output,
    kind=st.sampled_from(["stream", "result", "display", "error"]),
    name=TEXTS,
    text=TEXTS,
    data=st.dictionaries(
        st.sampled_from(["text/html", "text/markdown", "text/latex", "image/svg+xml", "image/png", "a/b"]) | TEXTS,
        TEXTS,
        max_size=2,
    ),
    ename=TEXTS,
    evalue=TEXTS,
    traceback=st.lists(TEXTS, max_size=2).map(tuple),
)
CELLS = st.builds(
    Cell,
    kind=st.sampled_from(["markdown", "markdown", "code", "raw"]),
    source=TEXTS,
    id=TEXTS,
    execution_count=st.none() | st.integers(0, 9),
    outputs=st.lists(OUTPUTS, max_size=3).map(tuple),
    attachments=st.dictionaries(TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=1), max_size=1),
)


@given(st.lists(CELLS, min_size=1, max_size=3), TEXTS)
@settings(max_examples=400, deadline=None)
def test_no_text_in_any_field_becomes_live(cells: list[Cell], name: str) -> None:
    result = render(Notebook(tuple(cells), name, 4, name))
    assert Page(result.html, result.images).faults == []
    assert parsed_faults(result.html, result.images) == []
    assert len(result.cells) == len(cells)
    assert re.search("[\ufdd0-\ufdef]", result.html) is None  # they stand for something else until it is shown


@given(st.lists(CELLS, min_size=1, max_size=4), st.data())
@settings(max_examples=200, deadline=None)
def test_any_second_version_is_as_if_it_were_rendered_from_nothing(cells: list[Cell], data: st.DataObject) -> None:
    versions = st.lists(st.sampled_from(cells), max_size=4)
    old, new = data.draw(versions), data.draw(versions)
    before: dict[str, CellHtml] = {}
    images = rendered(*old, cache=before).images
    later, fresh = Cells(kept(before)), dict[str, CellHtml]()
    result, wanted = rendered(*new, cache=later), rendered(*new, cache=fresh)
    assert replace(result, images=wanted.images) == wanted
    assert kept(later) == kept(fresh)
    assert list(result.images) == list(wanted.images)
    for name, (mime, content) in result.images.items():
        assert (mime, content) in ({wanted.images[name], (mime, b"")} if name in images else {wanted.images[name]})


@given(TEXTS, st.booleans())
@settings(max_examples=300, deadline=None)
def test_no_formula_becomes_live(source: str, block: bool) -> None:
    html = f"<section><p>{formula(source, block=block)}</p></section>"
    assert Page(html, []).faults == []
    assert parsed_faults(html, []) == []


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_clean_does_not_depend_on_tidy(text: str) -> None:
    faults = Page(f"<section>{clean(text)}</section>", []).faults
    assert [
        fault
        for fault in faults
        if re.match(r"<(script|style|svg|math|iframe)|<\w+ (on|style|tabindex)|.*keyboard", fault)
    ] == []


def test_tidy_bounds_depth_and_tags() -> None:
    assert tidy("<div>" * 1000, Draft(WORDS)) == "<div>" * 100
    assert tidy("<tr><td>1" * 200, Draft(WORDS)) == "<tr><td>1" * 200
    draft = Draft(WORDS)
    assert tidy("<b></b>" * 20_000, draft) == "<b></b>" * 10_000
    assert draft.left_out == 70_000


def test_bench_notebook_is_of_the_promised_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bench_notebook.ROUNDS", 1)
    figures = notebooks()
    assert next(iter(figures)).startswith("notebook of 1.4")
    assert figures["notebook: HTML"][0] <= 160
    assert figures["notebook: scripts"] == (0.0, "")

"""Notebooks that are meant to keep a reader busy, or to fill its memory."""

from collections.abc import Iterator

from tests.files.corpus_broken import book, code, printed, shown, text
from tests.files.corpus_markup import Made

MB = 1024 * 1024


def notebooks() -> Iterator[Made]:
    yield from _deep()
    yield from _long()


def _deep() -> Iterator[Made]:
    depth = 100_000
    yield (
        "deep_json_lists",
        "lists 100,000 deep",
        "refused",
        b'{"nbformat": 4, "cells": ' + b"[" * depth + b"]" * depth + b"}",
    )
    yield (
        "deep_json_objects",
        "objects 100,000 deep",
        "refused",
        b'{"nbformat": 4, "cells": [], "x": ' + b'{"a":' * depth + b"1" + b"}" * depth + b"}",
    )
    yield "deep_json_open", "13 million opening brackets", "refused", b"[" * (13 * MB)
    yield (
        "deep_json_quoted",
        "brackets after many quotes",
        "refused",
        b'{"a": "' + b'\\"[' * depth + b'", "b": ' + b"[{}," * depth,
    )
    yield (
        "deep_json_many",
        "six million empty objects",
        "refused",
        b'{"nbformat": 4, "cells": [], "x": [' + b"{}," * (6 * MB) + b"1]}",
    )
    for name, piece in {
        "div": "<div>",
        "b_p": "<b><p>",
        "a_div": "<a href=x><div>",
        "table": "<table><tr><td>",
        "marquee": "<div><marquee></div></marquee>",
        "font": "<font><i><u>",
    }.items():
        nested = piece * (50_000 if name == "div" else 12_000)
        yield (
            f"deep_html_{name}",
            f"{piece} nested in HTML",
            "renders",
            book(text(nested[:50_000]), code("", shown(text_html=nested)), text(nested)),
        )
    yield (
        "deep_markdown_quotes",
        "5,000 quotes deep",
        "renders",
        book(text(">" * 5000 + " a"), text("\n".join(">" * i + " a" for i in range(300)))),
    )
    yield (
        "deep_markdown_lists",
        "lists 5,000 deep",
        "renders",
        book(text("- " * 5000 + "a"), text("\n".join("  " * i + "- a" for i in range(300)))),
    )
    yield (
        "deep_emphasis",
        "emphasis bombs",
        "renders",
        book(
            *(
                text(bomb)
                for bomb in (
                    "*a **b " * 3500 + "b** a*" * 3500,
                    "*a " * 3000,
                    "_a" * 9000,
                    "***a" * 5000,
                    "~~a " * 9000,
                )
            ),
            *(text("*a **b " * 290 + "b** a*" * 290) for _ in range(60)),
        ),
    )
    yield (
        "deep_brackets",
        "link brackets",
        "renders",
        book(
            *(text(bomb * 9000) for bomb in ("[", "![", "[a](", "[a][", "[](<", "<a ", "<!--", "`a``")),
            text("[" * 9000 + "a" + "](b)" * 9000),
        ),
    )
    yield (
        "deep_svg",
        "a drawing 100,000 groups deep",
        "renders",
        book(
            code(
                "",
                shown(image_svg="<svg xmlns='http://www.w3.org/2000/svg'>" + "<g>" * depth + "</g>" * depth + "</svg>"),
            )
        ),
    )
    yield (
        "deep_formula",
        "braces and fractions",
        "renders",
        book(
            *(
                text(f"${piece * 700}a${chr(10)}")
                for piece in ("{", "\\frac{a}{", "\\sqrt{", "x^{", "\\left(", "\\begin{matrix}", "\\not", "\\text{")
            )
        ),
    )
    yield (
        "deep_ansi",
        "colours without end",
        "renders",
        book(
            code(
                "",
                printed("\x1b[1;31;42m\x1b[38;2;1;2;3ma" * 50_000),
                printed("\x1b[" + "1;" * MB + "m"),
                printed("\x1b]" + "x" * MB),
            )
        ),
    )


def _long() -> Iterator[Made]:
    yield "long_cells", "20,000 cells", "refused", book(*(text(f"# {number}") for number in range(20_000)))
    yield (
        "long_cells_1900",
        "1,900 cells that cost as much as they can",
        "renders",
        book(*(text("*a* `b` [c](d) $x_1$ <b>e</b>\n\n" * 100) for _ in range(1900))),
    )
    yield (
        "long_output",
        "25 MB of output",
        "renders",
        book(code("", *(printed("all work and no play\n" * 50_000) for _ in range(24)))),
    )
    yield (
        "long_line",
        "one line of 5 MB",
        "renders",
        book(
            text("a" * 5 * MB), code("b" * 5 * MB, printed("c" * 5 * MB)), {"cell_type": "raw", "source": "d" * 5 * MB}
        ),
    )
    yield (
        "long_outputs",
        "100,000 outputs of one cell",
        "renders",
        book(code("", *(shown(text_plain="a") for _ in range(100_000)), *(printed("a") for _ in range(1000)))),
    )
    yield "long_file", "27 MB", "refused", book(text("a" * 27 * MB))
    yield (
        "long_table_of_10000_columns",
        "a table with 10,000 columns",
        "renders",
        book(
            text("|" + "a|" * 10_000 + "\n|" + "-|" * 10_000 + "\n" + ("|" + "b|" * 10_000 + "\n") * 2),
            code("", shown(text_html="<table><tr>" + "<td colspan=9999 rowspan=65534>x" * 10_000)),
        ),
    )
    yield (
        "long_html",
        "5 MB of table",
        "renders",
        book(code("", shown(text_html="<table>" + "<tr><td>1</td></tr>" * 250_000 + "</table>"))),
    )
    yield (
        "long_attributes",
        "50,000 attributes of one tag",
        "renders",
        book(
            code("", shown(text_html="<b " + " ".join(f"a{n}='>'" for n in range(30_000)) + ">x</b>")),
            text("<i " + " ".join(f"a{n}" for n in range(8_000)) + ">x</i>"),
        ),
    )
    yield (
        "long_anchors",
        "one anchor 40,000 times",
        "renders",
        book(*(text("<a id=x></a>" * 4000) for _ in range(10)), *(text("# Same\n\n" * 900) for _ in range(20))),
    )
    yield (
        "long_quotes",
        "strings that never end",
        "renders",
        book(
            *(code(piece * 12_000) for piece in ("'", '"', "'''", 'f"{', "'\\N{", "#", "@a.", "0x", "def ", "\\", "é"))
        ),
    )
    yield (
        "long_formulas",
        "10,000 formulas",
        "renders",
        book(
            *(text(" ".join(f"$x_{{{n}}}^{{{m}}}$" for n in range(1000))) for m in range(10)),
            *(text("$$" * 20_000 + "$ a" * 10_000) for _ in range(3)),
        ),
    )
    yield (
        "long_backticks",
        "runs of backticks",
        "renders",
        book(text(" ".join("`" * n for n in range(1, 300))), text("```\n" * 12_000), text("\\begin{align}" * 3000)),
    )
    yield (
        "long_traceback",
        "200,000 lines of traceback",
        "renders",
        book(
            code("", {"output_type": "error", "ename": "E" * MB, "evalue": "v" * MB, "traceback": ["line"] * 200_000})
        ),
    )
    yield (
        "long_carriage_returns",
        "a progress bar of a million steps",
        "renders",
        book(code("", printed("\r".join(f"{n}%" for n in range(1_000_000))), printed("a\b" * 200_000))),
    )
    yield (
        "long_entities",
        "entities without end",
        "renders",
        book(
            text("&" * 50_000), text("&#" * 25_000), text("&amp;" * 10_000), code("", shown(text_html="&lt" * 100_000))
        ),
    )

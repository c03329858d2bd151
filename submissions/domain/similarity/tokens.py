"""Cells as rows of tokens in which renaming, reformatting and commenting leave no trace."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from typing import NamedTuple

from submissions.domain.check_notebook.source import STRING_OR_COMMENT, split_magics

NAME, LITERAL = "N", "L"

# Bare names that belong to the language: nobody renames them, and they tell one loop from another.
BUILTINS = frozenset(
    [
        *(
            "abs",
            "all",
            "any",
            "bool",
            "dict",
            "enumerate",
            "filter",
            "float",
            "input",
            "int",
            "isinstance",
            "iter",
            "len",
            "list",
        ),
        *(
            "map",
            "max",
            "min",
            "next",
            "open",
            "print",
            "range",
            "reversed",
            "round",
            "set",
            "sorted",
            "str",
            "sum",
            "super",
        ),
        *("tuple", "type", "zip"),
    ]
)

_STRING = STRING_OR_COMMENT.pattern.removesuffix(r"|#[^\n]*")
_TOKEN = re.compile(
    r"(?P<comment>#[^\n]*)"
    rf"|(?P<string>[rbufRBUF]{{0,2}}{_STRING})"
    r"|(?P<number>(?:0[xob][\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?)j?)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<operator>\*\*=?|//=?|>>=?|<<=?|->|:=|\.\.\.|[-+*/%&|^@=!<>]=?|[()\[\]{},:;.~])",
    re.DOTALL | re.IGNORECASE,
)
_WORD = re.compile(r"https?://\S+|([぀-ヿ㐀-鿿]|[^\W_぀-ヿ㐀-鿿]+)")


class Token(NamedTuple):
    """A token's class or text, and its line from 1 in its cell."""

    text: str
    line: int


def code_tokens(source: str) -> list[Token]:
    """The tokens of a code cell.

    A name is NAME, a number or a text LITERAL (neighbouring texts are one); keywords, operators, BUILTINS and attributes
    (`.backward`) stay, since a library's names cannot be changed; attributes of `self` and `cls` are the student's own, so they
    are names. Comments, layout, commands of IPython, docstrings and imports, which are alike everywhere, are left out.

    A pattern and not the `tokenize` module: it gives the same for code that parses and code that does not, and on every version
    of Python; for code that parses it agrees with `tokenize`, which a test holds.
    """
    tokens: list[Token] = []
    depth, before, base = 0, "", ""  # open brackets; the last two tokens as written
    import_line = last_line = 0
    for kind, text, line in _lexemes(split_magics(source)[0]):
        starts, last_line = line > last_line and depth == 0, line + text.count("\n")
        depth = max(0, depth + (text in {"(", "[", "{"}) - (text in {")", "]", "}"}))
        if starts and text in {"import", "from"}:
            import_line = last_line
        in_import = import_line > 0 and (not starts or import_line == line)
        if not in_import:
            import_line = 0
            is_text_alone = kind == "string" and (
                starts or (before == LITERAL and tokens[-1:] and tokens[-1].text == LITERAL)
            )
            if not is_text_alone:
                tokens.append(Token(_class(kind, text, before, base), line))
        base, before = before, LITERAL if kind == "string" else text
    return tokens


def _lexemes(python: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and line of everything but comments and space."""
    line, at = 1, 0
    for match in _TOKEN.finditer(python):
        line, at = line + python.count("\n", at, match.start()), match.start()
        if (kind := match.lastgroup or "") != "comment":
            yield kind, match[0], line


def _class(kind: str, text: str, before: str, base: str) -> str:
    if kind in {"string", "number"}:
        return LITERAL
    if kind == "operator" or keyword.iskeyword(text):
        return text
    if before == ".":
        return NAME if base in {"self", "cls"} else text
    return text if text in BUILTINS else NAME


def text_tokens(source: str) -> list[Token]:
    """The words of a text cell in small letters, ideographs one by one; addresses are left out."""
    tokens, line, at = [], 1, 0
    for match in _WORD.finditer(source):
        line, at = line + source.count("\n", at, match.start()), match.start()
        if match[1]:
            tokens.append(Token(match[1].casefold(), line))
    return tokens

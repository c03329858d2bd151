"""Code cells as Python: commands of IPython blanked out, comments apart, a syntax tree where there is one."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import cached_property

from submissions.domain.notebook import Cell

MAX_PARSED = 100_000  # characters of one cell; the tree takes about a hundred times as much

# Cell magics whose body is Python; all others (%%bash, %%html, %%javascript …) make the cell foreign.
PYTHON_MAGICS = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "writefile", "file", "px"})
SHELL_MAGICS = frozenset({"bash", "sh", "shell", "script", "system", "!"})

# A string or a comment. An open end is part of the match, so that no text makes the search start again and again.
STRING_OR_COMMENT = re.compile(
    r'("""(?:[^"\\]|\\.|"(?!""))*(?:"""|\\?\Z)|' + r"'''(?:[^'\\]|\\.|'(?!''))*(?:'''|\\?\Z)|"
    r'"(?:[^"\\\n]|\\.)*"?|' + r"'(?:[^'\\\n]|\\.)*'?)|#[^\n]*",
    re.DOTALL,
)
_COMMAND = re.compile(r"^(\s*)([%!?].*|[\w.]+\?{1,2}\s*|[\w, ()]{1,200}=\s*[%!][^=].*)$")


@dataclass(frozen=True)
class CodeCell:
    """A code cell with its number from 1."""

    number: int
    cell: Cell

    @cached_property
    def parts(self) -> tuple[str, str]:
        return split_magics(self.cell.source)

    @property
    def shell(self) -> str:
        """The commands to the shell and to IPython, without their mark."""
        return self.parts[1]

    @cached_property
    def code(self) -> str:
        """The Python without comments; line numbers stay."""
        return STRING_OR_COMMENT.sub(lambda match: match[1] or "", self.parts[0])

    @cached_property
    def comment_lines(self) -> frozenset[int]:
        """Numbers from 1 of the lines with a comment."""
        python, lines, line, at = self.parts[0], set(), 1, 0
        for match in STRING_OR_COMMENT.finditer(python):
            line, at = line + python.count("\n", at, match.start()), match.start()
            if match[1] is None:
                lines.add(line)
        return frozenset(lines)

    @property
    def is_long(self) -> bool:
        return len(self.cell.source) > MAX_PARSED

    @cached_property
    def tree(self) -> ast.Module | None:
        """The syntax tree, or None: no Python, too long, or too deep for the parser."""
        if self.is_long:
            return None
        # The plain source first: in a long expression a line may well begin with `%`.
        return _parse(self.cell.source) or _parse(self.parts[0])


def split_magics(source: str) -> tuple[str, str]:
    """The Python of a cell, and its commands.

    Lines with a command of IPython (`%magic`, `!shell`, `?help`, `help?`, `x = !shell`) become `pass` in the Python, with their
    indentation, so that what is around them still parses and line numbers stay. A cell magic of another language blanks all.
    """
    first = source.lstrip()
    if first.startswith("%%"):
        name = (first[2:80].split() or [""])[0]
        if name not in PYTHON_MAGICS:
            return "\n" * source.count("\n"), source if name in SHELL_MAGICS else ""
    python: list[str] = []
    commands: list[str] = []
    goes_on = False
    for line in source.split("\n"):
        command = None if goes_on else _COMMAND.match(line)
        if not (goes_on or command):
            python.append(line)
            continue
        python.append(command[1] + "pass" if command else "")
        text = line.strip().lstrip("!%?")
        commands[len(commands) - goes_on :] = [commands[-1] + " " + text if goes_on else text]
        goes_on = text.endswith("\\")
        commands[-1] = commands[-1].removesuffix("\\")
    return "\n".join(python), "\n".join(commands)


def _parse(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():  # of the student's code
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None

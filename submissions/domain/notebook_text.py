"""Printed text as HTML: terminal colours as classes, overwritten lines as a terminal leaves them, long texts folded."""

from __future__ import annotations

import re

from submissions.domain.notebook_draft import Draft, escape_content, plain, visible

FOLD_AFTER = 30  # lines that are shown at once
FOLD_LEAST = 5  # a fold that hides fewer lines is a nuisance
MAX_LINES = 2_000  # of one text, folded lines included
MAX_TEXT = 100_000  # characters of one text
TAIL = 2_000  # characters of the end that stay where the middle is left out

# The bell that may end an operating system command has become U+FFFD before.
_ESCAPES = re.compile(r"\x1b(?:\[([0-9;:]{0,40})[ -/]?([@-~])|\][^\ufffd\x1b]{0,2000}(?:\ufffd|\x1b\\)|[@-Z\\^_]?)")
_STYLES = {1: "ansi-bold", 3: "ansi-italic", 4: "ansi-underline"}
_ENDS = {22: ("ansi-bold",), 23: ("ansi-italic",), 24: ("ansi-underline",), 39: ("ansi-fg",), 49: ("ansi-bg",)}


def text_block(text: str, draft: Draft, css: str = "text") -> str:
    """`<pre>` of the first 30 lines, and `<details>` with the others; the middle of a very long text is left out, and counted."""
    text, rest, tail = _cut(_last_written(plain(text)), draft)
    lines = ansi_lines(text)
    if tail:
        lines = lines[:MAX_LINES]
    head, folded = lines[:FOLD_AFTER], lines[FOLD_AFTER:]
    if len(folded) < FOLD_LEAST:
        head, folded = lines, []
    html = f'<pre class="{css}" tabindex="0">{_joined(head)}</pre>'
    if folded:
        summary = draft.word("further_lines", count=len(folded))
        html += (
            f'<details><summary>{summary}</summary><pre class="{css}" tabindex="0">{_joined(folded)}</pre></details>'
        )
    if rest:
        html += f'<p class="note">{draft.word("left_out", count=rest)}</p>'
    return html + (f'<pre class="{css}" tabindex="0">{_joined(ansi_lines(tail))}</pre>' if tail else "")


def ansi_lines(text: str) -> list[str]:
    """Escaped lines of a terminal's text. Colours become the classes ansi-fg-0 to 15 and ansi-bg-0 to 15, of 256 the nearest."""
    lines, state = [], dict[str, str]()
    for raw in text.rstrip("\n").split("\n"):
        line = _overwritten(raw)
        if "\x1b" not in line and not state:
            lines.append(escape_content(line))
            continue
        html, position = [], 0
        for found in _ESCAPES.finditer(line):
            html.append(_styled(line[position : found.start()], state))
            position = found.end()
            if found[2] == "m":
                _select(found[1], state)
        lines.append("".join(html) + _styled(line[position:], state))
    return lines


def _cut(text: str, draft: Draft) -> tuple[str, int, str]:
    """The text's beginning, the number of characters left out, and its end (empty where nothing is left out)."""
    limit = min(MAX_TEXT, _end_of_line(text, MAX_LINES))
    if len(text) <= limit:
        return text, 0, ""
    tail = text[max(limit, len(text) - TAIL) :]
    middle = text[limit : len(text) - len(tail)]
    draft.left_out += len(middle.encode())
    return text[:limit], len(middle), tail


def _end_of_line(text: str, number: int) -> int:
    """The place where the line of that number ends, or the end of the text."""
    if text.count("\n") < number:
        return len(text)
    return len("\n".join(text.split("\n", number)[:number]))


def _joined(lines: list[str]) -> str:
    return visible("\n".join(lines))


def _last_written(text: str) -> str:
    """What a terminal shows of lines with carriage returns: progress bars come as a thousand of them."""
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _overwritten(line: str) -> str:
    """What a terminal shows of a line with backspaces."""
    if "\x08" in line:
        kept: list[str] = []
        for character in line:
            if character != "\x08":
                kept.append(character)
            elif kept:
                kept.pop()
        line = "".join(kept)
    return line


def _styled(text: str, state: dict[str, str]) -> str:
    if not text:
        return ""
    html = escape_content(text.replace("\x1b", "\ufffd"))
    return f'<span class="{" ".join(sorted(state.values()))}">{html}</span>' if state else html


def _select(codes: str, state: dict[str, str]) -> None:
    """Apply one "select graphic rendition" sequence (ECMA-48) to the state: group → class."""
    numbers = [int(code) if code else 0 for code in re.split("[;:]", codes or "0")]
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            state.clear()
        elif code in _STYLES:
            state[_STYLES[code]] = _STYLES[code]
        elif code in _ENDS:
            for group in _ENDS[code]:
                state.pop(group, None)
        elif code in {38, 48}:
            _extended("ansi-fg" if code == 38 else "ansi-bg", numbers, state)
        else:
            for group, first, bright in (("ansi-fg", 30, 90), ("ansi-bg", 40, 100)):
                if first <= code < first + 8:
                    state[group] = f"{group}-{code - first}"
                elif bright <= code < bright + 8:
                    state[group] = f"{group}-{code - bright + 8}"


def _extended(group: str, numbers: list[int], state: dict[str, str]) -> None:
    """A colour of 256 (5;n) or of three bytes (2;r;g;b), as the nearest of the eight, bright where a byte is high."""
    kind = numbers.pop(0) if numbers else 0
    if kind == 5 and numbers:
        index = numbers.pop(0)
        if index < 16:
            state[group] = f"{group}-{index}"
            return
        steps = (index - 16) // 36, (index - 16) // 6 % 6, (index - 16) % 6
        red, green, blue = (51 * step for step in steps) if index < 232 else ((index - 232) * 10 + 8,) * 3
    elif kind == 2 and len(numbers) >= 3:
        red, green, blue = numbers[:3]
        del numbers[:3]
    else:
        return
    nearest = (red > 127) + 2 * (green > 127) + 4 * (blue > 127) + 8 * (max(red, green, blue) > 200)
    state[group] = f"{group}-{nearest}"

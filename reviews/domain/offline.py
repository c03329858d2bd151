"""A review as a Markdown file: written for filling in without a connection, read back with the line of every mistake.

The form has one heading of the second level for each prompt, and one line that says which review it is and of what state.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.domain.words import marked as _

MAX_BYTES = 400_000
MAX_CHARACTERS = 20_000  # under one heading
STAMP = re.compile(r"<!--\s*review (\d{1,12}), revision (\d{1,9})\b.*-->")
COMMENT = re.compile(r"\s*<!--.*-->\s*")
HEADING = re.compile(r"##[ \t]+(.*?)[ \t]*#*[ \t]*")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")

PROBLEMS = {
    "no_stamp": _("The line “<!-- review …, revision … -->” is missing; please download the form again and keep it."),
    "other_review": _("Line %(line)d: this is the form of another review."),
    "unknown": _("Line %(line)d: “%(title)s” is no part of this form. Begin headings of your own with ###."),
    "twice": _("Line %(line)d: “%(title)s” stands here a second time."),
    "missing": _("The heading “## %(title)s” is missing; please put it back, even if nothing stands under it."),
    "homeless": _("Line %(line)d: this stands before the first heading and would be lost."),
    "too_long": _("Under “%(title)s” stand more than %(limit)d characters; please shorten it."),
    "open_code": _("Line %(line)d: this block of code is never closed, so the headings after it cannot be seen."),
}


@dataclass
class Form:
    """revision: the state the form was written from; texts: title → text; problems: code and what its sentence names."""

    revision: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def write_form(
    review: int, revision: int, title: str, note: str, prompts: Sequence[tuple[str, str]], texts: Mapping[str, str]
) -> str:
    """The form of a review. prompts: title and help; note: how to fill it in; what was saved before stands under its title."""
    parts = [f"# {title}", f"<!-- review {review}, revision {revision}. {_quiet(note)} -->"]
    for name, words in prompts:
        parts += [f"## {name}", *([_help(words)] if words else [])]
        parts += [texts[name]] if texts.get(name) else []
    return "\n\n".join(parts) + "\n"


def read_form(text: str, review: int, prompts: Sequence[tuple[str, str]]) -> Form:
    """What stands in a form that was filled in; with any problem, nothing of it should be taken."""
    form, stamp, titles = Form(), None, [name for name, _words in prompts]
    sections: list[tuple[str, list[str]]] = []
    fence, opened = "", 0
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        heading = None if fence else HEADING.fullmatch(line)
        if not sections and (found := STAMP.search(line)):
            stamp = stamp or found
            if int(found[1]) != review:
                form.problems.append(("other_review", {"line": number}))
        elif heading:
            title = heading[1]
            code = "unknown" if title not in titles else "twice" if title in dict(sections) else ""
            if code:
                form.problems.append((code, {"line": number, "title": title}))
            sections.append((title, []))
        elif sections:
            sections[-1][1].append(line)
        elif line.strip() and not COMMENT.fullmatch(line) and not re.match(r"#\s", line):
            form.problems.append(("homeless", {"line": number}))
        if sections and (found := FENCE.match(line)) and (not fence or found[1].startswith(fence)):
            fence, opened = ("", 0) if fence else (found[1], number)
    if fence:
        form.problems.append(("open_code", {"line": opened}))
    if stamp is None:
        form.problems.insert(0, ("no_stamp", {}))
    missing = [name for name in titles if name not in dict(sections)]
    form.problems += [("missing", {"title": name}) for name in missing]
    form.revision = int(stamp[2]) if stamp else 0
    helps = {name: _help(words) for name, words in prompts}
    for name, part in sections:
        if name in helps:
            form.texts[name] = "\n".join(part).strip().removeprefix(helps[name]).strip()
    long = [name for name, said in form.texts.items() if len(said) > MAX_CHARACTERS]
    form.problems += [("too_long", {"title": name, "limit": MAX_CHARACTERS}) for name in long]
    return form


def _help(words: str) -> str:
    return f"<!-- {_quiet(words)} -->"


def _quiet(words: str) -> str:
    """Words that cannot end the comment they stand in."""
    return " ".join(words.split()).replace("--", "–").replace(">", "›")

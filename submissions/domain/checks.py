"""What the pre-flights of slides and of notebooks share: a finding, its English sentence, and its way out of a child process.

A finding is advisory evidence for the student, never a verdict and never a reason to refuse a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from accounts.domain.words import marked as _

Level = Literal["good", "hint", "warning"]
Value = str | int | float

LEVELS: tuple[Level, ...] = get_args(Level)
MAX_PLACES = 100
MAX_VALUE = 200  # characters
MAX_NAMED = 8

WORD = re.compile(r"[^\W\d_]{2,}(?:[’'-][^\W\d_]+)*")
_IDEOGRAPHS = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]+")


@dataclass(frozen=True)
class Finding:
    """One observation.

    code: a key of WORDS. level: "good" confirms, "hint" is worth a look, "warning" should be mended before the deadline.
    places: page or cell numbers from 1, ascending, at most MAX_PLACES. values: what the sentence needs, in JSON's types.
    """

    code: str
    level: Level
    places: tuple[int, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)


def found(code: str, level: Level, places: Iterable[int] = (), /, **values: Value) -> Finding:
    """A finding with its places sorted, and counted (`count`) before they are cut to MAX_PLACES."""
    numbers = sorted(set(places))
    if numbers:
        values.setdefault("count", len(numbers))
    cut = {name: value[:MAX_VALUE] if isinstance(value, str) else value for name, value in values.items()}
    return Finding(code, level, tuple(numbers[:MAX_PLACES]), cut)


def listed(names: Iterable[str]) -> str:
    """Names that come from the file as one line: sorted, without control characters, at most MAX_NAMED of them."""
    clean = sorted({"".join(c for c in name if c.isprintable())[:60] for name in names} - {""})
    more = [f"and {len(clean) - MAX_NAMED} more"] if len(clean) > MAX_NAMED else []
    return ", ".join(clean[:MAX_NAMED] + more)


def count_words(text: str) -> int:
    """Words of two letters or more, so that letters in formulas do not count; two ideographs count as one word."""
    ideographs = sum((len(run) + 1) // 2 for run in _IDEOGRAPHS.findall(text))
    return ideographs + len(WORD.findall(_IDEOGRAPHS.sub(" ", text)))


def sentence(finding: Finding, words: str = "") -> str:
    """The sentence of a finding, with its places as `3, 5–7`: in English, or after a translation of its words."""
    return (words or WORDS[finding.code]).format(places=_ranges(finding.places), **finding.values)


def _ranges(numbers: tuple[int, ...]) -> str:
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ", ".join("–".join(map(str, part)) for part in parts)


def dump(findings: Iterable[Finding]) -> str:
    """Findings as one JSON list, in ASCII, for the way from a child process to its parent."""
    return json.dumps(
        [{"code": f.code, "level": f.level, "places": f.places, "values": dict(f.values)} for f in findings]
    )


def load(text: str) -> tuple[Finding, ...]:
    """Findings from `dump`'s JSON; raises ValueError for anything else, since a child that read a bad file may say anything."""
    try:
        return tuple(_finding(**row) for row in json.loads(text))
    except (TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _finding(code: str, level: Any, places: list[int], values: dict[str, Any]) -> Finding:
    fine = (
        code in WORDS
        and level in LEVELS
        and all(type(place) is int for place in places)
        and all(isinstance(value, str | int | float) for value in values.values())
    )
    if not fine:
        raise ValueError(f"No finding: {code!r}")
    return Finding(code, level, tuple(places), values)


# code → English sentence. {places} are pages or cells; the other names are the finding's values.
WORDS: Mapping[str, str] = {
    # both
    "unreadable": _("The file could not be looked into ({reason}); open it yourself, export it again and upload that."),
    # slides
    "pages": _("The file opens and has {pages} pages."),
    "no_pages": _("The file opens but has no page; export the slides again."),
    "encrypted": _(
        "The file is protected by a password or encryption, so nothing in it was checked; export it without."
    ),
    "encrypted_open": _(
        "The file opens without a password but is encrypted; export it without protection, to be safe."
    ),
    "pages_not_read": _("Only the first {read} of {pages} pages were looked at."),
    "pages_unreadable": _(
        "Page {places} could not be looked into (broken, or drawn in very many steps); check that it displays well."
    ),
    "no_text": _(
        "No page has any text that can be selected, so words and numbers were not checked; export as text, not as images."
    ),
    "slide_numbers": _("The slides are numbered."),
    "slide_numbers_missing": _(
        "No slide number was found on page {places}; listeners ask by number, so switch numbers on."
    ),
    "words": _("No slide is crowded: a median of {median} words, at most {most}."),
    "words_many": _("More than {limit} words (up to {most}) stand on page {places}; cut or split, and say the rest."),
    "sentences_few": _("The slides avoid full sentences."),
    "sentences": _("Full sentences ({sentences}) stand on page {places}; shorten them to key words where you can."),
    "fonts_embedded": _("All fonts are embedded."),
    "fonts_not_embedded": _(
        "Fonts are not embedded ({names}; page {places}), so text may look different elsewhere; embed them on export."
    ),
    "aspect": _("The slides have the format {ratio}."),
    "aspect_portrait": _(
        "The pages are upright ({width} × {height} mm), like a document; a projector is wide, so use 16:9 or 4:3."
    ),
    "aspect_other": _("The pages have an unusual format ({width} × {height} mm); 16:9, 16:10 or 4:3 fill a projector."),
    "sizes_unequal": _("The size differs from the rest on page {places}; give all slides one size."),
    "minutes": _("Roughly {low}–{high} minutes, estimated from {slides} slides."),
    "minutes_short": _(
        "Roughly {low}–{high} minutes, estimated from {slides} slides, planned are {least}–{most}; rehearse with a clock."
    ),
    "minutes_long": _(
        "Roughly {low}–{high} minutes, estimated from {slides} slides, planned are {least}–{most}; rehearse with a clock."
    ),
    # notebooks: the file
    "nbformat": _("The notebook is valid and has {cells} cells."),
    "nbformat_old": _("The notebook is in the old format {version}; open it in a current Jupyter and save it again."),
    "not_python": _("The notebook's language is {language}, so its code was not checked."),
    "no_code": _("The notebook has no code."),
    "cells_not_read": _("Only the first {read} cells were looked at, since the notebook is very long."),
    "runs_in_order": _("All cells were run in order, from the first to the last."),
    "never_run": _("No cell was run before saving; restart the kernel, run all cells and save."),
    "cells_not_run": _("Not run before saving: cell {places}; restart the kernel, run all cells and save."),
    "order_broken": _("Run before a cell above: cell {places}; restart the kernel, run all cells and save."),
    "order_gaps": _(
        "The numbers of the runs have gaps, first at cell {cell}; restart the kernel, run all cells and save."
    ),
    "no_errors": _("No output shows an error."),
    "errors_in_outputs": _(
        "Errors ({names}) show in the output of cell {places}; mend them, or say in the text that they are meant."
    ),
    "outputs_size": _("The outputs take {megabytes} MB."),
    "outputs_large": _(
        "The outputs take {megabytes} MB, most of it in cell {places}; shorten them or save figures smaller."
    ),
    "cells_long": _("More than {limit} lines (up to {most}) in cell {places}; split by what is done."),
    "cells_empty": _("Empty: cell {places}; delete what nobody needs."),
    # notebooks: the code
    "syntax_errors": _("Not readable as Python: cell {places}; check that all runs in a fresh kernel."),
    "seeds": _("Seeds are set ({names})."),
    "seeds_missing": _(
        "No seed is set; set one at the top, such as torch.manual_seed(0), so that others get your results."
    ),
    "seeds_partly": _("Seeds are set ({names}), but none for {library}; add its own, so that others get your results."),
    "library": _("The notebook uses {library}."),
    "library_missing": _("The notebook does not import {library}; the seminar asks for it."),
    "weights_saved": _("The weights are saved ({names})."),
    "weights_not_saved": _(
        "No trained weights are saved; save them, with torch.save or save_pretrained, and say where they are."
    ),
    "functions_documented": _("All {functions} functions have a docstring or a comment."),
    "functions_bare": _(
        "{lacking} of {functions} functions have no docstring or comment ({names}; cell {places}); say what they do."
    ),
    "local_paths": _(
        "Paths that exist only with you ({names}) in cell {places}; download the files, or keep them beside the notebook."
    ),
    "pip_unpinned": _(
        "Packages without a version ({names}) in cell {places}; write name==version, so that it runs next year."
    ),
    "secret": _(
        "What looks like a secret ({kind}: {begin}…, {length} characters) in cell {places}; revoke it now, and remove it."
    ),
    # notebooks: the text
    "resources_named": _("The text names where data, weights or code come from."),
    "resources_not_named": _(
        "Files are fetched ({names}; cell {places}), and the text does not say from where; list your sources."
    ),
    "paper_url": _("The paper's address is there."),
    "paper_url_missing": _("The paper's address is not there; add {url}."),
    "author_named": _("The author's name is there."),
    "author_missing": _("The author's name is not there; add it near the top."),
    "author_revealed": _(
        "The author's name is in cell {places}, but the reviews are anonymous; leave it out until they are over."
    ),
    "text_ratio": _("The text explains the code: {words} words for {lines} lines."),
    "text_thin": _(
        "There is little text for the code: {words} words for {lines} lines; explain more between the cells."
    ),
    "colab_badge": _("A badge opens the notebook in Colab."),
    "colab_badge_missing": _("No badge opens the notebook in Colab; add one to the first cell."),
}

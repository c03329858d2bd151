"""What the name a student sent a file under says about topic and person, so that the wrong file is caught.

People name their files anyhow, so only a clear statement counts: a warning that is wrong teaches everybody to
overlook the next one.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from submissions.domain.naming import canonical_filename

MAX_CHARACTERS = 255
# A shorter name, in ASCII letters, is too often a word or a part of one.
MIN_LETTERS = 4

# Family names that also are words of file names and titles: they mean a person in the place of a canonical name only.
_ORDINARY = """
    adam april august bach ball band bank baum bayes bell berg best bild bishop black blank block boden book born bright
    brook brown busch bush byte case chain chance chase city code cold cook cross dank data date deep demo draft edge
    ende english euler feld field fields final fisher flood flow fluss flut ford forest fourier freitag friday frost
    gauss gold good grace graph gray great green grey gross hamilton hand hart heat herbst hilbert hill holz home house
    jacobi jahr july june jung kalman kern kette king klar klein kurz lake lang land laplace large last latest linear
    link little long love main major march mark markov marsh mass master mean meer model models monday montag moon moore
    nash nebel neue neumann newton noble noise note notes oral ordner page paper part path peace poisson pool power
    powers price quick rain read regen report review rice rich rivers root rule rush sand satz schnee schnell score
    seminar sharp short small snow sommer song sonntag space speed stark start state stein step stern stone storm story
    street strom student sturm summer swift talk task taylor teich teil term test text thema thesis tong topic tree
    turing turm unnamed untitled wald walker wall wasser water waters week weiss wells west white wiener wild wind
    winter wise wood woods word work young zeit
"""
ORDINARY = frozenset(_ORDINARY.split())

_SHAPE = re.compile(r"(?<![^\W_])(?:topic(?P<topic>\d{1,4})|notopic)_(?P<family>[^_]+)_", re.IGNORECASE)
# Not a year, not a part of something longer (3D, 3.5, 12.01.), and no list or range (3-4, 3 and 4).
_TOPIC = re.compile(
    r"(?<![^\W_])(?:topic|thema)[\s_#.:–-]*(?:n(?:o|r|umber|ummer)[\s_#.:–-]*)?"
    r"(?!(?:19|20)\d\d(?!\d))(\d{1,4})"
    r"(?![^\W_]|[.,]\d|\s*(?:[-–+&,/]|and|und|to|bis)\s*\d{1,2}(?!\d))",
    re.IGNORECASE,
)
# Canonical names write ü as ue; many people write u.
_WITHOUT_DOTS = str.maketrans("äöüåøÄÖÜÅØ", "aouaoAOUAO")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a name says that does not fit who sent it, in the name's own words: ``03`` or ``Wiśniewski``."""

    kind: Literal["topic", "person"]
    said: str


class _Word(NamedTuple):
    """Letters or digits in a row: their place in a text, and how they may be spelled in ASCII."""

    start: int
    end: int
    spellings: frozenset[str]


class _Family(NamedTuple):
    """A family name: how it may be spelled in ASCII in one piece, and all its rows of words."""

    spellings: frozenset[str]
    rows: list[list[_Word]]


def mistaken(
    sent_name: str, *, own_topic: int | None, own_family: str, others: Mapping[str, int | None], own_words: str = ""
) -> Mistake | None:
    """Return how a file's name contradicts who sent it, or None; a wrong topic goes before a wrong person.

    sent_name: any text, of which the first 255 characters are read. others: the family names of the other students,
    in any script, with their topics. own_words: what else the sender may well write, such as the given name and the
    title of the topic; nobody's name is read out of it. Raises nothing.

    - A topic is stated by ``Topic`` or ``Thema`` with a number. It is wrong if the sender has another one; several
      different ones are wrong if all of them belong to other students.
    - A person is stated by a family name as whole words, in any script or spelled as in canonical names, and wrong if
      the sender's own name occurs nowhere. Names of fewer than four letters and ordinary words do not count.
    - ``Topic03_Family_``, as canonical names begin, speaks for the whole name. No further topic is looked for, every
      family name counts in that place, and with one's own there nobody else is looked for. If just one of sender and
      file has a topic, the own name elsewhere is taken for a word of a title.
    """
    name = _visible(sent_name[:MAX_CHARACTERS])
    shape = _SHAPE.search(name)
    topics = _TOPIC.findall(name) if shape is None else [shape["topic"]] if shape["topic"] else []
    if own_topic is not None and _is_wrong({int(topic) for topic in topics}, own_topic, others):
        return Mistake("topic", topics[0])
    own = _family(own_family)
    place = _spellings(shape["family"]) if shape else frozenset()
    if place & own.spellings:
        return None
    suspects = [family for family in map(_family, others) if own.spellings.isdisjoint(family.spellings)]
    in_place = [family for family in suspects if place & family.spellings]
    if shape and in_place and (shape["topic"] is None) != (own_topic is None):
        return Mistake("person", shape["family"])
    words, harmless = _read(name), _read(own_words)
    if _find(words, own) or _holds(name, own_family):
        return None
    if shape and any(not _find(harmless, family) for family in in_place):
        return Mistake("person", shape["family"])
    distinct = (family for family in suspects if _is_distinct(family) and not _find(harmless, family))
    found = next(filter(None, (_find(words, family) for family in distinct)), None)
    return Mistake("person", name[slice(*found)]) if found else None


def _is_wrong(stated: set[int], own_topic: int, others: Mapping[str, int | None]) -> bool:
    if not stated or own_topic in stated:
        return False
    return len(stated) == 1 or stated <= set(others.values())


def _holds(name: str, own_family: str) -> bool:
    """Is the name, unless too short to tell, a part of a word: 王 of 王芳, Wolf of AWolf?"""
    own = _visible(own_family).casefold()
    return own in name.casefold() and (len(own) >= MIN_LETTERS or not own.isascii())


def _is_distinct(family: _Family) -> bool:
    """Can the name stand anywhere and still mean the person?"""
    letters = min(sum(map(str.isalpha, spelling)) for spelling in family.spellings)
    return letters >= MIN_LETTERS and family.spellings.isdisjoint(ORDINARY)


def _find(words: Sequence[_Word], family: _Family) -> tuple[int, int] | None:
    """Return where the first of the family name's rows begins and ends among the words."""
    for row in family.rows:
        for first in range(len(words) - len(row) + 1):
            part = words[first : first + len(row)]
            if all(one.spellings & other.spellings for one, other in zip(part, row, strict=True)):
                return part[0].start, part[-1].end
    return None


def _family(name: str) -> _Family:
    spellings = _spellings(name)
    rows = [_read(written) for written in (name, *sorted(spellings))]
    return _Family(spellings, [row for row in rows if row])


def _read(text: str) -> list[_Word]:
    words, start = [], 0
    for kind, run in groupby(_visible(text), key=_kind):
        piece = "".join(run)
        if kind:
            words.append(_Word(start, start + len(piece), _spellings(piece)))
        start += len(piece)
    return words


def _visible(text: str) -> str:
    """Return the text composed and without control, format and unknown characters, which people do not see."""
    return unicodedata.normalize("NFC", "".join(c for c in text if unicodedata.category(c)[0] != "C"))


def _kind(character: str) -> str:
    """Tell letters with their marks from digits; anything else stands between words."""
    category = unicodedata.category(character)[0]
    return "letter" if category in "LM" else "digit" if category == "N" else ""


def _spellings(text: str) -> frozenset[str]:
    """Return, in lower case, the ASCII that a family name has in canonical names, with ü as ue and as u."""
    plain = unicodedata.normalize("NFC", text).translate(_WITHOUT_DOTS)
    return frozenset(canonical_filename(None, each, "", "").split("_")[1].lower() for each in {text, plain})

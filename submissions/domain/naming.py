"""Names of submitted files: one canonical, portable name for storage, and the uploader's own name made safe.

A canonical name holds only ``A-Z a-z 0-9 _ . -``, has at most 120 bytes, starts with neither dot nor dash,
and is no reserved device name, so it works on Linux, macOS and Windows. Scripts other than Latin are
transliterated character by character by ``anyascii`` (ISC licence, pure Python, no context, no language).
"""

import re
import unicodedata
from string import Formatter

from anyascii import anyascii

MAX_BYTES = 120
MAX_DISPLAY_CHARACTERS = 120
MAX_TOPIC_NUMBER = 9999
DEFAULT_TEMPLATE = "Topic{topic:02}_{family}_{title}"
NO_TOPIC = "NoTopic"
UNNAMED = "Unnamed"
UNTITLED = "Untitled"
FIELDS = ("topic", "family", "title")

# Caps on every piece but the title: together they leave the title at least 31 of the 120 bytes.
_MAX_FAMILY = 40
_MAX_EXTENSION = 16
_MAX_LITERAL = 24

# anyascii has no language and drops the marks (ö to o, å to a); German and Nordic usage writes two letters.
_TWO_LETTERS = dict(zip("äöüßåøæœþ", ("ae", "oe", "ue", "ss", "aa", "oe", "ae", "oe", "th"), strict=True))
_TWO_LETTERS |= {letter.upper(): pair.capitalize() for letter, pair in _TWO_LETTERS.items() if letter != "ß"}
_TWO_LETTERS["ẞ"] = "SS"
_TWO_LETTER_PATTERN = re.compile("[" + "".join(_TWO_LETTERS) + "]")
_APOSTROPHES = str.maketrans("", "", "'`´‘’‛′ʹʻʼʽˈ＇׳״")
_RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)", re.IGNORECASE)
# A width without the zero would pad with spaces.
_SPECS = {"topic": re.compile(r"(0[1-4])?d?"), "family": re.compile(""), "title": re.compile("")}


def canonical_filename(topic_number: int | None, family_name: str, title: str, extension: str) -> str:
    """Return the portable file name of a submission, such as ``Topic03_Grossmann_DiffusionModels.ipynb``.

    The topic has two digits (three or four from 100 on), or reads ``NoTopic`` for None. Family name and title
    become ASCII in CamelCase; empty ones read ``Unnamed`` and ``Untitled``. The title is cut at a word
    boundary where one is in reach. The extension is given with or without its dot. Raises ValueError for a
    topic number outside 0 to 9999.
    """
    return render_template(
        DEFAULT_TEMPLATE, topic_number=topic_number, family_name=family_name, title=title, extension=extension
    )


def canonical_alias(alias: str, extension: str) -> str:
    """Return the portable file name of an anonymous submission: ``Submission 7`` gives ``Submission7.ipynb``.

    An alias with no usable character reads ``Unnamed``; a long one is cut as a title is.
    """
    ending = _ending(extension)
    return _unreserved(_cut(_words(alias), MAX_BYTES - 1 - len(ending)) or UNNAMED) + ending


def check_template(template: str) -> str | None:
    """Return what is wrong with a naming template in one sentence, or None if it can be used.

    A template is literal text of ``A-Z a-z 0-9 _ . -`` (at most 24 characters, starting with neither dot nor
    dash) with the fields ``{topic}``, ``{family}``, ``{title}``, each at most once and at least one. Only the
    topic takes a format, a width of 1 to 4 digits with zeros: ``{topic:02}``.
    """
    try:
        pieces = list(Formatter().parse(template))
    except ValueError:
        return "The braces of the template do not form fields such as {topic}."
    literal = "".join(text for text, *_ in pieces)
    fields = [field for _, field, *_ in pieces if field is not None]
    specs = [(field, spec or "") for _, field, spec, _ in pieces if field in _SPECS]
    checks = (
        (set(fields) <= set(FIELDS), "The template may use only the fields {topic}, {family} and {title}."),
        (fields, "The template needs at least one of {topic}, {family} and {title}."),
        (len(fields) == len(set(fields)), "The template uses a field twice."),
        (not any(piece[3] for piece in pieces), "A field must not carry a conversion such as !r."),
        (
            all(_SPECS[field].fullmatch(spec) for field, spec in specs if field),
            "Only the topic takes a format, a width such as {topic:02}.",
        ),
        (
            re.fullmatch(r"[A-Za-z0-9_.-]*", literal),
            "Between the fields only ASCII letters, digits, underscore, dot and dash are allowed.",
        ),
        (not template.startswith((".", "-")), "The template must not start with a dot or a dash."),
        (len(literal) <= _MAX_LITERAL, f"The text between the fields exceeds {_MAX_LITERAL} characters."),
    )
    return next((problem for holds, problem in checks if not holds), None)


def render_template(template: str, *, topic_number: int | None, family_name: str, title: str, extension: str) -> str:
    """Return the portable file name that a seminar's own template gives, with the extension added.

    The pieces are those of ``canonical_filename``. Without a topic number the field reads ``NoTopic`` and
    takes the place of a literal ``Topic`` right before it. Raises ValueError with ``check_template``'s
    sentence for a bad template, and for a topic number outside 0 to 9999.
    """
    problem = check_template(template)
    if problem:
        raise ValueError(problem)
    if topic_number is None:
        template = re.sub(r"(topic)?\{topic[^}]*\}", NO_TOPIC, template, flags=re.IGNORECASE)
    elif not 0 <= topic_number <= MAX_TOPIC_NUMBER:
        raise ValueError(f"A topic number lies between 0 and {MAX_TOPIC_NUMBER}.")
    pieces = {"topic": topic_number, "family": _cut(_words(family_name), _MAX_FAMILY) or UNNAMED, "title": ""}
    ending = _ending(extension)
    # One byte stays free for the underscore that sets a reserved name apart.
    room = MAX_BYTES - 1 - len(ending) - len(template.format_map(pieces))
    pieces["title"] = _cut(_words(title), room) or UNTITLED
    # A template that ends in dots would give a name Windows cannot open when there is no extension.
    return _unreserved(template.format_map(pieces).rstrip(".")) + ending


def display_name(original: str, extension: str) -> str:
    """Return the name a file was uploaded under, made safe to show: one line, NFC, at most 120 characters.

    Folders, control and format characters (the bidirectional ones among them), private and lone surrogate
    code points are removed, and runs of white space become one space. The name ends in ``extension``, the
    kind the file was accepted as; nothing left of it reads ``Untitled``. It is for display only, never a
    path, and still needs escaping, and ``<bdi>`` around right-to-left letters.
    """
    visible = "".join(" " if c.isspace() else c for c in original if c.isspace() or not _is_hidden(c))
    name = unicodedata.normalize("NFC", " ".join(re.split(r"[/\\]", visible.rstrip("/\\ "))[-1].split()))
    ending = _ending(extension)
    if ending and name.lower().endswith(ending):
        name, ending = name[: -len(ending)], name[-len(ending) :]
    stem = name[: MAX_DISPLAY_CHARACTERS - len(ending)].rstrip()
    return (stem if stem.strip(". ") else UNTITLED) + ending


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs"}


def _words(text: str) -> list[str]:
    """Split any text into ASCII words with a capital first letter; empty if nothing is left."""
    ascii_text = "".join(map(_ascii, _spell_out(unicodedata.normalize("NFC", text).translate(_APOSTROPHES))))
    # Again: some letters (the Cyrillic soft sign, ayin) are themselves transliterated to an apostrophe.
    words = re.findall(r"[A-Za-z0-9]+", ascii_text.translate(_APOSTROPHES))
    return [word[0].upper() + word[1:] for word in words]


def _spell_out(text: str) -> str:
    """Write ä as ae and so on; Ä as AE next to a capital and as Ae elsewhere."""

    def pair(match: re.Match[str]) -> str:
        letters = _TWO_LETTERS[match[0]]
        following = text[match.end() : match.end() + 1]
        neighbour = following if following.isalpha() else text[: match.start()][-1:]
        return letters.upper() if match[0].isupper() and neighbour.isupper() else letters

    return _TWO_LETTER_PATTERN.sub(pair, text)


def _ascii(character: str) -> str:
    """Transliterate a letter, mark or digit; a symbol or other separator becomes a space."""
    category = unicodedata.category(character)
    if character.isascii() or category[0] in "LMN":
        return anyascii(character)
    # Soft hyphens and joiners stand inside words. Emoji must not get through: anyascii spells out names.
    return "" if category == "Cf" else " "


def _cut(words: list[str], room: int) -> str:
    """Join as many whole words as fit; a first word that does not fit is cut itself."""
    joined = "".join(words[:1])[:room]
    for word in words[1:]:
        if len(joined) + len(word) > room:
            break
        joined += word
    return joined


def _ending(extension: str) -> str:
    """Return the extension in lower case with its dot, or an empty string if no usable character is left."""
    parts = ("".join(_words(part)).lower() for part in extension.split("."))
    kept = ".".join(part for part in parts if part)[:_MAX_EXTENSION].rstrip(".")
    return f".{kept}" if kept else ""


def _unreserved(stem: str) -> str:
    """Set a name apart from the devices that Windows sees in it, whatever follows its first dot."""
    return _RESERVED.sub(r"\1_", stem)

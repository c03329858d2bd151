"""A PDF as plain pages: text, size, fonts. The only place that knows pypdf."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pypdf import PageObject, PasswordType, PdfReader, apply_configuration
from pypdf.errors import DependencyError
from pypdf.generic import DictionaryObject

MAX_PAGES = 200  # a talk of 20 minutes has 20 slides, with every step of every build-up perhaps 100
MAX_CHARACTERS = 20_000  # of one page
MAX_FORM_DEPTH = 3
MAX_RESOURCES = 200  # fonts and forms of one page

# Lower than the library's own, so that a page takes seconds at worst. A figure with 100,000 points takes about 3 MB of commands;
# a page beyond these limits counts as not readable, the others are still looked at.
LIMITS: dict[str, Any] = {
    "zlib_maximum_output_length": 8_000_000,
    "lzw_maximum_output_length": 8_000_000,
    "run_length_maximum_output_length": 8_000_000,
    "array_based_stream_maximum_output_length": 8_000_000,
    "stream_decoding_work_maximum_length": 30_000_000,
    "stream_parsing_work_maximum_count": 200_000,
    "xform_maximum_invocations_per_extraction": 200,
    "page_tree_maximum_entries": 20_000,
}


class SlidesError(ValueError):
    """The file gives no pages; `code` says why: encrypted or no_pages."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Page:
    """One page as it is shown. width, height: points of 1/72 inch, after rotation; not_embedded: names of fonts."""

    number: int
    text: str
    width: float
    height: float
    not_embedded: frozenset[str] = frozenset()
    label: str = ""
    readable: bool = True


@dataclass(frozen=True)
class Deck:
    """The first MAX_PAGES pages of a file that has `total` of them."""

    pages: tuple[Page, ...]
    total: int
    encrypted: bool = False


def read_deck(data: bytes) -> Deck:
    """Read a PDF. Raises SlidesError, and whatever the library raises for a broken file."""
    with apply_configuration(**LIMITS):
        try:
            return _deck(PdfReader(io.BytesIO(data), root_object_recovery_limit=1_000))
        except DependencyError:  # AES: its library is not installed, since nothing else here needs it
            raise SlidesError("encrypted") from None


def _deck(reader: PdfReader) -> Deck:
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        raise SlidesError("encrypted")
    total = len(reader.pages)
    if not total:
        raise SlidesError("no_pages")
    labels = _labels(reader)
    pages = tuple(_page(reader, number, labels) for number in range(1, min(total, MAX_PAGES) + 1))
    return Deck(pages, total, reader.is_encrypted)


def _labels(reader: PdfReader) -> list[str]:
    """The names of the pages, which are the slide numbers where a slide is built up over several pages."""
    try:
        return list(reader.page_labels)
    except Exception:  # a luxury: without labels the pages count
        return []


def _page(reader: PdfReader, number: int, labels: list[str]) -> Page:
    """One page; a page that breaks the library is kept, marked as not readable."""
    try:
        page = reader.pages[number - 1]
        width, height = _size(page)
        text = page.extract_text()[:MAX_CHARACTERS]
        fonts = frozenset(_not_embedded(page.get("/Resources"), MAX_FORM_DEPTH))
    except DependencyError:
        raise
    except Exception:
        return Page(number, "", 0, 0, readable=False)
    return Page(number, text, width, height, fonts, labels[number - 1] if number <= len(labels) else "")


def _size(page: PageObject) -> tuple[float, float]:
    box, unit = page.cropbox, float(page.user_unit)
    width, height = abs(float(box.width)) * unit, abs(float(box.height)) * unit
    return (height, width) if page.rotation % 180 else (width, height)


def _not_embedded(resources: Any, depth: int) -> Iterator[str]:
    """Names of the fonts without a font file, in these resources and in the forms that they draw."""
    resources = _dictionary(resources)
    for font in list(_dictionary(resources.get("/Font")).values())[:MAX_RESOURCES]:
        if not _embedded(_dictionary(font)):
            yield _font_name(_dictionary(font))
    if depth:
        for form in list(_dictionary(resources.get("/XObject")).values())[:MAX_RESOURCES]:
            yield from _not_embedded(_dictionary(form).get("/Resources"), depth - 1)


def _embedded(font: DictionaryObject) -> bool:
    if font.get("/Subtype") == "/Type3":  # its letters are drawn inside the file
        return True
    if font.get("/Subtype") == "/Type0":
        descendants = font["/DescendantFonts"].get_object()
        font = _dictionary(descendants[0])  # type: ignore[index]  # an array; anything else marks the page as not readable
    descriptor = _dictionary(font.get("/FontDescriptor"))
    return any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def _font_name(font: DictionaryObject) -> str:
    """The name without the slash and without the six letters that mark a subset."""
    name = str(font.get("/BaseFont", "/unnamed")).removeprefix("/")
    return name[7:] if name[6:7] == "+" else name


def _dictionary(value: Any) -> DictionaryObject:
    value = value.get_object() if hasattr(value, "get_object") else value
    return value if isinstance(value, DictionaryObject) else DictionaryObject()

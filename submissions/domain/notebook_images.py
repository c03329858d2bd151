"""Pictures of a notebook: told apart by their first bytes, measured from their headers, and named by their content."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from submissions.domain.notebook_draft import Draft, escape
from submissions.domain.notebook_svg import inert_svg

MAX_SIDE = 20_000  # pixels
MAX_PIXELS = 50_000_000  # a browser unpacks four bytes for each
MAX_IMAGES = 60  # of one cell

_DATA_ADDRESS = re.compile(
    r"data:image/[a-z+.-]{1,20}(?:;[a-z0-9=_-]{1,30}){0,3};base64,([A-Za-z0-9+/=%_-]*+)", re.IGNORECASE
)
_JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def kind_of(data: bytes) -> tuple[str, str, int, int] | None:
    """Extension, MIME type, width and height in pixels of a PNG, JPEG, GIF or WebP; None for anything else, or without a size."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
        size = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        found = "png", "image/png", *size
    elif data[:6] in {b"GIF87a", b"GIF89a"}:
        found = "gif", "image/gif", int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    elif data[:3] == b"\xff\xd8\xff":
        found = "jpg", "image/jpeg", *_jpeg_size(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        found = "webp", "image/webp", *_webp_size(data)
    else:
        return None
    width, height = found[2:]
    return found if 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS else None


def add_image(data: bytes, draft: Draft) -> str:
    """Keep a picture and return its file name, or an empty string for what is none, or is too large to be unpacked."""
    found = kind_of(data)
    if found is None and b"<svg" in data[:4096]:
        made = inert_svg(data)
        if made is None:
            return ""
        data, width, height = made
        found = "svg", "image/svg+xml", width, height
    if found is None or len(draft.images) >= MAX_IMAGES:
        return ""
    extension, mime, width, height = found
    name = f"{hashlib.sha256(data).hexdigest()[:32]}.{extension}"
    draft.images[name] = (mime, data, width, height)
    return name


def add_base64(text: str, draft: Draft) -> str:
    """Keep a picture given in base64; an empty string where that is broken."""
    try:
        return add_image(binascii.a2b_base64(text), draft)
    except ValueError:
        return ""


def add_svg(text: str, draft: Draft) -> str:
    """Keep a drawing given as text, or in base64 as some programs write it."""
    return add_image(text.encode(), draft) if "<" in text[:200] else add_base64(text, draft)


def cut_out(text: str, draft: Draft) -> str:
    """The text with every data: address of an image replaced by the image's file name."""
    if "data:" not in text and "DATA:" not in text:
        return text
    return _DATA_ADDRESS.sub(lambda found: add_base64(unquote(found[1]), draft) or "broken", text)


def image_tag(address: str, draft: Draft, *, alt: str = "", title: str = "", width: str = "") -> str:
    """`<img>` for a file name or an attachment, and a sentence for every other address: nothing is fetched.

    alt, title: plain text. width: pixels that the author asked for, as text; the height follows.
    """
    name = _local_name(address.strip(), draft)
    if not name:
        host = _host(address)
        sentence = draft.word("image_elsewhere", host=host) if host else draft.word("image_missing")
        return f'<span class="missing">{escape(alt)} ({sentence})</span>'
    _mime, _data, wide, high = draft.images[name]
    if re.fullmatch(r"[1-9]\d{0,3}(px)?", width):
        asked = int(width.removesuffix("px"))
        wide, high = asked, max(1, round(high * asked / wide))
    described = escape(alt) or draft.word("image")
    hint = f' title="{escape(title)}"' if title else ""
    return f'<img src="{name}" alt="{described}"{hint} width="{wide}" height="{high}" loading="lazy">'


def _local_name(address: str, draft: Draft) -> str:
    if address in draft.images:
        return address
    if not address.startswith("attachment:"):
        return ""
    bundle: Mapping[str, str] = draft.attachments.get(unquote(address.removeprefix("attachment:")), {})
    for mime, content in bundle.items():
        if name := add_svg(content, draft) if mime == "image/svg+xml" else add_base64(content, draft):
            return name
    return ""


def _host(address: str) -> str:
    """The host of an address, for a sentence about it."""
    try:
        return (urlsplit(address).hostname or "")[:100]
    except ValueError:
        return ""


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height of the first frame; (0, 0) where there is none. Segments are walked, not searched."""
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker in _JPEG_SIZES:
            high, wide = data[position + 5 : position + 7], data[position + 7 : position + 9]
            return int.from_bytes(wide, "big"), int.from_bytes(high, "big")
        position += 1 if marker == 0xFF else 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return 0, 0


def _webp_size(data: bytes) -> tuple[int, int]:
    form = data[12:16]
    if form == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if form == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 ":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    return 0, 0

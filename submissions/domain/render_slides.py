"""Draw the pages of a PDF as pictures; runs as a script in a child process with limits: its input is nobody's friend.

Usage: `python -I -B render_slides.py FILE`. Prints one line of JSON in ASCII, at most 20 MB: `{"pages": [{"width",
"height", "text", "image": [MIME type, base64], "thumb": [MIME type, base64]}], "pages_total": n}` or `{"error": code}`.
Codes: too_big, not_a_pdf, encrypted, no_pages, unreadable. Exit status 0 in both cases; anything else (a limit was hit,
the library crashed) means that the file is for download only. Made for 5 s of CPU, 2 GB of address space, no file to
write, no environment, no network.

Width and height are the picture's pixels. A page that could not be drawn, or no longer in time or within the size, has
null for both pictures. The library is pdfium without its JavaScript engine, and forms are not initialised: nothing of
the file is ever run, followed or fetched. Annotations are drawn with the appearance that stands in the file, form
fields not at all.
"""

import base64
import ctypes
import io
import json
import logging
import math
import os
import sys
import threading
import time
import unicodedata
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from PIL import Image
from pypdfium2 import PdfBitmap, PdfDocument, PdfPage  # type: ignore[import-untyped]
from pypdfium2 import raw as pdfium

MAX_BYTES = 26 * 1024**2  # the largest upload, and some
MAX_PAGES = 100
MAX_CHARACTERS = 5_000  # of a page's text
MAX_PICTURES = 14 * 1024**2  # characters of base64; the texts of 100 pages, escaped, are at most 6 MB
SIDE = 1280  # pixels, the longer side of a picture
THUMB = 240, 480  # pixels, at most
FLAT = 2_000  # colours, at most
FLAT_BYTES = 200_000  # with few colours and more bytes, it is a photograph in grey
WHITE = 255, 255, 255, 255

# Seconds of CPU: for one page, for all pictures, and until what is there is printed.
PAGE_SECONDS = 2.0
DRAW_SECONDS = 3.5
LAST_SECONDS = 4.5

Answer = dict[str, object]


def rendered(data: bytes) -> Answer:
    """What the script prints, as plain values; for files one trusts, and one thread at a time.

    A page without an end never ends here, and a hostile one may end the process; the script is the way out of both.
    """
    return deque(_answers(data), maxlen=1).pop()


def fitted(width: float, height: float) -> tuple[int, int]:
    """Pixels of the picture of a page with these sides (any unit): the longer is SIDE. No size makes a wide slide."""
    if not (0 < width < math.inf and 0 < height < math.inf):
        return SIDE, SIDE * 9 // 16
    scale = SIDE / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def plain(text: str) -> str:
    """Words between single spaces, without characters that control, hide, turn the direction or mean nothing."""
    seen = "".join(c for c in text[: 4 * MAX_CHARACTERS] if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(seen.split())[:MAX_CHARACTERS].strip()


def packed(image: Image.Image) -> list[str]:
    """MIME type and base64 of an RGB picture.

    Slides of text and drawings have few colours: a PNG with the best 256 of them differs from the page by 3 of 255 at
    most, while a WebP as large (quality 80) is off by 100 at the edges of red letters. Photographs, scans and gradients
    are for WebP: such a PNG has bands there, and ten times the size. Measured with 20 mixed slides: 45 kB a page, and
    45 ms with the drawing.
    """
    if image.getcolors(FLAT):
        red, green, blue = image.split()
        grey = red == green == blue  # exact and much faster, and many a talk is black on white
        flat = red if grey else image.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        png = _saved(flat, "PNG")
        if len(png) <= FLAT_BYTES:
            return ["image/png", base64.b64encode(png).decode()]
    return ["image/webp", base64.b64encode(_saved(image, "WEBP", quality=80, method=2)).decode()]


def _saved(image: Image.Image, kind: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _answers(data: bytes) -> Iterator[Answer]:
    """The one answer, with every page still empty; asked for another, fills these pages one by one."""
    if error := _refusal(data):
        yield {"error": error}
        return
    begun = time.process_time()
    handle = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not handle:
        locked = pdfium.FPDF_GetLastError() in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
        yield {"error": "encrypted" if locked else "unreadable"}
        return
    with closing(PdfDocument(handle)) as document:
        pages = [_empty(document, number) for number in range(min(len(document), MAX_PAGES))]
        answer: Answer = {"pages": pages, "pages_total": len(document)} if pages else {"error": "no_pages"}
        yield answer
        room = MAX_PICTURES
        for number, slide in enumerate(pages):
            now = time.process_time()
            if now > begun + LAST_SECONDS:
                return
            until = min(now + PAGE_SECONDS, begun + DRAW_SECONDS) if room > 0 else 0
            room -= _fill(slide, document, number, until, room)


def _refusal(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        return "too_big"
    return "" if b"%PDF-" in data[:1024] else "not_a_pdf"


def _empty(document: PdfDocument, number: int) -> dict[str, Any]:
    """A page with its size in pixels, which costs nothing, and neither text nor pictures."""
    size = pdfium.FS_SIZEF()
    pdfium.FPDF_GetPageSizeByIndexF(document, number, size)
    width, height = fitted(size.width, size.height)
    return {"width": width, "height": height, "text": "", "image": None, "thumb": None}


def _fill(slide: dict[str, Any], document: PdfDocument, number: int, until: float, room: int) -> int:
    """Put pictures and text into the slide, as far as the page can be drawn and read. Returns the room taken.

    until: reading of the CPU clock at which drawing ends. Room is in characters of base64; too little ends all drawing.
    """
    taken = 0
    with suppress(Exception), closing(document[number]) as page:  # whatever a broken page makes of the library
        with suppress(Exception):
            if image := _drawn(page, (slide["width"], slide["height"]), until):
                pictures = {"image": packed(image), "thumb": _thumb(image)}
                taken = sum(len(content) for _mime, content in pictures.values())
                if taken <= room:
                    slide |= pictures
        slide["text"] = _text(page)
    return taken


def _drawn(page: PdfPage, size: tuple[int, int], until: float) -> Image.Image | None:
    """The page on white, or None if that takes longer. The library asks whether to pause; a pause is the end here."""
    if time.process_time() >= until:
        return None
    bitmap = PdfBitmap.new_native(*size, pdfium.FPDFBitmap_BGRx, rev_byteorder=True)
    bitmap.fill_rect(WHITE, 0, 0, *size)
    pause = pdfium.IFSDK_PAUSE(version=1)
    pause.NeedToPauseNow = type(pause.NeedToPauseNow)(lambda _pause: time.process_time() >= until)
    flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
    state = pdfium.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, *size, 0, flags, ctypes.byref(pause))
    pdfium.FPDF_RenderPage_Close(page)
    return bitmap.to_pil().convert("RGB") if state == pdfium.FPDF_RENDER_DONE else None


def _thumb(image: Image.Image) -> list[str]:
    small = image.copy()
    small.thumbnail(THUMB, Image.Resampling.BOX)
    return packed(small)


def _text(page: PdfPage) -> str:
    with closing(page.get_textpage()) as text:
        return plain(text.get_text_bounded())


def main(path: str) -> None:
    """Draw in a thread, so that a page without an end loses only itself and those after it."""
    logging.disable()
    with Path(path).open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    latest: deque[Answer] = deque([{"error": "unreadable"}], maxlen=1)
    worker = threading.Thread(target=latest.extend, args=(_answers(data),), daemon=True)
    worker.start()
    while worker.is_alive() and time.process_time() < LAST_SECONDS:
        worker.join(0.1)
    sys.stdout.write(json.dumps(latest[-1]) + "\n")
    sys.stdout.flush()
    os._exit(0)  # nobody waits for the library


if __name__ == "__main__":
    main(*sys.argv[1:])

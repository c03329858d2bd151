"""Notebooks whose pictures are broken, are something else, or unpack without end."""

import base64
import struct
import zlib
from collections.abc import Iterator

from tests.files.corpus_broken import book, code, shown, text
from tests.files.corpus_honest import png
from tests.files.corpus_markup import Made

MB = 1024 * 1024


def notebooks() -> Iterator[Made]:
    good = base64.b64encode(png(2, 2)).decode()
    wrong = {
        "image_png": "!!!!",
        "image_jpeg": "A",
        "image_gif": base64.b64encode(b"<script>alert(1)</script>").decode(),
        "image_webp": "",
    }
    yield (
        "picture_broken_base64",
        "base64 that is none",
        "renders",
        book(*(code("", shown(**{kind: data})) for kind, data in wrong.items())),
    )
    page = base64.b64encode(b"<html><script>alert(1)</script></html>").decode()
    yield (
        "picture_wrong_magic",
        "a web page as a picture",
        "renders",
        book(code("", shown(image_png=page)), text(f"![a](data:image/png;base64,{page})")),
    )
    gif = base64.b64encode(b"GIF89a\x01\0\x01\0\0\0\0!/*<script>alert(1)</script>*/;").decode()
    yield (
        "picture_gif_as_png",
        "a GIF under another type",
        "renders",
        book(code("", shown(image_png=gif)), text(f"![a](data:image/png;base64,{gif})")),
    )
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 20_000_000, 9)
    bomb = (
        png(2, 2)[:16]
        + header
        + struct.pack(">I", zlib.crc32(b"IHDR" + header))
        + struct.pack(">I", len(rows))
        + b"IDAT"
        + rows
    )
    yield (
        "picture_png_bomb",
        "ten billion pixels",
        "renders",
        book(code("", shown(image_png=base64.b64encode(bomb).decode()))),
    )
    yield (
        "picture_many",
        "20,000 pictures",
        "renders",
        book(*(code("", *(shown(image_png=good) for _ in range(100))) for _ in range(200))),
    )
    entities = "".join(f"<!ENTITY a{n} '&a{n - 1};&a{n - 1};'>" for n in range(1, 40))
    laughs = f"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a0 'ha'>{entities}]><svg xmlns='http://www.w3.org/2000/svg'><text>&a39;</text></svg>"
    yield "picture_svg_entities", "a billion laughs", "renders", book(code("", shown(image_svg=laughs)))
    outside = "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg xmlns='http://www.w3.org/2000/svg'><text>&x;</text></svg>"
    yield "picture_svg_file_entity", "a file of the server", "renders", book(code("", shown(image_svg=outside)))
    uses = "".join(f"<g id='g{n}'>" + f"<use href='#g{n - 1}'/>" * 10 + "</g>" for n in range(1, 12))
    tower = f"<svg xmlns='http://www.w3.org/2000/svg'><g id='g0'><rect/></g>{uses}</svg>"
    yield "picture_svg_uses", "drawings of drawings", "renders", book(code("", shown(image_svg=tower)), text(tower))
    attachment = {"attachments": {"../../etc/passwd": {"image/png": good}, "a": {"text/html": page}}}
    yield (
        "picture_attachments",
        "attachments with odd names",
        "renders",
        book({**text("![a](attachment:../../etc/passwd) ![b](attachment:a) ![c](attachment:none)"), **attachment}),
    )
    yield (
        "picture_data_address",
        "20 MB in an address",
        "renders",
        book(text(f"![a](data:image/png;base64,{'A' * 20 * MB})")),
    )

"""Slides drawn as pictures: honest decks look as they should, and the corpus of hostile PDFs stays within limits."""

import base64
import io
import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image, ImageChops, ImageStat

from submissions.domain import render_slides
from submissions.domain.render_slides import fitted, packed, plain, rendered
from tests.files import corpus_pdf_bombs, corpus_pdfs
from tests.files.corpus_pdfs import CATALOG, FONT, Objects, objects, page, pdf, stream

SECONDS = 10  # of CPU; in service 5
BYTES = 1024**3  # in service twice as many; what fills them does so in half the time here
LINE = 20 * 1024**2
RED_CORNER = b"1 0 0 rg 0 0 96 54 re f "  # a tenth of a wide page each way, below on the left
WIDE = b"0 0 960 540"
SLOW = (b"0.5 g " + b" ".join(b"%d 0 m %d 540 l %d 9 l f*" % (n, n * 7 % 960, n * 13 % 960) for n in range(400))) * 200
ENDLESS = {  # one shading is one step for the library: it never asks whether to pause
    9: b"<< /ShadingType 1 /ColorSpace /DeviceRGB /Domain [0 960 0 540] /Function 8 0 R >>",
    8: stream(
        b"{ %s 0 }" % (b"2 copy add sin pop " * 5000),
        b"/FunctionType 4 /Domain [0 960 0 540] /Range [0 1 0 1 0 1]",
    ),
}
SHADED = b"/Resources << /Shading << /S 9 0 R >> /Font << /F1 5 0 R >> >>"
REFUSED = {
    "pdf_0_pages": "no_pages",
    "pdf_binary": "unreadable",
    "pdf_empty": "not_a_pdf",
    "pdf_encrypted": "encrypted",
    "pdf_encrypted_unknown": "encrypted",
    "pdf_head_and_tail": "unreadable",
    "pdf_head_only": "unreadable",
    "pdf_no_root": "unreadable",
    "pdf_reference_to_itself": "no_pages",
    "pdf_root_is_a_page": "no_pages",
    "pdf_truncated": "unreadable",
}
OUT_OF_MEMORY = "pdf_form_recursion"


def deck(
    *contents: bytes, boxes: tuple[bytes, ...] = (WIDE,), more: bytes = b"", parts: Objects | None = None
) -> bytes:
    """A PDF of these pages; the last box goes on. more: added to each page."""
    made: Objects = {1: CATALOG, 5: FONT, **(parts or {})}
    for number, content in enumerate(contents):
        box = boxes[min(number, len(boxes) - 1)]
        made[10 + 2 * number] = page(more, box).replace(b"4 0 R", b"%d 0 R" % (11 + 2 * number))
        made[11 + 2 * number] = stream(content)
    kids = b" ".join(b"%d 0 R" % (10 + 2 * number) for number in range(len(contents)))
    return pdf({**made, 2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(contents))})


def words(text: bytes) -> bytes:
    return b"0 g BT /F1 24 Tf 96 400 Td (%s) Tj ET " % text


def pages_of(data: bytes) -> list[dict[str, Any]]:
    pages: Any = rendered(data)["pages"]
    return list(pages)


def opened(picture: list[str]) -> Image.Image:
    mime, content = picture
    image = Image.open(io.BytesIO(base64.b64decode(content, validate=True)))
    assert Image.MIME[str(image.format)] == mime
    assert image.mode in {"L", "P", "RGB"}
    return image.convert("RGB")


def locked(user: str) -> bytes:
    writer, out = pypdf.PdfWriter(io.BytesIO(deck(words(b"secret")))), io.BytesIO()
    writer.encrypt(user, "owner", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def test_deck_is_drawn_page_by_page() -> None:
    answer = rendered(deck(RED_CORNER + words(b"One"), words(b"Two"), RED_CORNER, boxes=(WIDE, b"0 0 960 720")))
    assert set(answer) == {"pages", "pages_total"}
    assert answer["pages_total"] == 3
    pages: Any = answer["pages"]
    assert [set(slide) for slide in pages] == [{"width", "height", "text", "image", "thumb"}] * 3
    assert [(slide["width"], slide["height"], slide["text"]) for slide in pages] == [
        (1280, 720, "One"),
        (1280, 960, "Two"),
        (1280, 960, ""),
    ]
    sizes = [(opened(slide["image"]).size, opened(slide["thumb"]).size) for slide in pages]
    assert sizes == [((1280, 720), (240, 135)), ((1280, 960), (240, 180)), ((1280, 960), (240, 180))]


def test_picture_shows_the_page() -> None:
    slide = pages_of(deck(RED_CORNER + words(b"HHHHHHHH")))[0]
    image, thumb = opened(slide["image"]), opened(slide["thumb"])
    assert image.crop((0, 648, 128, 720)).getcolors() == [(128 * 72, (255, 0, 0))]
    assert image.crop((0, 300, 1280, 648)).getcolors() == [(1280 * 348, (255, 255, 255))]
    assert image.crop((128, 150, 350, 190)).getextrema() == ((0, 255),) * 3  # black letters on white
    assert image.crop((400, 0, 1280, 720)).getcolors() == [(880 * 720, (255, 255, 255))]
    assert thumb.getpixel((10, 130)) == (255, 0, 0)
    assert thumb.getpixel((200, 20)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("box", "size", "thumb"),
    [
        (b"0 0 595.28 841.89", (905, 1280), (240, 339)),
        (b"0 0 300 300", (1280, 1280), (240, 240)),
        (b"0 0 8 4.5", (1280, 720), (240, 135)),
        (b"-100 -100 860 440", (1280, 720), (240, 135)),
        (b"0 0 14400 10", (1280, 1), (240, 1)),
        (b"0 0 10 14400", (1, 1280), (1, 480)),
        (b"0 0 9e30 9e30", (989, 1280), (240, 311)),  # the library takes a letter's size for what makes no sense
        (b"0 0 nan inf", (989, 1280), (240, 311)),
        (b"0 0 0 0", (989, 1280), (240, 311)),
    ],
)
def test_page_of_any_size_fits(box: bytes, size: tuple[int, int], thumb: tuple[int, int]) -> None:
    slide = pages_of(deck(RED_CORNER, boxes=(box,)))[0]
    assert (slide["width"], slide["height"]) == opened(slide["image"]).size == size
    assert opened(slide["thumb"]).size == thumb


@pytest.mark.parametrize("side", [0.0, -1.0, float("nan"), float("inf")])
def test_fitted_side_without_a_size_is_a_wide_slide(side: float) -> None:
    assert fitted(side, 540) == fitted(960, side) == (1280, 720)


def test_turned_page_is_drawn_turned() -> None:
    slide = pages_of(deck(RED_CORNER, more=b"/Rotate 90"))[0]
    image = opened(slide["image"])
    assert (slide["width"], slide["height"]) == image.size == (720, 1280)
    assert image.crop((0, 0, 72, 128)).getcolors() == [(72 * 128, (255, 0, 0))]
    assert image.getpixel((36, 1270)) == (255, 255, 255)


def test_transparent_page_lies_on_white() -> None:
    more = b"/Group << /S /Transparency >> /Resources << /ExtGState << /G << /ca 0.5 >> >> >>"
    image = opened(pages_of(deck(b"/G gs " + RED_CORNER, more=more))[0]["image"])
    assert image.getpixel((640, 300)) == (255, 255, 255)
    assert image.crop((0, 650, 120, 720)).getextrema() == ((255, 255), (128, 128), (128, 128))


def test_annotations_are_drawn_and_form_fields_are_not() -> None:
    shapes = [(b"/Square", b"0 0 96 54", b"1 0 0 rg"), (b"/Widget /FT /Tx /V (computed)", b"864 0 960 54", b"0 0 1 rg")]
    box = b"/Type /XObject /Subtype /Form /BBox [0 0 96 54]"
    marks = [
        b"<< /Type /Annot /Subtype %s /Rect [%s] /F 4 /AP << /N %d 0 R >> >>" % (kind, place, number)
        for number, (kind, place, _colour) in enumerate(shapes, start=6)
    ]
    parts = {n: stream(colour + b" 0 0 96 54 re f", box) for n, (_kind, _place, colour) in enumerate(shapes, start=6)}
    slide = pages_of(deck(words(b"One"), more=b"/Annots [%s]" % b" ".join(marks), parts=parts))[0]
    image = opened(slide["image"])
    assert (image.getpixel((64, 700)), image.getpixel((1216, 700))) == ((255, 0, 0), (255, 255, 255))
    assert slide["text"] == "One"


def test_photograph_is_small_and_looks_alike() -> None:
    noise = Image.effect_noise((640, 360), 80)
    photograph = Image.merge("RGB", [noise, noise.rotate(180), Image.linear_gradient("L").resize(noise.size)])
    scan = Image.merge("RGB", [noise, noise, noise])
    for picture in (photograph, scan):
        mime, content = packed(picture)
        assert (mime, len(content) < 640 * 360) == ("image/webp", True)
    ramp = Image.linear_gradient("L")
    sky = Image.merge("RGB", [ramp, ramp.rotate(90), ramp.rotate(180)])
    assert packed(sky)[0] == "image/webp"
    assert max(ImageStat.Stat(ImageChops.difference(opened(packed(sky)), sky)).mean) < 3


def test_page_of_few_colours_is_exact() -> None:
    ramp, none = Image.linear_gradient("L"), Image.new("L", (256, 256))
    for bands in ([ramp, ramp, ramp], [ramp, ramp, none], [none, ramp, ramp]):
        image = Image.merge("RGB", bands)
        assert packed(image)[0] == "image/png"
        assert opened(packed(image)).tobytes() == image.tobytes()
    flat = Image.new("RGB", (640, 360), (3, 90, 156))
    flat.paste((255, 254, 253), (0, 0, 320, 360))
    for number in range(250):
        flat.putpixel((number, 0), (number, 0, 0))
    assert packed(flat)[0] == "image/png"
    assert opened(packed(flat)).tobytes() == flat.tobytes()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  A\r\n talk \t about\xa0it\n", "A talk about it"),
        ("manip\x02ulation\x00 \x1b[31mred\x07", "manipulation [31mred"),
        ("a \x02 b \u202e c", "a b c"),
        ("\u202eexe.\u2066fdp\u200f\ufeff\ue000\ud800", "exe.fdp"),
        ("größer 漢字 😀", "größer 漢字 😀"),
        ("word " * 5_000, ("word " * 1_000).strip()),
        ("x" * 9_999, "x" * 5_000),
        ("\x00\n" * 99_999, ""),
    ],
)
def test_plain_text_has_words_and_nothing_else(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_page_full_of_text_tells_its_beginning() -> None:
    lines = b"BT /F1 4 Tf 5 TL 20 535 Td " + b"(%s) Tj T* " % (b"word " * 80) * 100 + b"ET"
    assert pages_of(deck(lines))[0]["text"] == ("word " * 1_000).strip()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_pdf"),
        (b"PK\x03\x04" + bytes(2000) + b"%PDF-1.7", "not_a_pdf"),
        (b"%PDF-1.7\n" + bytes(26 * 1024**2), "too_big"),
        (deck(), "no_pages"),
        (deck(words(b"A talk"))[:300], "unreadable"),
        (locked("user"), "encrypted"),
    ],
    ids=["empty", "not_a_pdf", "too_big", "no_pages", "truncated", "encrypted"],
)
def test_what_cannot_be_shown_is_refused(data: bytes, code: str) -> None:
    assert rendered(data) == {"error": code}


def test_owner_password_alone_hides_nothing() -> None:
    slide = pages_of(locked(""))[0]
    assert slide["text"] == "secret"
    assert opened(slide["image"]).getextrema() == ((0, 255),) * 3


def test_long_deck_is_drawn_to_its_hundredth_page() -> None:
    answer = rendered(deck(*[words(b"x")] * 150, boxes=(b"0 0 9600 10",)))
    pages: Any = answer["pages"]
    assert answer["pages_total"] == 150
    assert len([slide for slide in pages if slide["image"] and slide["thumb"]]) == len(pages) == 100


def drawn(data: bytes) -> list[tuple[str, bool, bool]]:
    return [(slide["text"], slide["image"] is not None, slide["thumb"] is not None) for slide in pages_of(data)]


def test_slow_page_is_given_up_and_the_rest_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render_slides, "PAGE_SECONDS", 0.5)
    slides = drawn(deck(words(b"One"), words(b"Two") + SLOW, words(b"Three")))
    assert slides == [("One", True, True), ("Two", False, False), ("Three", True, True)]


def test_late_pages_keep_their_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render_slides, "DRAW_SECONDS", 0)
    begun = time.process_time()
    slides = drawn(deck(words(b"One"), words(b"Two") + b"/S sh", more=SHADED, parts=ENDLESS))
    assert slides == [("One", False, False), ("Two", False, False)]
    assert time.process_time() - begun < 5  # the shading takes more than a minute
    monkeypatch.setattr(render_slides, "LAST_SECONDS", -1)
    assert drawn(deck(words(b"One"), words(b"Two"))) == [("", False, False)] * 2


def test_pages_beyond_the_room_keep_their_text(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = [words(text) for text in (b"One", b"Two", b"Three", b"")]
    needed = [len(slide["image"][1] + slide["thumb"][1]) for slide in pages_of(deck(*contents))]
    monkeypatch.setattr(render_slides, "MAX_PICTURES", sum(needed[:2]) + needed[3])
    assert drawn(deck(*contents)) == [
        ("One", True, True),
        ("Two", True, True),
        ("Three", False, False),
        ("", False, False),
    ]


def test_page_that_raises_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(image: Image.Image) -> list[str]:
        if image.getpixel((0, image.height - 1)) == (255, 0, 0):
            raise MemoryError
        return packed(image)

    data = deck(words(b"One"), RED_CORNER + words(b"Two"), words(b"Three"))
    monkeypatch.setattr(render_slides, "packed", broken)
    assert drawn(data) == [("One", True, True), ("Two", False, False), ("Three", True, True)]
    monkeypatch.setattr(render_slides, "_text", lambda _page: 1 // 0)
    assert drawn(data) == [("", True, True), ("", False, False), ("", True, True)]


def test_page_that_cannot_be_loaded_is_skipped() -> None:
    kids = b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>"
    assert sorted(drawn(pdf({**objects(), 2: kids}))) == [("", False, False), ("A talk", True, True)]


def test_library_has_no_engine_for_scripts() -> None:
    assert set(pypdfium2.PDFIUM_INFO.flags) & {"V8", "XFA"} == set()


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def child(*command: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-I", "-B", *command], capture_output=True, preexec_fn=limited, check=False, env={}, cwd=cwd
    )


def test_script_prints_what_rendered_returns(tmp_path: Path) -> None:
    data = deck(RED_CORNER + b"BT /F1 24 Tf 96 400 Td (gr\\366\\337er) Tj ET")
    (tmp_path / "a.pdf").write_bytes(data)
    done = child(render_slides.__file__, str(tmp_path / "a.pdf"), cwd=tmp_path)
    assert (done.returncode, done.stderr, done.stdout.isascii(), done.stdout.count(b"\n")) == (0, b"", True, 1)
    assert json.loads(done.stdout) == rendered(data)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7\n" + bytes(26 * 1024**2))
    assert json.loads(child(render_slides.__file__, str(tmp_path / "b.pdf"), cwd=tmp_path).stdout) == {
        "error": "too_big"
    }


def test_page_without_an_end_leaves_those_before_it(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(deck(words(b"One"), b"/S sh", words(b"Three"), more=SHADED, parts=ENDLESS))
    root = Path(render_slides.__file__).parents[2]
    script = f"import sys; sys.path.insert(0, {str(root)!r}); from submissions.domain import render_slides as r"
    run = "; r.LAST_SECONDS = 1.5; r.main(sys.argv[1])"
    done = child("-c", script + run, str(tmp_path / "a.pdf"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    slides = json.loads(done.stdout)["pages"]
    assert [(slide["text"], bool(slide["image"])) for slide in slides] == [("One", True), ("", False), ("", False)]


def made() -> Iterator[tuple[str, bytes]]:
    for source in (corpus_pdfs, corpus_pdf_bombs):
        for name, _attacks, _expected, data in source.pdfs():
            yield name, data


def assert_clean(name: str, done: subprocess.CompletedProcess[bytes]) -> bytes:
    """The answer of the child for a file of the corpus is as promised; returns the picture of the first page."""
    if name == OUT_OF_MEMORY and done.returncode:
        assert (done.returncode, done.stdout) == (-signal.SIGABRT, b"")
        return b""
    assert (done.returncode, done.stderr) == (0, b""), name
    assert len(done.stdout) < LINE
    assert done.stdout.isascii()
    answer = json.loads(done.stdout)
    assert answer.get("error") == REFUSED.get(name), name
    slides = answer.get("pages", [])
    assert len(slides) == min(answer.get("pages_total", 0), 100)
    for slide in slides[:3]:
        assert slide["image"] is None or opened(slide["image"]).size == (slide["width"], slide["height"])
    return json.dumps(slides[0] if slides else None).encode()


def test_corpus_stays_within_the_limits(tmp_path: Path) -> None:
    """One test, not seventy: the workers of a parallel run would each do the whole work of a shared fixture."""
    files, work = tmp_path / "files", tmp_path / "work"
    files.mkdir()
    work.mkdir()
    originals = dict(made())
    for name, data in originals.items():
        (files / name).write_bytes(data)
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(lambda name: child(render_slides.__file__, str(files / name), cwd=work), originals)
        looks = {name: assert_clean(name, answer) for name, answer in zip(originals, done, strict=True)}
    assert len(looks) >= 60
    assert list(work.iterdir()) == []
    assert {path.name: path.read_bytes() for path in files.iterdir()} == originals
    acting = {name for name, *_ in corpus_pdfs._acting()} - {"pdf_external_stream"}
    assert {looks[name] for name in acting} == {looks["pdf_honest"]}
    assert b'"text": ""' in looks["pdf_external_stream"]

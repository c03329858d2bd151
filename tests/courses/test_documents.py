"""A document reads no file of the machine and asks no other host, whatever stands in it."""

import io
import socket

import pypdf
import pytest

from courses.services import document_pdf


@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "http://127.0.0.1:PORT/a.png", "data:text/css,p{}", "a.png"]
)
def test_document_fetches_nothing(address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0)
        pdf = document_pdf("hostile_document.html", {"address": address.replace("PORT", str(canary.getsockname()[1]))})
        with pytest.raises(BlockingIOError):
            canary.accept()
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert dict(reader.attachments) == {}
    assert [image for page in reader.pages for image in page.images] == []
    assert "Words" in reader.pages[0].extract_text()

"""The grade record as a PDF."""

from datetime import datetime

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal
from grading.models import ReleasedGrade


def record_pdf(released: ReleasedGrade, *, now: datetime, style: str) -> bytes:
    """Render what was released as an A4 document; `style` is the packaged stylesheet, the only asset it may read."""
    try:
        import weasyprint  # noqa: PLC0415  (1.3 s and 60 MB: only where a PDF is made; OSError without Pango)
    except OSError:
        raise Refusal(
            "no_pdf",
            _(
                "This server cannot make PDF files: its administrator must install Pango. The page shows the same record."
            ),
            status=503,
        ) from None
    context = {"released": released, "participant": released.participant, "seminar": released.participant.seminar}
    html = render_to_string("grading/record.html", {**context, "now": now, "style": style})
    document = weasyprint.HTML(string=html, url_fetcher=refuse_address)
    pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return pdf


def refuse_address(url: str, **_options: object) -> None:
    """Documents fetch nothing: no file of this machine, no other host."""
    raise ValueError(f"Documents do not fetch addresses: {url}")

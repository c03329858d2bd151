"""Documents on A4: a template and the packaged stylesheet, as a tagged PDF."""

from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal

STYLE = "css/record.css"


def document_pdf(template: str, context: dict[str, Any]) -> bytes:
    """Render a template as PDF/UA-1."""
    pdf: bytes = _page(template, context).write_pdf(pdf_variant="pdf/ua-1")
    return pdf


def document_pages(template: str, context: dict[str, Any]) -> int:
    """How many pages `document_pdf` would have."""
    return len(_page(template, context).render().pages)


def _page(template: str, context: dict[str, Any]) -> Any:
    """The template as WeasyPrint takes it. It may read nothing but the stylesheet, which `style` in it is: no file, no other host."""
    try:
        import weasyprint  # noqa: PLC0415  (1.3 s and 60 MB: only where a PDF is made; OSError without Pango)
    except OSError:
        raise Refusal(
            "no_pdf",
            _("This server cannot make PDF files: its administrator must install Pango. The page shows the same."),
            status=503,
        ) from None
    style = Path(str(finders.find(STYLE))).read_text()
    html = render_to_string(template, {**context, "style": style})
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=())
    return weasyprint.HTML(string=html, url_fetcher=fetcher)

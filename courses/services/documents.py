"""Documents on A4: a template and the packaged stylesheet, as a tagged PDF."""

from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal

STYLE = "css/record.css"
# The newest archival variant of WeasyPrint that is tagged. It is PDF/UA-1 as well, which PDF/A wants to have explained.
VARIANT = "pdf/a-3a"
ALSO_ACCESSIBLE = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


def document_pdf(template: str, context: dict[str, Any]) -> bytes:
    """Render a template as PDF/A-3a that is PDF/UA-1, too: the same bytes for the same data, whatever the hour."""
    pdf: bytes = _page(template, context).write_pdf(pdf_variant=VARIANT, finisher=_say_accessible)
    return pdf


def _say_accessible(_document: Any, pdf: Any) -> None:
    for each in pdf.objects:
        if getattr(each, "extra", {}).get("Type") == "/Metadata":
            end = b"</rdf:RDF>"
            each.stream = [piece.replace(end, ALSO_ACCESSIBLE + end) for piece in each.stream]


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

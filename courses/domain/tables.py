"""Tables as text that a spreadsheet opens as they are meant."""

import csv
import io
from collections.abc import Iterable

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(header: Iterable[str], rows: Iterable[Iterable[object]], *, separator: str = ",") -> str:
    """CSV whose cells stay text: a spreadsheet would compute what begins with an operator."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow([_text(cell) for cell in header])
    for row in rows:
        writer.writerow([_text(cell) for cell in row])
    return out.getvalue()


def _text(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(DANGEROUS) else text

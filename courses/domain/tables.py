"""Tables as CSV that a spreadsheet does not take for anything but text."""

import csv
import io
from collections.abc import Iterable, Sequence

from courses.domain.sheets import FORMULA


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV whose cells stay text: a spreadsheet would compute what begins with an operator."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return out.getvalue()

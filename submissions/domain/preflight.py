"""Is a file what its name says? Runs as a script in a child process with limits; imports nothing but the standard library.

Usage: `python -I preflight.py FILE EXTENSION`; prints the code of the problem, or nothing where there is none.
"""

import json
import sys
from pathlib import Path

PDF_HEAD = b"%PDF-"
PDF_TAIL = b"%%EOF"


def problem(path: Path, extension: str) -> str:
    """The code of what is wrong with the file, or an empty string.

    path: a readable file; extension: with its dot, lower case. Types without a check of their own pass.
    """
    check = {".pdf": _pdf, ".ipynb": _notebook}.get(extension)
    return check(path) if check else ""


def _pdf(path: Path) -> str:
    data = path.read_bytes()
    if PDF_HEAD not in data[:1024]:
        return "not_a_pdf"
    return "" if PDF_TAIL in data[-2048:] else "pdf_cut_off"


def _notebook(path: Path) -> str:
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return "notebook_unreadable"
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        return "not_a_notebook"
    return "" if isinstance(content.get("nbformat"), int) else "not_a_notebook"


if __name__ == "__main__":
    sys.stdout.write(problem(Path(sys.argv[1]), sys.argv[2]))

"""The findings about a file as JSON. Runs as a script in a child process with limits on time, memory and output.

Usage: `python -I preflight_report.py FILE .pdf|.ipynb [OPTIONS]`, where OPTIONS is a JSON object: `minutes` of the talk, least and most;
`paper_url` and `author` that a notebook should name (empty: not asked for); `anonymous`: the name must not be there; `library`: the
module it should import.

`-I` keeps the environment, the working directory and this folder off the import path, so the script adds the project's root,
which it knows from its own place, behind the standard library and the installed packages. Other types give an empty list.
The parent reads the output with `checks.load`.
"""

import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from submissions.domain.check_notebook import check_notebook
from submissions.domain.checks import Finding, dump, found
from submissions.domain.notebook import NotebookError, read_notebook


def report(data: bytes, extension: str, options: Mapping[str, Any] = MappingProxyType({})) -> tuple[Finding, ...]:
    """Findings about a file's bytes. extension: with its dot, lower case; options: as in the usage above."""
    if extension == ".pdf":
        return _slides(data, options)
    if extension == ".ipynb":
        return _notebook(data, options)
    return ()


def _slides(data: bytes, options: Mapping[str, Any]) -> tuple[Finding, ...]:
    from submissions.domain.check_slides import check_slides  # noqa: PLC0415  (a third of a second, which notebooks need not wait)

    minutes = options.get("minutes")
    return check_slides(data, minutes=(minutes[0], minutes[1])) if minutes else check_slides(data)


def _notebook(data: bytes, options: Mapping[str, Any]) -> tuple[Finding, ...]:
    try:
        notebook = read_notebook(data)
    except NotebookError as error:
        return (found("unreadable", "warning", reason=error.code),)
    asked = {name: options[name] for name in ("paper_url", "author", "anonymous", "library") if name in options}
    return check_notebook(notebook, **asked)


if __name__ == "__main__":
    logging.disable()  # pypdf complains of each fault of a broken file, in megabytes
    path, kind, *options = sys.argv[1:]
    sys.stdout.write(dump(report(Path(path).read_bytes(), kind, json.loads(options[0]) if options else {})))

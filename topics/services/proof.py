"""What a participant downloads to derive a published allocation again, with nothing but Python."""

import io
import json
import zipfile
from pathlib import Path

from topics import domain, queries
from topics.models import AllocationRun

MAIN = '''"""Derive this allocation again: python3 FILE, where FILE is this archive. Unzip it to read the rule and its input."""

import json
import sys
from zipfile import ZipFile

from topics.domain.evidence import solve, verify

document = json.loads(ZipFile(sys.argv[0]).read("allocation.json"))
result = solve(document)
for code, topic in sorted(result.assignment.items()):
    print(code, "-" if topic is None else topic)
print("How many got rank 1, 2, ...:", *result.profile, "and none:", len(result.unassigned))
problems = verify(document)
for problem in problems:
    print(problem)
print("This is what was published." if not problems else "This is NOT what was published.")
sys.exit(bool(problems))
'''


def document_json(run: AllocationRun) -> str:
    """Input, draw and result of a run under codes, as JSON for people and programs."""
    return json.dumps(queries.document_of(run), indent=1, sort_keys=True) + "\n"


def proof_archive(run: AllocationRun) -> bytes:
    """A Python zip application: the rule as it stands in this program, the run's input, and a main that compares."""
    out = io.BytesIO()
    folder = Path(domain.__path__[0])
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("__main__.py", MAIN), ("allocation.json", document_json(run)), ("topics/__init__.py", "")):
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), text)
        for path in sorted(folder.glob("*.py")):
            archive.writestr(zipfile.ZipInfo(f"topics/domain/{path.name}", (2000, 1, 1, 0, 0, 0)), path.read_text())
    return out.getvalue()

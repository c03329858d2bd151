"""What a web worker loads when it starts."""

import os
import subprocess
import sys

HEAVY = {"weasyprint", "openpyxl", "networkx", "numpy", "scipy", "pandas", "pypdf", "PIL"}
SCRIPT = f"""
import sys, seminar.wsgi, seminar.urls
print(sorted({HEAVY!r} & {{name.partition(".")[0] for name in sys.modules}}))
"""


def test_a_web_worker_imports_nothing_heavy_at_start() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**os.environ, "DEBUG": "1"}, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")

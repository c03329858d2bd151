"""What a file may look like inside, asked directly and through the child process with its limits."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seminar.services.demo import demo_notebook, demo_pdf
from submissions.domain import preflight
from submissions.services import children, files

NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
DEEP = b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b', "nbformat": 4}'

CASES = [
    pytest.param(".pdf", demo_pdf("A talk"), "", id="pdf"),
    pytest.param(".pdf", b"\n" * 1000 + demo_pdf("A talk"), "", id="pdf-after-junk"),
    pytest.param(".pdf", b"\n" * 2000 + demo_pdf("A talk"), "not_a_pdf", id="pdf-too-late"),
    pytest.param(".pdf", demo_pdf("A talk") + b"\0" * 1000, "", id="pdf-padded"),
    pytest.param(".pdf", demo_pdf("A talk")[:-40], "pdf_cut_off", id="pdf-cut"),
    pytest.param(".pdf", b"", "not_a_pdf", id="pdf-empty"),
    pytest.param(".pdf", NOTEBOOK, "not_a_pdf", id="pdf-is-a-notebook"),
    pytest.param(".ipynb", demo_notebook("A tutorial"), "", id="notebook"),
    pytest.param(".ipynb", NOTEBOOK, "", id="notebook-without-cells"),
    pytest.param(".ipynb", NOTEBOOK.decode().encode("utf-16"), "", id="notebook-utf-16"),
    pytest.param(".ipynb", b"", "notebook_unreadable", id="notebook-empty"),
    pytest.param(".ipynb", NOTEBOOK[:-1], "notebook_unreadable", id="notebook-cut"),
    pytest.param(".ipynb", b"\xff\xfe\xfd", "notebook_unreadable", id="notebook-binary"),
    pytest.param(".ipynb", DEEP, "notebook_unreadable", id="notebook-too-deep"),
    pytest.param(".ipynb", b"7" * 10_000, "notebook_unreadable", id="notebook-huge-number"),
    pytest.param(".ipynb", b"[]", "not_a_notebook", id="notebook-is-a-list"),
    pytest.param(".ipynb", b"null", "not_a_notebook", id="notebook-is-null"),
    pytest.param(".ipynb", b'{"cells": {}, "nbformat": 4}', "not_a_notebook", id="notebook-cells-no-list"),
    pytest.param(".ipynb", b'{"cells": [], "nbformat": "4"}', "not_a_notebook", id="notebook-format-no-number"),
    pytest.param(".ipynb", b'{"worksheets": [], "nbformat": 3}', "not_a_notebook", id="notebook-of-2012"),
    pytest.param(".zip", b"anything", "", id="no-check-for-this-type"),
]


@pytest.mark.parametrize(("extension", "data", "code"), CASES)
def test_problem_of_a_file(tmp_path: Path, extension: str, data: bytes, code: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert preflight.problem(path, extension) == code


@pytest.mark.parametrize(
    ("extension", "data", "code"),
    [case for case in CASES if case.id in {"pdf", "pdf-cut", "notebook", "notebook-too-deep", "notebook-binary"}],
)
def test_content_problem_says_the_same_from_the_child_process(
    tmp_path: Path, extension: str, data: bytes, code: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert files.content_problem(path, extension) == code


def test_content_problem_of_a_large_notebook_is_none(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": ["x" * 1000], "outputs": []}
    path = tmp_path / "file"
    path.write_text(json.dumps({"cells": [cell] * 12_000, "nbformat": 4}))
    assert path.stat().st_size > 12_000_000
    assert files.content_problem(path, ".ipynb") == ""


def test_content_problem_of_a_file_that_needs_too_much_memory(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "file"
    path.write_text("[" + "{}," * 2_000_000 + "{}]")
    monkeypatch.setattr(children, "BYTES", 80 * 1024**2)
    assert files.content_problem(path, ".ipynb") == "unreadable"


def test_content_problem_of_a_file_that_takes_too_long(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)  # nobody ever writes into it
    monkeypatch.setattr(children, "SECONDS", 1)
    assert files.content_problem(path, ".pdf") == "unreadable"


def test_content_problem_child_may_not_write_and_sees_no_environment(tmp_path: Path, monkeypatch: Any) -> None:
    script, target = tmp_path / "script.py", tmp_path / "written"
    monkeypatch.setattr(preflight, "__file__", str(script))
    monkeypatch.setenv("SECRET_KEY", "must-not-be-seen")
    script.write_text("import os, sys\nsys.stdout.write(repr('SECRET_KEY' in os.environ))\n")
    assert files.content_problem(target, ".pdf") == "False"
    script.write_text("import sys\nwith open(sys.argv[1], 'w') as file:\n    file.write('x')\n")
    assert files.content_problem(target, ".pdf") == "unreadable"
    assert target.read_bytes() == b""


def test_preflight_runs_as_a_script_without_the_project(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"no pdf")
    command = [sys.executable, "-I", preflight.__file__, str(path), ".pdf"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env={})
    assert (done.stdout, done.stderr) == ("not_a_pdf", "")

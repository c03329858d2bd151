"""Every string has its German, and the compiled catalogue is the one that belongs to the text."""

import gettext
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CATALOGUE = Path("locale/de/LC_MESSAGES/django.po")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what holds strings, so that extracting them again touches nothing."""
    if not shutil.which("xgettext"):
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail("xgettext is not there: `apt-get install gettext`.")
        pytest.skip("xgettext is not there: `apt-get install gettext`.")
    left_out = shutil.ignore_patterns(".*", "var", "tests", "docs", "staticfiles", "__pycache__", "examples")
    shutil.copytree(ROOT, tmp_path / "tree", ignore=left_out)
    return tmp_path / "tree"


def test_every_string_is_translated(tree: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "seminar.settings",
        "DEBUG": "1",
        "DATA_DIR": str(tree / "var"),
    }
    command = [sys.executable, "manage.py", "makemessages", "-l", "de", "--no-obsolete", "--no-location"]
    subprocess.run(command, cwd=tree, env=environment, check=True, capture_output=True)
    for flag in ("--untranslated", "--only-fuzzy"):
        found = subprocess.run(
            ["msgattrib", flag, CATALOGUE], cwd=tree, check=True, capture_output=True, text=True
        ).stdout
        assert found == ""


def test_compiled_catalogue_is_current(tree: Path) -> None:
    subprocess.run(["msgfmt", "--check", "-o", "fresh.mo", CATALOGUE], cwd=tree, check=True, capture_output=True)
    with (tree / "fresh.mo").open("rb") as fresh, (ROOT / CATALOGUE).with_suffix(".mo").open("rb") as committed:
        assert gettext.GNUTranslations(committed)._catalog == gettext.GNUTranslations(fresh)._catalog

"""Links of a notebook: to the web in a new tab, or to places of the same notebook, and to nowhere else."""

from __future__ import annotations

import re
from urllib.parse import unquote

from submissions.domain.notebook_draft import escape

_WEB = re.compile(r"(?:https?://[^/\s]|mailto:)", re.IGNORECASE)


def link(address: str, title: str = "", anchor: str = "") -> str:
    """The opening tag of a link: to the web or a mailbox in a new tab, or to a place of this notebook; any other leads nowhere."""
    address = address.strip()
    target = ""
    if _WEB.match(address):
        target = f' href="{escape(address)}" target="_blank" rel="noreferrer noopener"'
    elif address.startswith("#") and len(address) > 1:
        target = f' href="#{anchor_of(unquote(address[1:]))}"'
    return f"<a{anchor}{target}{title_of(title)}>"


def anchor_of(text: str) -> str:
    """The anchor of a heading's text, or of the name that a link gives it: letters, digits, dashes."""
    words = re.findall(r"\w+", text[:200].replace("'", "").replace("’", ""))
    return "n-" + "-".join(words).lower()


def anchor_from(given: dict[str, str]) -> str:
    """The attribute for an element that its author has named."""
    named = given.get("id") or given.get("name")
    return f' id="{anchor_of(named)}"' if named else ""


def title_of(text: str) -> str:
    """The attribute with what a pointer shows over an element; nothing for an empty text."""
    return f' title="{escape(text)}"' if text else ""

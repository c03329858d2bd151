"""What a person declares with a file: which declarations there are, and whether what was sent is enough."""

from collections.abc import Iterable, Mapping

OWN_WORK, SOURCES, PUBLICATION = "own_work", "sources", "publication"
REQUIRED = {OWN_WORK, SOURCES}
MAX_TEXT = 2000
# SPDX identifier → address of the licence's text
LICENCES: Mapping[str, str] = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "MIT": "https://opensource.org/license/mit",
}


def declared(asked: Iterable[str], sent: Mapping[str, str]) -> dict[str, str]:
    """What of the declarations asked for was sent, as text; a licence that is not on the list counts as none."""
    values = {key: str(sent.get(key, "")).strip()[:MAX_TEXT] for key in asked}
    if values.get(PUBLICATION) not in LICENCES:
        values.pop(PUBLICATION, None)
    return {key: value for key, value in values.items() if value}


def missing(asked: Iterable[str], given: Mapping[str, str]) -> list[str]:
    """The declarations without which a file is not taken; the consent to publish is never one of them."""
    return [key for key in asked if key in REQUIRED and not given.get(key)]

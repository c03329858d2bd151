"""Placeholders in a text that somebody writes: `{name}` is filled in, `{{name}}` is the word in braces."""

import re
from collections.abc import Collection, Mapping

_PLACE = re.compile(r"\{\{([^{}\n]*)\}\}|\{([^{}\n]*)\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with every known placeholder replaced, once: what a value holds is not looked at again."""

    def put(match: re.Match[str]) -> str:
        literal, name = match.groups()
        return f"{{{literal}}}" if literal is not None else values.get(name, match.group())

    return _PLACE.sub(put, text)


def unknown(text: str, known: Collection[str]) -> list[str]:
    """Names in braces that are no placeholders, in their order, each once."""
    names = [match.group(2) for match in _PLACE.finditer(text) if match.group(1) is None]
    return list(dict.fromkeys(name for name in names if name not in known))

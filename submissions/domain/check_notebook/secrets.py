"""Passwords, keys and tokens that must not be in a notebook that others will read.

A finding never repeats a secret: it shows at most its first four characters (a quarter of a short one) and its length.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from submissions.domain.checks import Finding, found

MAX_SECRETS = 20
SHOWN = 4
KEY_LENGTH, KEY_ENTROPY = (
    16,
    3.0,
)  # characters; bits of each: English words in a row have letters only, random hex has 3.5

# Kinds that are known by their form, as documented by those who issue them.
KNOWN = {
    "private key": r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----[^-]{0,6000}",
    "AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})",
    "GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,64}",
    "OpenAI or Anthropic key": r"\bsk-(?:[a-z]{1,12}-)?[A-Za-z0-9_-]{20,250}",
    "Hugging Face token": r"\bhf_[A-Za-z0-9]{30,60}",
    "Slack token": r"\bx(?:ox[abeoprs]|app)-[A-Za-z0-9-]{10,250}|hooks\.slack\.com/services/[A-Za-z0-9/]{20,80}",
    "Google key": r"\bAIza[0-9A-Za-z_-]{35}|\bya29\.[0-9A-Za-z_-]{20,250}|\bGOCSPX-[0-9A-Za-z_-]{20,40}",
    "Weights & Biases key": r"\bwandb\s{1,3}login\s{1,3}(?:--relogin\s)?[0-9a-f]{40}\b",
}
_KNOWN = re.compile("|".join(f"(?P<k{n}>{pattern})" for n, pattern in enumerate(KNOWN.values())))
_KINDS = dict(zip((f"k{n}" for n in range(len(KNOWN))), KNOWN, strict=True))

# A name that ends in what it holds, then a text: name = "…", "name": "…", f(name="…"), os.environ["NAME"] = "…".
_WORDS = r"token|key|secret|passw(?:or)?d|passphrase|pwd|credentials?|auth"
_QUOTED = re.compile(
    rf"({_WORDS})[\"']?\]?\s{{0,4}}(?::\s?str\s{{0,4}})?[:=]\s{{0,4}}[rbuf]?[\"']([^\"'\s]{{6,400}})[\"']", re.I
)
_BARE = re.compile(rf"({_WORDS})=([^\s\"'(){{}}$,;]{{8,400}})|--[\w-]{{0,20}}({_WORDS})\s([^\s\"'$-]{{8,400}})", re.I)
_BEARER = re.compile(r"\b(bearer)\s{1,3}([A-Za-z0-9._-]{20,400})", re.I)
_IN_URL = re.compile(r"://[^/\s:@\"']{0,80}(:)([^/\s@\"'{}$]{6,200})@")
_PLACEHOLDER = re.compile(
    r"your|xxx|\*\*\*|\.\.\.|…|[<>{}$]|example|change_?me|placeholder|insert|dummy|^my_|^(?:the_?)?password$", re.I
)
_RUN = re.compile(rf"[A-Za-z0-9+/]{{{KEY_LENGTH},}}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


def secrets(sources: Iterable[tuple[int, str]], outputs: Iterable[tuple[int, str]]) -> tuple[Finding, ...]:
    """One finding for each secret, with the cells that hold it; sources and outputs are pairs of cell number and text.

    In outputs only the known forms are looked for: printed text is full of long random strings.
    """
    places: dict[tuple[str, str], set[int]] = {}
    for number, text in sources:
        known = list(_known(text))
        for kind, secret in [*known, *_assigned(text, [secret for _, secret in known])]:
            places.setdefault((kind, secret), set()).add(number)
    for number, text in outputs:
        for kind, secret in _known(text):
            places.setdefault((kind, secret), set()).add(number)
    return tuple(_finding(kind, secret, cells) for (kind, secret), cells in list(places.items())[:MAX_SECRETS])


def _finding(kind: str, secret: str, cells: set[int]) -> Finding:
    return found(
        "secret", "warning", cells, kind=kind, begin=secret[: min(SHOWN, len(secret) // 4)], length=len(secret)
    )


def _known(text: str) -> Iterator[tuple[str, str]]:
    for match in _KNOWN.finditer(text):
        yield _KINDS[match.lastgroup or ""], match[0].split()[-1] if match[0].startswith("wandb") else match[0]


def _assigned(text: str, known: list[str]) -> Iterator[tuple[str, str]]:
    """Passwords and keys that are known only by the name they are given."""
    seen = set(known)
    for pattern in (_QUOTED, _BARE, _BEARER, _IN_URL):
        for match in pattern.finditer(text):
            name, value = (group for group in match.groups() if group is not None)
            kind = "password" if name[:4].lower() in {"pass", "pwd", ":"} else "key or token"
            overlaps = any(value in secret or secret in value for secret in seen)
            if not overlaps and not _PLACEHOLDER.search(value) and (kind == "password" or _looks_random(value)):
                seen.add(value)
                yield kind, value


def _looks_random(value: str) -> bool:
    """Whether a text holds a long run of letters and digits as nobody would write it."""
    runs = [run for run in _RUN.findall(value) if re.search(r"\d", run) and re.search(r"[A-Za-z]", run)]
    return bool(_UUID.search(value)) or any(_entropy(run) >= KEY_ENTROPY for run in runs)


def _entropy(text: str) -> float:
    """Shannon's entropy of the characters, in bits for each."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())

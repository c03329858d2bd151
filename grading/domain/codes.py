"""Codes by which a document is verified: sixteen signs of Crockford's alphabet, read as people type them.

The alphabet has no I, L, O and U, so that nothing in a code can be taken for something else; eighty random bits cannot be guessed.
"""

import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BYTES = 10
LENGTH = 16
LONGEST = 100  # what somebody may have typed around it
ALIKE = str.maketrans("ILO", "110")


def write_code(random: bytes) -> str:
    """Ten random bytes as a code of sixteen signs. Raises ValueError for any other number of bytes."""
    if len(random) != BYTES:
        raise ValueError(f"A code is made of {BYTES} bytes.")
    number = int.from_bytes(random)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def read_code(typed: str) -> str | None:
    """The code that somebody typed, in whatever case and with any dashes and spaces; None where it cannot be one."""
    if len(typed) > LONGEST:
        return None
    signs = "".join(sign for sign in unicodedata.normalize("NFKC", typed).upper() if sign.isalnum()).translate(ALIKE)
    return signs if len(signs) == LENGTH and set(signs) <= set(ALPHABET) else None


def in_groups(code: str) -> str:
    """A code as it stands on paper: four groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))

"""Words that rules hold and pages say: marked for translation where they stand, translated where they are shown."""


def marked(sentence: str) -> str:
    """The sentence itself. Imported as `_`, so that `makemessages` finds what it stands around; rules know no Django."""
    return sentence

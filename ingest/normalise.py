r"""One spelling for every text, before anything compares or matches it.

Full-width digits become digits, half-width kana kana, and format characters (Unicode category Cf:
zero-width spaces, joiners, direction marks) vanish. RE2's `\d` knows ASCII digits only, so the
detector net relies on it (de-identification §12, D7).
"""

import unicodedata


def normalise(text: str) -> str:
    """The text in NFKC without format characters. Never longer than 18 times the input."""
    if text.isascii():
        return text
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", visible)

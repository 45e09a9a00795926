"""Which passwords are refused: the first guesses. There are no rules about kinds of letters."""

import unicodedata
from functools import cache
from importlib import resources
from typing import Final

from oauth.accounts.refusals import Rule, WeakPasswordError

SHORTEST: Final = 12
LONGEST: Final = 128
_LONGEST_TYPED: Final = 512  # characters before NFKC, which may fold or unfold them
_FEWEST_KINDS: Final = 5  # of characters, below which a text is a pattern
_SHORTEST_PERSONAL: Final = 4
_DECORATION: Final = "0123456789!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~ "
_MOST_DECORATION: Final = 8  # characters; more of them are a password of their own
_SEPARATORS: Final = str.maketrans("", "", " -/.,+()")
_SOUNDS_LIKE: Final = str.maketrans("013457@$!", "oieastasi")
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "1234567890-^¥",
    "qwertyuiop@[",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん",
)


def normalised(text: object) -> str | None:
    """NFKC, in which the same password typed on two keyboards is the same; None: not a password."""
    if not isinstance(text, str) or len(text) > _LONGEST_TYPED:
        return None
    return unicodedata.normalize("NFKC", text)


def check(text: object, *, local_part: str = "") -> None:
    """Let pass what is not among the first guesses.

    Args:
        text: what the person typed.
        local_part: of the person's e-mail address, which a guesser knows.

    Raises:
        WeakPasswordError: with the first rule that is broken; the text is not quoted.
    """
    password = normalised(text)
    if password is None or not SHORTEST <= len(password) <= LONGEST or _is_broken(password):
        raise WeakPasswordError(f"A password has {SHORTEST} to {LONGEST} characters", Rule.LENGTH)
    folded = password.casefold()
    if _is_repeated(folded):
        raise WeakPasswordError("The password repeats one pattern", Rule.REPEATED)
    if _is_sequence(folded):
        raise WeakPasswordError("The password is a row of neighbouring characters", Rule.SEQUENCE)
    if _is_common(folded):
        raise WeakPasswordError("The password is among the first that are guessed", Rule.COMMON)
    if len(local_part) >= _SHORTEST_PERSONAL and local_part.casefold() in folded:
        raise WeakPasswordError("The password contains the e-mail address's name", Rule.PERSONAL)


def _is_broken(text: str) -> bool:
    """Half a surrogate pair is no character, and NUL ends passwords elsewhere."""
    return any("\ud800" <= one <= "\udfff" or one == "\0" for one in text)


def _is_repeated(text: str) -> bool:
    """`abcabcabcabc`, `aaaabbbbcccc`: a short unit again and again, or hardly any characters."""
    if len(set(text)) < _FEWEST_KINDS:
        return True
    return any(
        text == (text[:length] * len(text))[: len(text)] for length in range(1, len(text) // 2 + 1)
    )


def _is_sequence(text: str) -> bool:
    """`abcdefghijkl`, `098765432109`, `qwertyuiopas`: part of a row, forwards or backwards."""
    rows = (row + row for row in _ROWS)
    return any(text in row or text in row[::-1] for row in rows)


def _is_common(text: str) -> bool:
    """A common word or two with digits and signs around; a telephone number or a date."""
    if text.translate(_SEPARATORS).isdigit():
        return True
    as_it_sounds = text.strip(_DECORATION).translate(_SOUNDS_LIKE)
    cores = (_letters(text), _letters(as_it_sounds))
    return any(
        len(text) - len(core) <= _MOST_DECORATION and _is_one_or_two_words(core) for core in cores
    )


def _letters(text: str) -> str:
    """The letters alone, so that `Pass-Word_2024!` is `password`."""
    return "".join(one for one in text if one.isalpha())


def _is_one_or_two_words(core: str) -> bool:
    words = _common_words()
    return core in words or any(
        core[:place] in words and core[place:] in words for place in range(1, len(core))
    )


@cache
def _common_words() -> frozenset[str]:
    """The packaged list: words in small letters; lines with # are for the reader."""
    text = resources.files("oauth.accounts").joinpath("common_passwords.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())

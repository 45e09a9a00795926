"""Names of persons, in the scripts of Japan, and their initials."""

import re
import unicodedata
from typing import Final

from kernel.errors import BadRequestError
from kernel.json import JsonValue
from oauth.items.reading import members, text

KANA: Final = "#ja-Kana-JP"
HANI: Final = "#ja-Hani-JP"
PARTS: Final = ("family_name", "given_name")

_LONGEST: Final = 50
_KATAKANA: Final = re.compile("[ァ-ヴ][ァ-ヴー・ ]*")  # noqa: TID251 — ours, linear
_LATIN: Final = re.compile("[A-Za-z]")  # noqa: TID251 — ours, linear
_ROWS: Final = {
    "A": "アァ",
    "I": "イィ",
    "U": "ウゥ",
    "E": "エェ",
    "O": "オォヲ",
    "K": "カキクケコ",
    "G": "ガギグゲゴ",
    "S": "サシスセソ",
    "Z": "ザズゼゾ",
    "J": "ジヂ",
    "T": "タツテト",
    "C": "チ",
    "D": "ダデド",
    "N": "ナニヌネノン",
    "H": "ハヒヘホ",
    "F": "フ",
    "B": "バビブベボ",
    "P": "パピプペポ",
    "M": "マミムメモ",
    "Y": "ヤユヨャュョ",
    "R": "ラリルレロ",
    "W": "ワヰヱヮ",
    "V": "ヴ",
}
_HEPBURN: Final = {kana: letter for letter, row in _ROWS.items() for kana in row} | {"ヅ": "Z"}
"""The first letter of each kana in Hepburn's romanisation, as passports use it."""


def read_name(raw: JsonValue) -> dict[str, JsonValue]:
    """A name; one that is not in Latin letters needs its kana, which initials are made from.

    Names keep their characters as they are: normalising would change variant kanji.

    Raises:
        BadRequestError: a part is missing, or is not of its script.
    """
    optional = frozenset(part + script for part in PARTS for script in (KANA, HANI))
    found = members(raw, "name", required=frozenset(PARTS), optional=optional)
    name: dict[str, JsonValue] = {key: text(found[key], key, _LONGEST) for key in found}
    for part in PARTS:
        _settle_kana(name, part)
    return name


def initials(name: dict[str, str]) -> dict[str, str]:
    """`{"family_name": "Y", "given_name": "T"}`: Latin letters, so that no kanji shows."""
    return {part: _initial(name, part) for part in PARTS}


def _settle_kana(name: dict[str, JsonValue], part: str) -> None:
    kana = name.get(part + KANA)
    if kana is None:
        if not _first_latin(str(name[part])):
            raise BadRequestError(f"{part} needs its kana, {part}{KANA}")
        return
    wide = unicodedata.normalize("NFKC", str(kana))
    if not _KATAKANA.fullmatch(wide):
        raise BadRequestError(f"{part}{KANA} is written in katakana")
    name[part + KANA] = wide


def _initial(name: dict[str, str], part: str) -> str:
    kana = name.get(part + KANA)
    return _HEPBURN[kana[0]] if kana else _first_latin(name[part])


def _first_latin(name: str) -> str:
    """The first letter without its accents, or nothing where the name begins otherwise."""
    first = unicodedata.normalize("NFKD", name)[0]
    return first.upper() if _LATIN.match(first) else ""

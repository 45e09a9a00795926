"""The code lists beside this file: versioned data, never code.

Each says its source, its version and how far it reaches. A code that was once given out stays:
values of it are stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, assert_never

import msgspec

from oauth.model.items import Item
from oauth.model.texts import Language


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One code and what it means.

    Attributes:
        parent: the coarser class, or the area that it is part of; empty at the top.
        lower, upper: of a bracket of income, in 万円: from `lower` on, below `upper`.
    """

    code: str
    ja: str
    en: str
    parent: str = ""
    lower: int | None = None
    upper: int | None = None

    def label(self, language: Language) -> str:
        """Its name."""
        return self.ja if language is Language.JA else self.en


class CodeList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list.

    Attributes:
        scheme: of income: survey, year and number of classes.
        bands: of income: the merged brackets.
        top: of languages: those that the coarser granularity names.
    """

    list: str
    version: str
    source: str
    scope: str
    entries: tuple[Entry, ...]
    scheme: str = ""
    bands: tuple[Entry, ...] = ()
    top: tuple[str, ...] = ()

    def by_code(self) -> Mapping[str, Entry]:
        """Every entry under its code."""
        return {entry.code: entry for entry in self.entries}


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a form; `parent` is the option of the same form that it belongs under."""

    code: str
    label: str
    parent: str = ""


@cache
def code_list(name: str) -> CodeList:
    """A list by the name of its file."""
    data = (resources.files("oauth.items") / "codes" / f"{name}.json").read_bytes()
    return msgspec.json.decode(data, type=CodeList)


@cache
def entries(name: str) -> Mapping[str, Entry]:
    """The entries of a list, by code."""
    return code_list(name).by_code()


SAPPORO: Final = "011002"
HOKKAIDO: Final = "01"


def choices(item: Item, language: Language) -> tuple[Choice, ...]:
    """What a form offers for an item, in the order of its lists; nothing for free input."""
    return tuple(
        Choice(entry.code, entry.label(language), entry.parent)
        for name in _lists_of(item)
        for entry in code_list(name).entries
    )


def _lists_of(item: Item) -> tuple[str, ...]:
    match item:
        case Item.GENDER:
            return ("gender",)
        case Item.LOCALITY:
            return ("prefectures",)
        case Item.LANGUAGE:
            return ("languages",)
        case Item.RESIDENCE_AREA:
            return ("prefectures", "municipalities", "wards")
        case Item.INCOME_BRACKET:
            return ("income",)
        case Item.INTERESTS:
            return ("interests",)
        case Item.OCCUPATION:
            return ("occupation",)
        case Item.OPENID | Item.NAME | Item.BIRTH_YEAR | Item.EMAIL | Item.HOUSEHOLD:
            return ()
        case Item.MEMBER_DATA:
            return ()
    assert_never(item)

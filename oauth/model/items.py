"""The items that a person may share, and how finely (seed 004: OAuth規約案, the database's list).

Fineness is part of consent: what is granted at one granularity is granted at every coarser one.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

Granularity: TypeAlias = str


class Item(StrEnum):
    """One switch on the consent page; its text is the OAuth scope as well."""

    OPENID = "openid"
    NAME = "profile.name"
    BIRTH_YEAR = "profile.birth_year"
    GENDER = "profile.gender"
    EMAIL = "email"
    LOCALITY = "address.locality"
    LANGUAGE = "profile.language"
    RESIDENCE_AREA = "profile.residence_area"
    INCOME_BRACKET = "profile.income_bracket"
    INTERESTS = "profile.interests"
    HOUSEHOLD = "profile.household"
    OCCUPATION = "profile.occupation"
    MEMBER_DATA = "member_data"


GRANULARITIES: Final[Mapping[Item, tuple[Granularity, ...]]] = {
    Item.OPENID: ("sub",),
    Item.NAME: ("full", "initials"),
    Item.BIRTH_YEAR: ("year", "5-year", "decade", "adult"),
    Item.GENDER: ("value",),
    Item.EMAIL: ("address", "verified"),
    Item.LOCALITY: ("7-digit", "3-digit", "municipality", "prefecture"),
    Item.LANGUAGE: ("tag", "top"),
    Item.RESIDENCE_AREA: ("ward", "city", "prefecture", "in-city"),
    Item.INCOME_BRACKET: ("bracket", "band"),
    Item.INTERESTS: ("level-2", "level-1"),
    Item.HOUSEHOLD: ("exact", "top-coded", "single-family"),
    Item.OCCUPATION: ("code", "employed"),
    Item.MEMBER_DATA: ("records",),
}
"""Each item's granularities, finest first."""

CHOSEN_BY_PERSON: Final = frozenset({Item.BIRTH_YEAR, Item.LOCALITY, Item.RESIDENCE_AREA})
"""Items whose granularity the person may make coarser than the contract's on the consent page."""

SELF_ITEMS: Final = tuple(one for one in Item if one not in {Item.OPENID, Item.MEMBER_DATA})
"""What a person enters on the profile page."""


def is_no_finer(asked: Granularity, granted: Granularity, item: Item) -> bool:
    """Whether `asked` says as much as `granted` or less.

    Raises:
        ValueError: one of them is not a granularity of the item.
    """
    order = GRANULARITIES[item]
    return order.index(asked) >= order.index(granted)


def coarser_of(one: Granularity, other: Granularity, item: Item) -> Granularity:
    """The one that says less."""
    return one if is_no_finer(one, other, item) else other

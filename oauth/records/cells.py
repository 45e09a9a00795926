"""Which cells of the city's statistics a value falls into (seed 004: the database's list).

Coarser than what anybody may be shown of a person: the table of the identity page, §4, at the
granularity that de-identification §8 names for the city database. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from kernel.json import JsonValue
from kernel.times import Instant
from oauth.items.coarsening import coarsen
from oauth.model.items import Item

GIVEN_ITEMS: Final = (
    Item.LANGUAGE,
    Item.RESIDENCE_AREA,
    Item.GENDER,
    Item.INCOME_BRACKET,
    Item.INTERESTS,
    Item.BIRTH_YEAR,
    Item.HOUSEHOLD,
    Item.OCCUPATION,
)
"""What companies tell of people. Names and addresses are not among it."""

_FIRST_DECADE: Final = 1950
_BEFORE: Final = f"before-{_FIRST_DECADE}"


def cells_of(item: Item, value: JsonValue, now: Instant) -> Iterator[str]:
    """The cells of one value as `items.values.read` made it; none for what is not counted.

    A person is in one cell of an item, but for languages and interests, where each counts.
    """
    match item:
        case Item.LANGUAGE:
            tops = cast("Sequence[str]", coarsen(item, value, "top", now))
            yield from (f"language:{one}" for one in tops)
        case Item.INTERESTS:
            tags = cast("Sequence[str]", coarsen(item, value, "level-1", now))
            yield from (f"interests:{one}" for one in tags)
        case Item.HOUSEHOLD:
            home = cast("Mapping[str, str]", coarsen(item, value, "top-coded", now))
            yield f"household_size:{home['size']}"
            yield f"children:{home['children']}"
        case Item.BIRTH_YEAR:
            yield f"birth_decade:{_decade(cast('int', value))}"
        case Item.RESIDENCE_AREA:
            yield f"residence_area:{_finest(cast('Mapping[str, str]', value))}"
        case Item.INCOME_BRACKET:
            yield f"income_bracket:{cast('Mapping[str, str]', value)['code']}"
        case Item.GENDER:
            yield f"gender:{value}"
        case Item.OCCUPATION:
            yield f"occupation:{value}"
        case Item.OPENID | Item.NAME | Item.EMAIL | Item.LOCALITY | Item.MEMBER_DATA:
            return


def _decade(year: int) -> str:
    """Bottom-coded: the oldest are not told apart."""
    return _BEFORE if year < _FIRST_DECADE else f"{year - year % 10}s"


def _finest(area: Mapping[str, str]) -> str:
    """One cell alone: a ward is not counted in its city and its prefecture as well.

    If it were, a ward that is held back could be had by subtracting the others from the city.
    """
    return area.get("ward") or area.get("municipality") or area["prefecture"]

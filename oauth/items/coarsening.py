"""Saying less: the table of the identity page, §4.

Pure. What is made at one granularity is made from nothing that a finer one would not show as well.
Two granularities are not steps of one ladder: being adult does not follow from a decade, being in
the city does not follow from a prefecture. There `ceiling` counts: what was granted at the decade
answers about adulthood only where the decade settles it.
"""

from collections.abc import Mapping, Sequence
from typing import Final, assert_never, cast

from kernel.json import JsonValue
from kernel.times import Instant
from oauth.items.codelists import HOKKAIDO, SAPPORO, code_list, entries
from oauth.items.names import initials
from oauth.model.calendar import year_in_japan
from oauth.model.items import GRANULARITIES, Granularity, Item, is_no_finer

ADULT_AGE: Final = 18
"""Civil Code, Article 4."""

_TOP_SIZE: Final = 5
_TOP_CHILDREN: Final = 3
_DECADE: Final = 10
_HALF_DECADE: Final = 5


def coarsen(  # noqa: C901, PLR0911 — one case an item
    item: Item,
    value: JsonValue,
    granularity: Granularity,
    now: Instant,
    ceiling: Granularity | None = None,
) -> JsonValue:
    """A value as `items.values.read` made it, said so finely; None where that cannot be said.

    `email` carries `email_verified` beside the address. `ceiling` is the finest that was granted,
    by default what is asked for.

    Raises:
        ValueError: not a granularity of the item, or one finer than `ceiling`.
    """
    if ceiling is not None and not is_no_finer(granularity, ceiling, item):
        raise ValueError("The granularity is finer than the ceiling")
    if granularity not in GRANULARITIES[item]:
        raise ValueError("The item has no such granularity")
    match item:
        case Item.NAME:
            return _name(_object(value), granularity)
        case Item.BIRTH_YEAR:
            return _birth(cast("int", value), granularity, ceiling or granularity, now)
        case Item.EMAIL:
            return _email(_object(value), granularity)
        case Item.LOCALITY:
            return _locality(_object(value), granularity)
        case Item.LANGUAGE:
            return _languages(_texts(value), granularity)
        case Item.RESIDENCE_AREA:
            return _area(_object(value), granularity, ceiling or granularity)
        case Item.INCOME_BRACKET:
            return _income(_object(value), granularity)
        case Item.INTERESTS:
            return _interests(_texts(value), granularity)
        case Item.HOUSEHOLD:
            return _household(_object(value), granularity)
        case Item.OCCUPATION:
            return _occupation(cast("str", value), granularity)
        case Item.OPENID | Item.GENDER | Item.MEMBER_DATA:
            return value  # they have one granularity
    assert_never(item)


def _name(name: Mapping[str, JsonValue], granularity: Granularity) -> JsonValue:
    if granularity == "full":
        return dict(name)
    return initials(cast("dict[str, str]", name))


def _birth(year: int, granularity: Granularity, ceiling: Granularity, now: Instant) -> JsonValue:
    match granularity:
        case "year":
            return str(year)
        case "5-year":
            first = year - year % _HALF_DECADE
            return f"{first}-{first + _HALF_DECADE - 1}"
        case "decade":
            return f"{year - year % _DECADE}s"
        case _:
            return _adulthood(_years_shown(year, ceiling), year_in_japan(now))


def _years_shown(year: int, ceiling: Granularity) -> tuple[int, int]:
    """The first and the last year that the ceiling leaves possible."""
    width = {"5-year": _HALF_DECADE, "decade": _DECADE}.get(ceiling, 1)
    first = year - year % width
    return first, first + width - 1


def _adulthood(years: tuple[int, int], this_year: int) -> str | None:
    """Adult is who surely is: with the year alone, only from the year after the birthday's."""
    first, last = years
    if this_year - last > ADULT_AGE:
        return "adult"
    return "minor" if this_year - first <= ADULT_AGE else None


def _email(email: Mapping[str, JsonValue], granularity: Granularity) -> JsonValue:
    shown = ("email", "email_verified") if granularity == "address" else ("email_verified",)
    return {name: email[name] for name in shown}


def _locality(locality: Mapping[str, JsonValue], granularity: Granularity) -> JsonValue:
    region, municipality = locality["region"], locality["locality"]
    match granularity:
        case "7-digit":
            return dict(locality)
        case "3-digit":
            postal_code = cast("str", locality["postal_code"])[:3]
            return {"postal_code": postal_code, "region": region, "locality": municipality}
        case "municipality":
            return {"region": region, "locality": municipality}
        case _:
            return {"region": region}


def _languages(tags: Sequence[str], granularity: Granularity) -> JsonValue:
    if granularity == "tag":
        return list(tags)
    top = code_list("languages").top
    primary = (tag.partition("-")[0] for tag in tags)
    return list(dict.fromkeys(one if one in top else "other" for one in primary))


def _area(
    area: Mapping[str, JsonValue], granularity: Granularity, ceiling: Granularity
) -> JsonValue:
    match granularity:
        case "ward":
            return dict(area)
        case "city":
            return {name: code for name, code in area.items() if name != "ward"}
        case "prefecture":
            return {"prefecture": area["prefecture"]}
        case _:
            return _in_city(area, ceiling)


def _in_city(area: Mapping[str, JsonValue], ceiling: Granularity) -> JsonValue:
    """Unknown where the municipality was not entered, or is hidden by the ceiling."""
    if area["prefecture"] != HOKKAIDO:
        return {"in_city": False}
    if ceiling == "prefecture" or "municipality" not in area:
        return None
    return {"in_city": area["municipality"] == SAPPORO}


def _income(income: Mapping[str, JsonValue], granularity: Granularity) -> JsonValue:
    if granularity == "bracket":
        return dict(income)
    merged = entries("income")[cast("str", income["code"])].parent
    band = next(one for one in code_list("income").bands if one.code == merged)
    bounds = {"lower": band.lower, "upper": band.upper}
    return {"scheme": income["scheme"], "band": band.code, **bounds}


def _interests(tags: Sequence[str], granularity: Granularity) -> JsonValue:
    if granularity == "level-2":
        return list(tags)
    known = entries("interests")
    return sorted({known[tag].parent or tag for tag in tags})


def _household(household: Mapping[str, JsonValue], granularity: Granularity) -> JsonValue:
    size, children = cast("int", household["size"]), cast("int", household["children"])
    match granularity:
        case "exact":
            return dict(household)
        case "top-coded":
            return {"size": _capped(size, _TOP_SIZE), "children": _capped(children, _TOP_CHILDREN)}
        case _:
            return "single" if size == 1 else "family"


def _capped(number: int, top: int) -> str:
    return str(number) if number < top else f"{top}+"


def _occupation(code: str, granularity: Granularity) -> JsonValue:
    return code if granularity == "code" else entries("occupation")[code].parent


def _object(value: JsonValue) -> Mapping[str, JsonValue]:
    return cast("Mapping[str, JsonValue]", value)


def _texts(value: JsonValue) -> Sequence[str]:
    return cast("Sequence[str]", value)

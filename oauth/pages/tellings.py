"""A value of an item in words: what a company would see, said to the person it is about."""

from collections.abc import Iterable, Mapping
from typing import assert_never, cast

from kernel.json import JsonValue
from oauth.items.codelists import code_list, entries
from oauth.items.names import KANA, PARTS
from oauth.model.items import Granularity, Item
from oauth.pages.words import PageWords


def tell(item: Item, granularity: Granularity, value: JsonValue, words: PageWords) -> str:  # noqa: C901, PLR0911 — one case an item
    """What `items.coarsening.coarsen` made at that granularity, as a person reads it."""
    match item:
        case Item.NAME:
            return _name(_texts(value), granularity, words)
        case Item.BIRTH_YEAR:
            return _birth(str(value), granularity, words)
        case Item.GENDER:
            return _label("gender", str(value), words)
        case Item.EMAIL:
            return _email(_object(value), words)
        case Item.LOCALITY:
            return _locality(_texts(value), words)
        case Item.LANGUAGE:
            return words.list(_language(tag, words) for tag in _list(value))
        case Item.RESIDENCE_AREA:
            return _area(_object(value), words)
        case Item.INCOME_BRACKET:
            return _income(_texts(value), words)
        case Item.INTERESTS:
            return words.list(_label("interests", tag, words) for tag in _list(value))
        case Item.HOUSEHOLD:
            return _household(value, words)
        case Item.OCCUPATION:
            return _occupation(str(value), granularity, words)
        case Item.OPENID | Item.MEMBER_DATA:
            return words(f"item.{item}.value")
    assert_never(item)


def _name(name: Mapping[str, str], granularity: Granularity, words: PageWords) -> str:
    if granularity == "initials":
        return " ".join(f"{name[part]}." for part in PARTS if name[part])
    kana = " ".join(name[part + KANA] for part in PARTS if part + KANA in name)
    whole = " ".join(name[part] for part in PARTS)
    return words("value.name", name=whole, kana=kana) if kana else whole


def _birth(said: str, granularity: Granularity, words: PageWords) -> str:
    match granularity:
        case "year":
            return words("value.birth.year", year=said)
        case "5-year":
            first, _, last = said.partition("-")
            return words("value.birth.5-year", first=first, last=last)
        case "decade":
            return words("value.birth.decade", decade=said.removesuffix("s"))
        case _:
            return words(f"value.birth.{said}")


def _email(email: Mapping[str, JsonValue], words: PageWords) -> str:
    state = words("value.email.verified" if email["email_verified"] else "value.email.unverified")
    address = email.get("email")
    return state if address is None else words("value.email", address=address, state=state)


def _locality(locality: Mapping[str, str], words: PageWords) -> str:
    place = f"{locality['region']}{locality.get('locality', '')}"
    postal_code = locality.get("postal_code")
    if postal_code is None:
        return place
    key = "value.postal" if "-" in postal_code else "value.postal.start"
    return words(key, code=postal_code, place=place)


def _language(tag: str, words: PageWords) -> str:
    known = entries("languages")
    if tag in known:
        return known[tag].label(words.language)
    return words(f"value.language.{tag}") if words.knows(f"value.language.{tag}") else tag


def _area(area: Mapping[str, JsonValue], words: PageWords) -> str:
    if "in_city" in area:
        return words("value.area.in" if area["in_city"] else "value.area.out")
    levels = (("prefecture", "prefectures"), ("municipality", "municipalities"), ("ward", "wards"))
    named = [
        _label(of, str(area[level]), words) for level, of in levels if area.get(level) is not None
    ]
    return words.place(named)


def _income(income: Mapping[str, str], words: PageWords) -> str:
    if "code" in income:
        return _label("income", income["code"], words)
    bands = code_list("income").bands
    return next(one.label(words.language) for one in bands if one.code == income["band"])


def _household(value: JsonValue, words: PageWords) -> str:
    if isinstance(value, str):
        return words(f"value.household.{value}")
    household = _object(value)
    size, children = str(household["size"]), str(household["children"])
    key = "value.household" if children != "0" else "value.household.childless"
    return words(key, size=_persons(size, words), children=_persons(children, words))


def _persons(count: str, words: PageWords) -> str:
    """`5人以上` of the capped number `5+`."""
    key = "value.persons.more" if count.endswith("+") else "value.persons"
    return words(key, count=count.removesuffix("+"))


def _occupation(code: str, granularity: Granularity, words: PageWords) -> str:
    if granularity == "employed":
        return words(f"value.occupation.{code}")
    return _label("occupation", code, words)


def _label(of: str, code: str, words: PageWords) -> str:
    return entries(of)[code].label(words.language)


def _object(value: JsonValue) -> Mapping[str, JsonValue]:
    return cast("Mapping[str, JsonValue]", value)


def _texts(value: JsonValue) -> Mapping[str, str]:
    return cast("Mapping[str, str]", value)


def _list(value: JsonValue) -> Iterable[str]:
    return cast("Iterable[str]", value)

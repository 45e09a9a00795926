"""What a value of each item looks like: checked once, here, whether a person or a company says it.

| item | kept as |
| --- | --- |
| `profile.name` | {"family_name", "given_name", each with "#ja-Kana-JP", "#ja-Hani-JP"} |
| `profile.birth_year` | 1984 |
| `profile.gender` | a code of the list gender |
| `email` | {"email"} |
| `address.locality` | {"postal_code", "region", "locality"}: seven digits, never a street |
| `profile.language` | ["ja", "zh-Hant"]: BCP 47, the preferred one first |
| `profile.residence_area` | {"prefecture", "municipality", "ward"}: JIS X 0401, 0402 |
| `profile.income_bracket` | {"scheme", "code", "lower", "upper"} in 万円, both from the list |
| `profile.interests` | ["culture.music", "food"]: codes of the list interests |
| `profile.household` | {"size", "children"} |
| `profile.occupation` | a code of the list occupation |
"""

import re
import unicodedata
from typing import Final, assert_never

from kernel.errors import BadRequestError
from kernel.json import JsonValue
from oauth.items.codelists import code_list, entries
from oauth.items.names import read_name
from oauth.items.places import read_area, read_locality
from oauth.items.reading import code, members, number, several, text
from oauth.model.items import Item

_EARLIEST_YEAR: Final = 1880
_LATEST_YEAR: Final = 2200
_LONGEST_ADDRESS: Final = 254
_MOST_LANGUAGES: Final = 8
_MOST_INTERESTS: Final = 60
_MOST_PERSONS: Final = 30

_ADDRESS: Final = re.compile(  # noqa: TID251 — ours, linear
    r"[^\s@\"(),:;<>\[\]\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"
)
_LANGUAGE: Final = re.compile(  # noqa: TID251 — ours, linear
    r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|\d{3}))?", re.ASCII
)


def read(item: Item, raw: JsonValue) -> JsonValue:  # noqa: C901, PLR0911 — one case an item
    """The value as it is kept; reading it again changes nothing.

    Raises:
        BadRequestError: it is not a value of the item. The field is named, what it holds never is.
    """
    match item:
        case Item.NAME:
            return read_name(raw)
        case Item.BIRTH_YEAR:
            return number(raw, "birth_year", _EARLIEST_YEAR, _LATEST_YEAR)
        case Item.GENDER:
            return code(raw, "gender", "gender")
        case Item.EMAIL:
            return _email(raw)
        case Item.LOCALITY:
            return read_locality(raw)
        case Item.LANGUAGE:
            return _languages(raw)
        case Item.RESIDENCE_AREA:
            return read_area(raw)
        case Item.INCOME_BRACKET:
            return _income(raw)
        case Item.INTERESTS:
            return _interests(raw)
        case Item.HOUSEHOLD:
            return _household(raw)
        case Item.OCCUPATION:
            return code(raw, "occupation", "occupation")
        case Item.OPENID | Item.MEMBER_DATA:
            raise BadRequestError(f"{item} is not a value that can be entered")
    assert_never(item)


def _email(raw: JsonValue) -> JsonValue:
    found = members(raw, "email", required=frozenset({"email"}))
    address = text(found["email"], "email", _LONGEST_ADDRESS)
    local, _, domain = unicodedata.normalize("NFC", address).rpartition("@")
    kept = f"{local}@{domain.lower()}"
    if not _ADDRESS.fullmatch(kept):
        raise BadRequestError("email is an e-mail address")
    return {"email": kept}


def _languages(raw: JsonValue) -> JsonValue:
    tags = [_language(one) for one in several(raw, "language", _MOST_LANGUAGES)]
    return list(dict.fromkeys(tags))


def _language(raw: JsonValue) -> str:
    """In the case that RFC 5646 §2.1.1 recommends: `zh-Hant-TW`."""
    found = _LANGUAGE.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        raise BadRequestError("language is a tag of BCP 47, such as ja or zh-Hant")
    language, script, region = found.groups()
    parts = (language.lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part)


def _income(raw: JsonValue) -> JsonValue:
    """A bracket without its scheme is refused: surveys draw their classes differently."""
    found = members(
        raw,
        "income_bracket",
        required=frozenset({"scheme", "code"}),
        optional=frozenset({"lower", "upper"}),
    )
    scheme = code_list("income").scheme
    if found["scheme"] != scheme:
        raise BadRequestError(f"scheme is {scheme}")
    bracket = entries("income")[code(found["code"], "code", "income")]
    bounds = {"lower": bracket.lower, "upper": bracket.upper}
    if any(found[name] != bound for name, bound in bounds.items() if name in found):
        raise BadRequestError("lower and upper are those of the bracket")
    return {"scheme": scheme, "code": bracket.code, **bounds}


def _interests(raw: JsonValue) -> JsonValue:
    """Sorted, so that the order in which boxes were ticked tells nothing."""
    tags = {
        code(one, "interests", "interests") for one in several(raw, "interests", _MOST_INTERESTS)
    }
    return sorted(tags)


def _household(raw: JsonValue) -> JsonValue:
    found = members(raw, "household", required=frozenset({"size", "children"}))
    size = number(found["size"], "size", 1, _MOST_PERSONS)
    children = number(found["children"], "children", 0, _MOST_PERSONS - 1)
    if children >= size:
        raise BadRequestError("children is less than size")
    return {"size": size, "children": children}

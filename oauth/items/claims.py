"""OpenID Connect claims (Core §5.1) of values that are as coarse as was granted.

A standard claim appears only where its standard form fits: half a postal code is not one, a band
of years is not a birth date. What has no standard claim is named after its item. `member_data` is
nothing that a person claims: the attribute API alone carries it.
"""

from collections.abc import Mapping
from typing import assert_never, cast

from kernel.json import JsonValue
from oauth.model.items import Granularity, Item

CLAIMS = (
    "sub",
    "family_name",
    "given_name",
    "name_initials",
    "birthdate",
    "birth_band",
    "gender",
    "email",
    "email_verified",
    "address",
    "postal_area",
    "locale",
    "languages",
    "residence_area",
    "income_bracket",
    "interests",
    "household",
    "occupation",
)
"""All that userinfo may say, without the language tags of names; for discovery."""


def claims_of(  # noqa: C901, PLR0911 — one case an item
    item: Item, granularity: Granularity, value: JsonValue
) -> Mapping[str, JsonValue]:
    """The claims that say this value of `items.coarsening.coarsen`."""
    match item:
        case Item.NAME if granularity == "full":
            return cast("Mapping[str, JsonValue]", value)
        case Item.NAME:
            return {"name_initials": value}
        case Item.BIRTH_YEAR:
            return {"birthdate" if granularity == "year" else "birth_band": value}
        case Item.GENDER:
            return {"gender": value}
        case Item.EMAIL:
            return cast("Mapping[str, JsonValue]", value)
        case Item.LOCALITY:
            return _address(cast("Mapping[str, JsonValue]", value), granularity)
        case Item.LANGUAGE:
            return _languages(cast("list[str]", value), granularity)
        case Item.RESIDENCE_AREA:
            return {"residence_area": value}
        case Item.INCOME_BRACKET:
            return {"income_bracket": value}
        case Item.INTERESTS:
            return {"interests": value}
        case Item.HOUSEHOLD:
            return {"household": value}
        case Item.OCCUPATION:
            return {"occupation": value}
        case Item.OPENID | Item.MEMBER_DATA:
            return {}
    assert_never(item)


def _address(address: Mapping[str, JsonValue], granularity: Granularity) -> Mapping[str, JsonValue]:
    if granularity != "3-digit":
        return {"address": address}
    known = {name: part for name, part in address.items() if name != "postal_code"}
    return {"address": known, "postal_area": address["postal_code"]}


def _languages(tags: list[str], granularity: Granularity) -> Mapping[str, JsonValue]:
    """`locale` is the preferred one; a tag that stands for several languages is none."""
    if granularity != "tag":
        return {"languages": tags}
    return {"locale": tags[0], "languages": tags}

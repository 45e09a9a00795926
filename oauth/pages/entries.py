"""What is typed into the form of each item of the profile.

Pure. What a value is stands in `items.values`; here it is only taken apart and put together.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

from kernel.json import JsonValue
from oauth.items.codelists import code_list, entries
from oauth.items.names import KANA
from oauth.model.items import SELF_ITEMS, Item

ENTERED: Final = tuple(one for one in SELF_ITEMS if one is not Item.EMAIL)
"""Items with a form; the e-mail address has a way of its own, by a link."""

Form: TypeAlias = Mapping[str, Sequence[str]]
NAME_FIELDS: Final = {
    "family_name": "family_name",
    "given_name": "given_name",
    "family_kana": f"family_name{KANA}",
    "given_kana": f"given_name{KANA}",
}
AREAS: Final = (
    ("ward", "wards"),
    ("municipality", "municipalities"),
    ("prefecture", "prefectures"),
)


_OTHERS: Final = "other_languages"
_INTERESTS: Final = "interests"
SEVERAL: Final = frozenset({_OTHERS, _INTERESTS})
"""Fields of which several can be ticked."""


def typed_of(item: Item, value: JsonValue) -> dict[str, list[str]]:
    """A kept value as it would have been typed."""
    match item:
        case Item.NAME:
            name = _texts(value)
            return {key: [name[of]] for key, of in NAME_FIELDS.items() if of in name}
        case Item.LOCALITY:
            place = _texts(value)
            codes = {one.ja: one.code for one in entries("prefectures").values()}
            return {
                "postal_code": [place["postal_code"]],
                "region": [codes[place["region"]]],
                "locality": [place["locality"]],
            }
        case Item.LANGUAGE:
            tags = [*cast("Sequence[str]", value)]
            return {"first_language": tags[:1], _OTHERS: tags[1:]}
        case Item.RESIDENCE_AREA:
            area = _texts(value)
            return {"area": [next(area[level] for level, _ in AREAS if level in area)]}
        case Item.INCOME_BRACKET:
            return {"income": [_texts(value)["code"]]}
        case Item.INTERESTS:
            return {_INTERESTS: [*cast("Sequence[str]", value)]}
        case Item.HOUSEHOLD:
            household = cast("Mapping[str, int]", value)
            return {key: [str(household[key])] for key in ("size", "children")}
        case _:
            return {item.rpartition(".")[2]: [str(value)]}


def value_of(item: Item, form: Form) -> JsonValue:
    """What was typed, as `items.values.read` takes it; it says whether that is a value."""
    match item:
        case Item.NAME:
            return {of: text for key, of in NAME_FIELDS.items() if (text := said(form, key))}
        case Item.LOCALITY:
            return {key: said(form, key) for key in ("postal_code", "region", "locality")}
        case Item.LANGUAGE:
            return [*dict.fromkeys([said(form, "first_language"), *ticked(form, _OTHERS)])]
        case Item.RESIDENCE_AREA:
            return _area_value(said(form, "area"))
        case Item.INCOME_BRACKET:
            return {"scheme": code_list("income").scheme, "code": said(form, "income")}
        case Item.INTERESTS:
            return [*ticked(form, _INTERESTS)]
        case Item.HOUSEHOLD:
            return {key: _number(said(form, key)) for key in ("size", "children")}
        case Item.BIRTH_YEAR:
            return _number(said(form, "birth_year"))
        case _:
            return said(form, item.rpartition(".")[2])


def field_at_fault(item: Item, message: str) -> str:
    """The field that an error of `items.values.read` is about; its texts begin with the field."""
    named = message.partition(" ")[0]
    kana = {of: key for key, of in NAME_FIELDS.items()}
    if item is Item.NAME:
        asked = message.rpartition(" ")[2] if "needs its kana" in message else named
        return kana.get(asked, "family_name")
    return _FAULTS.get(named, _FIRST[item])


_FAULTS: Final = {
    name: name for name in ("postal_code", "region", "locality", "size", "children", "birth_year")
}
_FIRST: Final = {
    Item.BIRTH_YEAR: "birth_year",
    Item.GENDER: "gender",
    Item.LOCALITY: "locality",
    Item.LANGUAGE: "first_language",
    Item.RESIDENCE_AREA: "area",
    Item.INCOME_BRACKET: "income",
    Item.INTERESTS: _INTERESTS,
    Item.HOUSEHOLD: "children",
    Item.OCCUPATION: "occupation",
}


def _area_value(code: str) -> JsonValue:
    """The chosen area and all that it is part of."""
    area: dict[str, JsonValue] = {}
    for level, of in AREAS:
        found = entries(of).get(code)
        if found is not None:
            area[level] = code
            code = found.parent
    return area


def said(form: Form, name: str) -> str:
    """The value of a field, without space around it."""
    return next(iter(form.get(name, ())), "").strip()


def ticked(form: Form, name: str) -> Sequence[str]:
    """The values of a field that can have several."""
    return [one for one in form.get(name, ()) if one]


def _number(text: str) -> JsonValue:
    """The number that was typed; what is none stays text, which no item takes."""
    return int(text) if text.isdecimal() and len(text) <= len("2026") else text


def _texts(value: JsonValue) -> Mapping[str, str]:
    return cast("Mapping[str, str]", value)

"""How the form of each item is drawn: fields, labels, choices. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, assert_never

from oauth.items.codelists import choices, entries
from oauth.model.items import Item
from oauth.pages.entries import AREAS, NAME_FIELDS, Form, said, ticked
from oauth.pages.words import PageWords

_AUTOCOMPLETE: Final = {
    "family_name": "family-name",
    "given_name": "given-name",
    "birth_year": "bday-year",
    "postal_code": "postal-code",
    "region": "address-level1",
    "locality": "address-level2",
    "gender": "sex",
    "first_language": "language",
}
_DIGITS: Final = {"inputmode": "numeric"}


class Sort(StrEnum):
    """How a field is drawn."""

    TEXT = "text"
    CHOICE = "choice"  # a list that opens
    ONE = "one"  # radio buttons
    SEVERAL = "several"  # boxes to tick


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `chosen` holds what is ticked, `value` what is typed or selected.

    `choices` are code, label, and whether it is part of the one before.
    """

    name: str
    label: str
    sort: Sort = Sort.TEXT
    value: str = ""
    chosen: tuple[str, ...] = ()
    choices: tuple[tuple[str, str, bool], ...] = ()
    hint: str = ""
    required: bool = True
    autocomplete: str = "off"
    attributes: Mapping[str, str] = field(default_factory=dict)


def fields_of(  # noqa: PLR0911 — one case an item
    item: Item, typed: Form, words: PageWords
) -> tuple[Field, ...]:
    """The fields of an item, filled with what was typed or is kept."""
    match item:
        case Item.NAME:
            return tuple(
                _text(name, typed, words, required="kana" not in name) for name in NAME_FIELDS
            )
        case Item.BIRTH_YEAR:
            return (_text("birth_year", typed, words, _DIGITS | {"maxlength": "4"}),)
        case Item.GENDER:
            return (_listed(item, "gender", Sort.ONE, typed, words),)
        case Item.LOCALITY:
            return (
                _text("postal_code", typed, words, _DIGITS | {"maxlength": "8"}),
                _listed(item, "region", Sort.CHOICE, typed, words),
                _text("locality", typed, words),
            )
        case Item.LANGUAGE:
            return (
                _listed(item, "first_language", Sort.CHOICE, typed, words),
                _listed(item, "other_languages", Sort.SEVERAL, typed, words),
            )
        case Item.RESIDENCE_AREA:
            return (_area(typed, words),)
        case Item.INCOME_BRACKET:
            return (_listed(item, "income", Sort.ONE, typed, words),)
        case Item.INTERESTS:
            return (_listed(item, "interests", Sort.SEVERAL, typed, words),)
        case Item.HOUSEHOLD:
            return tuple(_text(name, typed, words, _DIGITS) for name in ("size", "children"))
        case Item.OCCUPATION:
            return (_listed(item, "occupation", Sort.CHOICE, typed, words),)
        case Item.EMAIL | Item.OPENID | Item.MEMBER_DATA:
            return ()
    assert_never(item)


def _text(
    name: str,
    typed: Form,
    words: PageWords,
    attributes: Mapping[str, str] | None = None,
    *,
    required: bool = True,
) -> Field:
    hint = "edit.kana.hint" if name.endswith("kana") else f"edit.{name}.hint"
    return Field(
        name=name,
        label=words(f"edit.{name}"),
        value=said(typed, name),
        hint=words(hint) if words.knows(hint) else "",
        required=required,
        autocomplete=_AUTOCOMPLETE.get(name, "off"),
        attributes=attributes or {},
    )


def _listed(item: Item, name: str, sort: Sort, typed: Form, words: PageWords) -> Field:
    return Field(
        name=name,
        label=words(f"edit.{name}"),
        sort=sort,
        value=said(typed, name),
        chosen=(*ticked(typed, name),),
        choices=tuple(
            (one.code, one.label, bool(one.parent) and item is Item.INTERESTS)
            for one in choices(item, words.language)
        ),
        autocomplete=_AUTOCOMPLETE.get(name, "off"),
    )


def _area(typed: Form, words: PageWords) -> Field:
    """The most precise first, as most people here live in the city."""
    offered = choices(Item.RESIDENCE_AREA, words.language)
    wards, towns, prefectures = (
        [one for one in offered if one.code in entries(of)] for _, of in AREAS
    )
    return Field(
        name="area",
        label=words("edit.area"),
        sort=Sort.CHOICE,
        value=said(typed, "area"),
        choices=tuple((one.code, one.label, False) for one in (*wards, *towns, *prefectures)),
    )

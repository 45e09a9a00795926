"""The code lists are data; these are the promises that they make."""

from itertools import pairwise

import pytest

from oauth.items.codelists import choices, code_list, entries
from oauth.model.items import SELF_ITEMS, Item
from oauth.model.texts import Language

LISTS = (
    "gender",
    "income",
    "interests",
    "languages",
    "municipalities",
    "occupation",
    "prefectures",
    "wards",
)


@pytest.mark.parametrize("name", LISTS)
def test_every_list_says_its_version_and_scope_and_names_each_code_in_both_languages(
    name: str,
) -> None:
    found = code_list(name)
    assert found.list == name
    assert found.version
    assert found.scope
    assert len(entries(name)) == len(found.entries)
    assert all(one.ja and one.en for one in found.entries)


def check_digit(five: str) -> int:
    """The rule of the Ministry of Internal Affairs (全国地方公共団体コード)."""
    weighed = sum(int(digit) * weight for digit, weight in zip(five, (6, 5, 4, 3, 2), strict=True))
    return (11 - weighed % 11) % 10


@pytest.mark.parametrize("name", ["municipalities", "wards"])
def test_codes_of_areas_carry_their_check_digit(name: str) -> None:
    for code in entries(name):
        assert len(code) == 6
        assert int(code[5]) == check_digit(code[:5])


def test_sapporo_has_its_ten_wards() -> None:
    assert list(entries("wards")) == [
        "011011",
        "011029",
        "011037",
        "011045",
        "011053",
        "011061",
        "011070",
        "011088",
        "011096",
        "011100",
    ]
    assert {one.parent for one in entries("wards").values()} == {"011002"}


def test_there_are_47_prefectures_and_every_area_lies_in_one() -> None:
    assert len(entries("prefectures")) == 47
    assert all(one.parent in entries("prefectures") for one in entries("municipalities").values())


def test_brackets_of_income_touch_and_merge_into_bands() -> None:
    found = code_list("income")
    brackets = found.entries
    assert brackets[0].lower is None
    assert brackets[-1].upper is None
    for one, following in pairwise(brackets):
        assert one.upper == following.lower
    for band in found.bands:
        merged = [one for one in brackets if one.parent == band.code]
        assert (merged[0].lower, merged[-1].upper) == (band.lower, band.upper)
    assert {one.parent for one in brackets} == {band.code for band in found.bands}


def test_tags_of_interests_have_two_levels() -> None:
    tags = entries("interests")
    for code, tag in tags.items():
        assert code == (f"{tag.parent}.{code.rpartition('.')[2]}" if tag.parent else code)
        assert not tag.parent or not tags[tag.parent].parent


def test_a_form_offers_the_codes_of_an_item_with_their_labels() -> None:
    wards = [one for one in choices(Item.RESIDENCE_AREA, Language.JA) if one.parent == "011002"]
    assert [one.label for one in wards][:2] == ["中央区", "北区"]
    assert choices(Item.GENDER, Language.EN)[0].label == "Female"


@pytest.mark.parametrize("item", SELF_ITEMS)
def test_a_form_offers_nothing_where_input_is_free(item: Item) -> None:
    free = {Item.NAME, Item.BIRTH_YEAR, Item.EMAIL, Item.HOUSEHOLD}
    assert bool(choices(item, Language.JA)) is (item not in free)

"""Every granularity of every item, by example; the laws are in tests/property."""

from typing import Any

import pytest
from support.consent_world import VALUES

from kernel.times import parse_instant
from oauth.items.claims import CLAIMS, claims_of
from oauth.items.coarsening import coarsen
from oauth.items.values import read
from oauth.model.items import GRANULARITIES, SELF_ITEMS, Item

NOW = parse_instant("2026-11-21T00:00:00Z")
SCHEME = "jp-stat-kakei-2024-18-merged-6"

EXPECTED: dict[tuple[Item, str], Any] = {
    (Item.NAME, "full"): VALUES[Item.NAME],
    (Item.NAME, "initials"): {"family_name": "O", "given_name": "H"},
    (Item.BIRTH_YEAR, "year"): "1984",
    (Item.BIRTH_YEAR, "5-year"): "1980-1984",
    (Item.BIRTH_YEAR, "decade"): "1980s",
    (Item.BIRTH_YEAR, "adult"): "adult",
    (Item.GENDER, "value"): "female",
    (Item.EMAIL, "address"): {"email": "hanako@mail.example", "email_verified": False},
    (Item.EMAIL, "verified"): {"email_verified": False},
    (Item.LOCALITY, "7-digit"): VALUES[Item.LOCALITY],
    (Item.LOCALITY, "3-digit"): {
        "postal_code": "060",
        "region": "北海道",
        "locality": "札幌市中央区",
    },
    (Item.LOCALITY, "municipality"): {"region": "北海道", "locality": "札幌市中央区"},
    (Item.LOCALITY, "prefecture"): {"region": "北海道"},
    (Item.LANGUAGE, "tag"): ["ja", "zh-Hant"],
    (Item.LANGUAGE, "top"): ["ja", "zh"],
    (Item.RESIDENCE_AREA, "ward"): VALUES[Item.RESIDENCE_AREA],
    (Item.RESIDENCE_AREA, "city"): {"prefecture": "01", "municipality": "011002"},
    (Item.RESIDENCE_AREA, "prefecture"): {"prefecture": "01"},
    (Item.RESIDENCE_AREA, "in-city"): {"in_city": True},
    (Item.INCOME_BRACKET, "bracket"): {
        "scheme": SCHEME,
        "code": "300-500",
        "lower": 300,
        "upper": 500,
    },
    (Item.INCOME_BRACKET, "band"): {"scheme": SCHEME, "band": "low", "lower": None, "upper": 500},
    (Item.INTERESTS, "level-2"): ["culture.music", "food"],
    (Item.INTERESTS, "level-1"): ["culture", "food"],
    (Item.HOUSEHOLD, "exact"): {"size": 6, "children": 4},
    (Item.HOUSEHOLD, "top-coded"): {"size": "5+", "children": "3+"},
    (Item.HOUSEHOLD, "single-family"): "family",
    (Item.OCCUPATION, "code"): "public-servant",
    (Item.OCCUPATION, "employed"): "employed",
}


def whole(item: Item, raw: Any) -> Any:
    value: Any = read(item, raw)
    return {**value, "email_verified": False} if item is Item.EMAIL else value


def test_the_table_has_every_granularity() -> None:
    assert set(EXPECTED) == {(item, one) for item in SELF_ITEMS for one in GRANULARITIES[item]}


@pytest.mark.parametrize(("item", "granularity"), EXPECTED)
def test_a_value_says_what_its_granularity_says(item: Item, granularity: str) -> None:
    assert coarsen(item, whole(item, VALUES[item]), granularity, NOW) == EXPECTED[item, granularity]


@pytest.mark.parametrize(
    ("year", "ceiling", "said"),
    [
        (2007, "adult", "adult"),
        (2008, "adult", "minor"),  # the eighteenth birthday may still come
        (2000, "decade", None),
        (1990, "decade", "adult"),
        (2010, "decade", "minor"),
        (2005, "5-year", None),
        (2004, "5-year", "adult"),
    ],
)
def test_adulthood_is_said_only_where_the_ceiling_settles_it(
    year: int, ceiling: str, said: str | None
) -> None:
    assert coarsen(Item.BIRTH_YEAR, year, "adult", NOW, ceiling) == said


def test_adulthood_turns_with_the_year_in_japan() -> None:
    eve, after = parse_instant("2026-12-31T14:59:59Z"), parse_instant("2026-12-31T15:00:00Z")
    assert coarsen(Item.BIRTH_YEAR, 2008, "adult", eve) == "minor"
    assert coarsen(Item.BIRTH_YEAR, 2008, "adult", after) == "adult"


@pytest.mark.parametrize(
    ("area", "ceiling", "said"),
    [
        ({"prefecture": "01", "municipality": "011002"}, "city", {"in_city": True}),
        ({"prefecture": "01", "municipality": "012025"}, "city", {"in_city": False}),
        ({"prefecture": "01", "municipality": "011002"}, "prefecture", None),
        ({"prefecture": "13"}, "prefecture", {"in_city": False}),
        ({"prefecture": "01"}, "in-city", None),
    ],
)
def test_being_in_the_city_is_said_only_where_the_ceiling_settles_it(
    area: Any, ceiling: str, said: Any
) -> None:
    assert coarsen(Item.RESIDENCE_AREA, area, "in-city", NOW, ceiling) == said


def test_languages_beyond_the_top_are_other_once() -> None:
    assert coarsen(Item.LANGUAGE, ["ja", "mn", "fr-CA"], "top", NOW) == ["ja", "other"]


def test_a_granularity_of_another_item_or_finer_than_the_ceiling_is_a_defect() -> None:
    with pytest.raises(ValueError, match="granularity"):
        coarsen(Item.BIRTH_YEAR, 1984, "ward", NOW)
    with pytest.raises(ValueError, match="finer"):
        coarsen(Item.BIRTH_YEAR, 1984, "year", NOW, "decade")


@pytest.mark.parametrize(
    ("family", "kana", "initial"),
    [
        ("大通", "オオドオリ", "O"),
        ("千歳", "チトセ", "C"),
        ("藤", "フジ", "F"),
        ("神", "ジン", "J"),
    ],
)
def test_initials_are_the_passports(family: str, kana: str, initial: str) -> None:
    name = {
        "family_name": family,
        "given_name": "É",
        "family_name#ja-Kana-JP": kana,
    }
    shown = coarsen(Item.NAME, read(Item.NAME, name), "initials", NOW)
    assert shown == {"family_name": initial, "given_name": "E"}


CLAIMED: dict[tuple[Item, str], set[str]] = {
    (Item.NAME, "initials"): {"name_initials"},
    (Item.BIRTH_YEAR, "year"): {"birthdate"},
    (Item.BIRTH_YEAR, "5-year"): {"birth_band"},
    (Item.BIRTH_YEAR, "decade"): {"birth_band"},
    (Item.BIRTH_YEAR, "adult"): {"birth_band"},
    (Item.EMAIL, "address"): {"email", "email_verified"},
    (Item.EMAIL, "verified"): {"email_verified"},
    (Item.LOCALITY, "7-digit"): {"address"},
    (Item.LOCALITY, "3-digit"): {"address", "postal_area"},
    (Item.LANGUAGE, "tag"): {"locale", "languages"},
    (Item.LANGUAGE, "top"): {"languages"},
}


@pytest.mark.parametrize(("item", "granularity"), CLAIMED)
def test_standard_claims_appear_where_their_form_fits(item: Item, granularity: str) -> None:
    claims = claims_of(item, granularity, EXPECTED[item, granularity])
    assert set(claims) == CLAIMED[item, granularity]


def test_half_a_postal_code_is_no_part_of_an_address() -> None:
    claims = claims_of(Item.LOCALITY, "3-digit", EXPECTED[Item.LOCALITY, "3-digit"])
    assert claims["address"] == {"region": "北海道", "locality": "札幌市中央区"}


@pytest.mark.parametrize(("item", "granularity"), EXPECTED)
def test_every_claim_is_in_the_list_for_discovery(item: Item, granularity: str) -> None:
    claims = claims_of(item, granularity, EXPECTED[item, granularity])
    assert {name.partition("#")[0] for name in claims} <= set(CLAIMS)

"""Values in words, and forms that give back what was entered."""

import pytest
from support.consent_world import VALUES

from kernel.errors import BadRequestError
from kernel.json import JsonValue
from kernel.times import parse_instant
from oauth.items import values
from oauth.items.coarsening import coarsen
from oauth.model.items import GRANULARITIES, Item
from oauth.model.texts import Language
from oauth.pages.entries import ENTERED, field_at_fault, typed_of, value_of
from oauth.pages.fields import Sort, fields_of
from oauth.pages.tellings import tell
from oauth.pages.words import PageWords

NOW = parse_instant("2026-11-21T00:00:00Z")
JA, EN = PageWords(Language.JA), PageWords(Language.EN)


def said(item: Item, granularity: str, words: PageWords) -> str:
    value = VALUES[item]
    if item is Item.EMAIL and isinstance(value, dict):
        value = {**value, "email_verified": True}
    told = coarsen(
        item, values.read(item, value) if item is not Item.EMAIL else value, granularity, NOW
    )
    assert told is not None
    return tell(item, granularity, told, words)


@pytest.mark.parametrize(
    ("item", "granularity", "japanese", "english"),
    [
        (Item.NAME, "full", "大通 花子(オオドオリ ハナコ)", "大通 花子 (オオドオリ ハナコ)"),
        (Item.NAME, "initials", "O. H.", "O. H."),
        (Item.BIRTH_YEAR, "year", "1984年", "1984"),
        (Item.BIRTH_YEAR, "5-year", "1980~1984年", "1980 to 1984"),
        (Item.BIRTH_YEAR, "decade", "1980年代", "the 1980s"),
        (Item.BIRTH_YEAR, "adult", "成人", "adult"),
        (Item.GENDER, "value", "女性", "Female"),
        (Item.EMAIL, "address", "hanako@mail.example(確認済み)", "hanako@mail.example (confirmed)"),
        (Item.EMAIL, "verified", "確認済み", "confirmed"),
        (Item.LOCALITY, "7-digit", "〒060-0001 北海道札幌市中央区", "060-0001, 北海道札幌市中央区"),
        (Item.LOCALITY, "3-digit", "〒060-**** 北海道札幌市中央区", "060-****, 北海道札幌市中央区"),
        (Item.LOCALITY, "prefecture", "北海道", "北海道"),
        (Item.LANGUAGE, "tag", "日本語、中国語(繁体字)", "Japanese, Chinese (traditional)"),
        (Item.LANGUAGE, "top", "日本語、中国語", "Japanese, Chinese"),
        (Item.RESIDENCE_AREA, "ward", "北海道札幌市中央区", "Chuo ward, Sapporo, Hokkaido"),
        (Item.RESIDENCE_AREA, "city", "北海道札幌市", "Sapporo, Hokkaido"),
        (Item.RESIDENCE_AREA, "in-city", "札幌市内", "in Sapporo"),
        (Item.INCOME_BRACKET, "bracket", "300~500万円", "3 to 5 million yen"),
        (Item.INCOME_BRACKET, "band", "500万円未満", "Under 5 million yen"),
        (Item.INTERESTS, "level-2", "音楽、食", "Music, Food"),
        (Item.INTERESTS, "level-1", "文化・芸術、食", "Culture, Food"),
        (Item.HOUSEHOLD, "exact", "6人(うち子ども4人)", "6 persons, 4 of them children"),
        (
            Item.HOUSEHOLD,
            "top-coded",
            "5人以上(うち子ども3人以上)",
            "5 or more persons, 3 or more of them children",
        ),
        (Item.HOUSEHOLD, "single-family", "家族と同居", "living with others"),
        (Item.OCCUPATION, "code", "公務員", "Public servant"),
        (Item.OCCUPATION, "employed", "働いている", "working"),
    ],
)
def test_a_person_reads_what_a_company_would_see(
    item: Item, granularity: str, japanese: str, english: str
) -> None:
    assert (said(item, granularity, JA), said(item, granularity, EN)) == (japanese, english)


@pytest.mark.parametrize("item", [one for one in Item if one in VALUES])
def test_every_granularity_can_be_told(item: Item) -> None:
    for granularity in GRANULARITIES[item]:
        assert said(item, granularity, JA)
        assert said(item, granularity, EN)


@pytest.mark.parametrize("item", ENTERED)
def test_what_a_form_shows_of_a_value_is_that_value_when_it_is_sent(item: Item) -> None:
    kept = values.read(item, VALUES[item])
    assert values.read(item, value_of(item, typed_of(item, kept))) == kept


@pytest.mark.parametrize("item", ENTERED)
def test_every_field_has_a_label_and_every_choice_is_unique(item: Item) -> None:
    fields = fields_of(item, {}, JA)
    assert fields
    for field in fields:
        assert field.label
        assert (field.sort is Sort.TEXT) is (not field.choices)
        codes = [code for code, _, _ in field.choices]
        assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("item", "form", "at"),
    [
        (Item.NAME, {}, "family_name"),
        (Item.NAME, {"family_name": ["大通"], "given_name": ["花子"]}, "family_kana"),
        (
            Item.NAME,
            {"family_name": ["大通"], "given_name": ["花子"], "family_kana": ["オオドオリ"]},
            "given_kana",
        ),
        (
            Item.NAME,
            {"family_name": ["大通"], "given_name": ["花子"], "family_kana": ["おおどおり"]},
            "family_kana",
        ),
        (Item.BIRTH_YEAR, {"birth_year": ["84"]}, "birth_year"),
        (Item.BIRTH_YEAR, {"birth_year": ["十九"]}, "birth_year"),
        (Item.GENDER, {}, "gender"),
        (
            Item.LOCALITY,
            {"postal_code": ["1"], "region": ["01"], "locality": ["札幌市"]},
            "postal_code",
        ),
        (
            Item.LOCALITY,
            {"postal_code": ["0600001"], "region": ["99"], "locality": ["札幌市"]},
            "region",
        ),
        (
            Item.LOCALITY,
            {"postal_code": ["0600001"], "region": ["01"], "locality": ["北1条西1丁目"]},
            "locality",
        ),
        (Item.LANGUAGE, {}, "first_language"),
        (Item.RESIDENCE_AREA, {"area": ["zz"]}, "area"),
        (Item.INCOME_BRACKET, {"income": ["much"]}, "income"),
        (Item.INTERESTS, {}, "interests"),
        (Item.HOUSEHOLD, {"size": ["none"], "children": ["0"]}, "size"),
        (Item.HOUSEHOLD, {"size": ["2"], "children": ["2"]}, "children"),
        (Item.OCCUPATION, {}, "occupation"),
    ],
)
def test_a_mistake_is_told_at_its_field(item: Item, form: dict[str, list[str]], at: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        values.read(item, value_of(item, form))
    named = field_at_fault(item, caught.value.message)
    assert named == at
    assert JA.knows(f"error.{at}")
    assert at in {field.name for field in fields_of(item, form, JA)}


@pytest.mark.parametrize(
    ("code", "area"),
    [
        ("011011", {"prefecture": "01", "municipality": "011002", "ward": "011011"}),
        ("012025", {"prefecture": "01", "municipality": "012025"}),
        ("13", {"prefecture": "13"}),
    ],
)
def test_an_area_brings_what_it_is_part_of(code: str, area: JsonValue) -> None:
    assert value_of(Item.RESIDENCE_AREA, {"area": [code]}) == area

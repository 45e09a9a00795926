"""What a value of each item looks like."""

from typing import Any

import pytest
from support.consent_world import VALUES

from kernel.errors import BadRequestError
from oauth.items.values import read
from oauth.model.items import Item

NAME = VALUES[Item.NAME]
SCHEME = "jp-stat-kakei-2024-18-merged-6"


@pytest.mark.parametrize("item", VALUES)
def test_reading_what_was_read_changes_nothing(item: Item) -> None:
    once = read(item, VALUES[item])
    assert read(item, once) == once


@pytest.mark.parametrize(
    ("item", "raw", "kept"),
    [
        (
            Item.NAME,
            {"family_name": " Ōdori", "given_name": "Hana"},
            {"family_name": "Ōdori", "given_name": "Hana"},
        ),
        (Item.EMAIL, {"email": "Hana+x@MAIL.Example"}, {"email": "Hana+x@mail.example"}),
        (Item.LANGUAGE, ["JA", "zh-hant-tw", "ja"], ["ja", "zh-Hant-TW"]),
        (Item.INTERESTS, ["food", "culture.music", "food"], ["culture.music", "food"]),
        (
            Item.LOCALITY,
            {"postal_code": "0600001", "region": "01", "locality": "札幌市"},
            {"postal_code": "060-0001", "region": "北海道", "locality": "札幌市"},
        ),
        (
            Item.INCOME_BRACKET,
            {"scheme": SCHEME, "code": "u300"},
            {"scheme": SCHEME, "code": "u300", "lower": None, "upper": 300},
        ),
        (Item.RESIDENCE_AREA, {"prefecture": "13"}, {"prefecture": "13"}),
    ],
)
def test_a_value_is_kept_in_one_form(item: Item, raw: Any, kept: Any) -> None:
    assert read(item, raw) == kept


def test_kana_become_wide_and_kanji_stay_as_they_are() -> None:
    variant = "\ufa19"  # a compatibility ideograph that every normal form would replace
    name = {
        "family_name": variant,
        "given_name": "花",
        "family_name#ja-Kana-JP": "ｼﾞﾝ",
        "given_name#ja-Kana-JP": "ハナ",
    }
    kept = read(Item.NAME, name)
    assert isinstance(kept, dict)
    assert kept["family_name"] == variant
    assert kept["family_name#ja-Kana-JP"] == "ジン"


LOCALITY = {"postal_code": "060-0001", "region": "北海道", "locality": "札幌市中央区"}


@pytest.mark.parametrize(
    ("region", "locality"),
    [
        ("北海道", "札幌市手稲区"),
        ("北海道", "余市郡余市町"),
        ("北海道", "余市町"),
        ("北海道", "石狩郡新篠津村"),
        ("東京都", "千代田区"),
        ("神奈川県", "横浜市都筑区"),
        ("三重県", "四日市市"),
        ("鹿児島県", "いちき串木野市"),
        ("茨城県", "龍ケ崎市"),
        ("山梨県", "南都留郡富士河口湖町"),
    ],
)
def test_municipalities_everywhere_are_read(region: str, locality: str) -> None:
    assert read(Item.LOCALITY, {**LOCALITY, "region": region, "locality": locality})


@pytest.mark.parametrize(
    "locality",
    [
        "札幌市中央区大通",
        "札幌市中央区大通西町",
        "札幌市大通町",
        "札幌市謎区",
        "小樽市花園町",
        "札幌市中央区北1条",
        "札幌市中央区北一条西二丁目",
        "千代田区",
        "Sapporo",
        "札幌",
    ],
)
def test_nothing_finer_than_a_municipality_is_read(locality: str) -> None:
    with pytest.raises(BadRequestError, match="locality"):
        read(Item.LOCALITY, {**LOCALITY, "locality": locality})


@pytest.mark.parametrize(
    ("item", "raw", "field"),
    [
        (Item.NAME, "花子", "name"),
        (Item.NAME, {"family_name": "大通"}, "given_name"),
        (Item.NAME, {"family_name": "大通", "given_name": "花子"}, "family_name#ja-Kana-JP"),
        (Item.NAME, {**NAME, "family_name#ja-Kana-JP": "おおどおり"}, "katakana"),
        (Item.NAME, {**NAME, "family_name#ja-Kana-JP": "ーオ"}, "katakana"),
        (Item.NAME, {**NAME, "family_name": "大\u0000通"}, "printable"),
        (Item.NAME, {**NAME, "family_name": " "}, "printable"),
        (Item.NAME, {**NAME, "family_name": "X" * 51}, "printable"),
        (Item.NAME, {**NAME, "nickname": "花"}, "name"),
        (Item.BIRTH_YEAR, "1984", "birth_year"),
        (Item.BIRTH_YEAR, True, "birth_year"),
        (Item.BIRTH_YEAR, 84, "birth_year"),
        (Item.GENDER, "f", "gender"),
        (Item.GENDER, None, "gender"),
        (Item.EMAIL, "hana@mail.example", "email"),
        (Item.EMAIL, {"email": "hana"}, "email"),
        (Item.EMAIL, {"email": "hana@localhost"}, "email"),
        (Item.EMAIL, {"email": "a@b@mail.example"}, "email"),
        (Item.EMAIL, {"email": "a b@mail.example"}, "email"),
        (Item.EMAIL, {"email": f"{'a' * 65}@mail.example"}, "email"),
        (Item.EMAIL, {"email": "hana@mail.example", "email_verified": True}, "email"),
        (Item.LOCALITY, {**LOCALITY, "postal_code": "060"}, "postal_code"),
        (Item.LOCALITY, {**LOCALITY, "region": "蝦夷"}, "region"),
        (Item.LOCALITY, {**LOCALITY, "street": "北1条"}, "locality"),
        (Item.LANGUAGE, [], "language"),
        (Item.LANGUAGE, "ja", "language"),
        (Item.LANGUAGE, ["x-private"], "language"),
        (Item.LANGUAGE, ["japanese"], "language"),
        (Item.LANGUAGE, ["ja"] * 9, "language"),
        (Item.RESIDENCE_AREA, {}, "prefecture"),
        (Item.RESIDENCE_AREA, {"prefecture": "48"}, "prefecture"),
        (Item.RESIDENCE_AREA, {"prefecture": "13", "municipality": "011002"}, "municipality"),
        (Item.RESIDENCE_AREA, {"prefecture": "01", "ward": "011011"}, "ward"),
        (
            Item.RESIDENCE_AREA,
            {"prefecture": "01", "municipality": "012025", "ward": "011011"},
            "ward",
        ),
        (Item.INCOME_BRACKET, "300-500", "income_bracket"),
        (Item.INCOME_BRACKET, {"code": "300-500"}, "scheme"),
        (Item.INCOME_BRACKET, {"scheme": "mine", "code": "300-500"}, "scheme"),
        (Item.INCOME_BRACKET, {"scheme": SCHEME, "code": "350-400"}, "code"),
        (Item.INCOME_BRACKET, {"scheme": SCHEME, "code": "300-500", "lower": 0}, "lower"),
        (Item.INTERESTS, ["free text"], "interests"),
        (Item.INTERESTS, [], "interests"),
        (Item.HOUSEHOLD, {"size": 2, "children": 2}, "children"),
        (Item.HOUSEHOLD, {"size": 0, "children": 0}, "size"),
        (Item.HOUSEHOLD, {"size": 2.5, "children": 0}, "size"),
        (Item.OCCUPATION, "astronaut", "occupation"),
        (Item.OPENID, "me", "openid"),
        (Item.MEMBER_DATA, [], "member_data"),
    ],
)
def test_anything_else_is_refused_by_the_name_of_the_field(
    item: Item, raw: Any, field: str
) -> None:
    with pytest.raises(BadRequestError) as refusal:
        read(item, raw)
    assert field in refusal.value.message


def test_a_refusal_quotes_neither_value_nor_unknown_member() -> None:
    for raw in ({**NAME, "canary-key": "x"}, {**NAME, "family_name#ja-Kana-JP": "canary"}):
        with pytest.raises(BadRequestError) as refusal:
            read(Item.NAME, raw)
        assert "canary" not in refusal.value.message

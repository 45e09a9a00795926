"""The detector net: it finds each kind of identifier in text, and leaves ordinary words alone."""

import secrets

import pytest
from support.canaries import Kit

from ingest.detectors import scan_number, scan_text
from ingest.rules import Rule

KIT = Kit(secrets.randbits(64))


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("mac", (0, 1, 2, 3, 4, 5, 7)),
        ("mac_randomised", (0, 1, 2, 3, 4, 5, 7)),
        ("bluetooth_uuid", (0,)),
        ("imsi", (0,)),
        ("imei", (0,)),
        ("e_mail", (0,)),
        ("phone", (0, 1, 2, 3)),
        ("plate", (0,)),
        ("face_vector", (0,)),
        ("my_number", (0,)),
        ("card_idm", (0,)),
        ("ipv4", (0,)),
        ("ipv6", (0,)),
        ("gps_trace", (0, 1)),
        ("nanosecond_time", (0,)),
    ],
)
def test_a_canary_in_a_text_is_found(name: str, places: tuple[int, ...]) -> None:
    canary = KIT.named(name)
    for place in places:
        text = str(canary.values[0]) if name == "nanosecond_time" else canary.texts[place]
        assert scan_text(text) is not None
        assert scan_text(f"near {text} there") is not None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("aa:bb:cc:dd:ee:ff", Rule.MAC_ADDRESS),
        ("ａａ：ｂｂ：ｃｃ：ｄｄ：ｅｅ：ｆｆ", Rule.MAC_ADDRESS),
        ("a\u200ba:bb:cc:dd:ee:ff", Rule.MAC_ADDRESS),
        ("someone@example.jp", Rule.E_MAIL),
        ("192.0.2.7", Rule.IP_ADDRESS),
        ("2001:db8::1", Rule.IP_ADDRESS),
        ("090-1234-5678", Rule.PHONE),
        ("０１１－２２２－３３３３", Rule.PHONE),
        ("+81 11 222 3333", Rule.PHONE),
        ("札幌 300 さ 12-34", Rule.NUMBER_PLATE),
        ("4111 1111 1111 1111", Rule.LUHN),
        ("440101234567892", Rule.IMSI),
        ("f47ac10b-58cc-4372-a567-0e02b2c3d479", Rule.UUID),
        ("0114ABCD5678EF90", Rule.CARD_IDM),
        ("12345678901", Rule.DIGIT_RUN),
        ("deadbeefcafe1", Rule.HEX),
        ("QmFzZTY0IHRleHQgaXMgaGVyZQ", Rule.BASE64),
        ("141.35071, 43.06212", Rule.COORDINATE),
        ("2026-02-07T03:07", Rule.FINE_TIME),
        (" ".join(["0.1"] * 32), Rule.NUMERIC_ARRAY),
    ],
)
def test_each_rule_has_its_text(text: str, rule: Rule) -> None:
    assert scan_text(text) is rule


@pytest.mark.parametrize(
    "text",
    [
        *("", "N", "20s", "80s+", "zh-Hant", ">=80%", "route", "大通", "heavySnowShower", "1000+"),
        *("札幌市中央区", "0-9", "12:30", "2026-02-07", "43.06", "10-14 persons"),
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert scan_text(text) is None


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (0, None),
        (99_999_999, None),
        (-40.5, None),
        (43.0621, None),
        (43.06212, Rule.COORDINATE),
        (2**40, Rule.MAC_ADDRESS),
        (2**60, Rule.DIGIT_RUN),
        (float("nan"), Rule.NUMBER),
        (float("-inf"), Rule.NUMBER),
    ],
)
def test_numbers_are_looked_at(value: float, rule: Rule | None) -> None:
    assert scan_number(value) is rule

"""The kit itself: it finds what it planted, in every encoding, and nothing else."""

import base64
import random
import secrets
from urllib.parse import quote

import pytest
from stdnum import luhn
from stdnum.jp import in_
from support.canaries import Kit

SEED = secrets.randbits(64)
KIT = Kit(SEED)
OTHER = Kit(SEED + 1)


@pytest.mark.parametrize("canary", KIT.canaries, ids=lambda canary: canary.name)
@pytest.mark.parametrize(
    "encode",
    [
        str.encode,
        lambda text: text.upper().encode(),
        lambda text: text.lower().encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-be"),
        lambda text: quote(text, safe="").encode(),
        lambda text: text.encode().hex().encode(),
        lambda text: text.encode().hex().upper().encode(),
        lambda text: base64.b64encode(text.encode()),
        lambda text: base64.b64encode(b"x" + text.encode() + b"yz"),
        lambda text: base64.urlsafe_b64encode(b"xy" + text.encode() + b"z"),
        lambda text: "".join(f"\\u{ord(one):04X}" for one in text).encode(),
    ],
)
def test_every_spelling_is_found_in_every_encoding(canary, encode) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    for text in canary.texts:
        data = b"before\x00" + encode(text) + b"\xffafter"
        assert any(hit.startswith(canary.name) for hit in KIT.found_in(data))


def test_nothing_is_found_where_nothing_was_planted() -> None:
    noise = random.Random(SEED).randbytes(300_000)  # noqa: S311 — noise
    assert KIT.found_in(noise) == []
    for canary in OTHER.canaries:
        for text in canary.texts:
            assert KIT.found_in(text.encode()) == []


def test_check_digits_are_those_of_an_independent_library() -> None:
    assert in_.is_valid(KIT.named("my_number").texts[0])
    assert luhn.is_valid(KIT.named("imei").texts[0])


def test_a_canary_does_not_print_its_marker() -> None:
    assert KIT.found_in("".join(map(repr, KIT.canaries)).encode()) == []

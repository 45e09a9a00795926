r"""Markers that point at a person, new in each run, and a scanner that finds them in any bytes.

    kit = Kit(seed)                      # every marker of de-identification §12
    for canary in kit.canaries: …        # canary.values: JSON values to plant
    assert kit.found_in(data) == []      # names of markers that the bytes hold, in any encoding

The scanner looks for UTF-8, UTF-16 (both orders), upper and lower case, percent- and `\u`-escapes,
hexadecimal, base64 at all three offsets, and integer forms (decimal, raw bytes in both orders).
"""

import base64
import json
import random
import struct
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

_SHORTEST_NEEDLE = 6
_KANJI = "齋藤髙橋邊澤澁濱嶋國廣龍禮惠德櫻壽萬麥彌榮與"
_KANA = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
)
_FULL_WIDTH = str.maketrans("0123456789-", "０１２３４５６７８９－")


class Canary(msgspec.Struct, frozen=True):
    """One marker.

    Attributes:
        name: of its kind, for test reports; the marker itself is never printed.
        values: JSON values that a sensor could send it as.
        texts: spellings that must be found nowhere.
        blobs: binary forms that must be found nowhere.
    """

    name: str
    values: tuple[Any, ...]
    texts: tuple[str, ...]
    blobs: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return f"<Canary {self.name}>"


class Kit:
    """The whole kit. Equal seeds give equal markers; take a new seed for each run."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 — markers, not secrets
        self.canaries: tuple[Canary, ...] = tuple(_all(chance))
        self._exact, self._folded = _needles(self.canaries)

    def named(self, name: str) -> Canary:
        """The canary of this name."""
        return next(canary for canary in self.canaries if canary.name == name)

    def found_in(self, data: bytes) -> list[str]:
        """Names of the markers that the bytes hold, each with the encoding."""
        folded = data.lower()
        hits = {name for needle, name in self._exact.items() if needle in data}
        hits |= {name for needle, name in self._folded.items() if needle in folded}
        return sorted(hits)


def check_digit(body: str) -> str:
    """The check digit of a My Number whose first eleven digits are `body`."""
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11
    return "0" if rest <= 1 else str(11 - rest)


def luhn_digit(body: str) -> str:
    """The Luhn check digit that follows `body`."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body))]
    return str(-sum(one - 9 if one > 9 else one for one in doubled) % 10)


def _all(chance: random.Random) -> Iterator[Canary]:
    yield _mac(chance, "mac", locally_administered=False)
    yield _mac(chance, "mac_randomised", locally_administered=True)
    yield _plain("bluetooth_uuid", _uuid(chance))
    imsi = "440" + _digits(chance, 12)
    yield _plain("imsi", imsi, int(imsi))
    imei_body = "35" + _digits(chance, 12)
    imei = imei_body + luhn_digit(imei_body)
    yield _plain("imei", imei, int(imei))
    yield _plain("e_mail", f"{_letters(chance, 10)}@{_letters(chance, 8)}.example.jp")
    yield _phone(chance)
    kana = _pick(chance, _KANA, 4) + "・" + _pick(chance, _KANA, 4)
    yield _plain("name_kana", kana)
    yield _plain("name_kanji", _pick(chance, _KANJI, 2) + _pick(chance, _KANJI, 3))
    yield _plain("plate", f"札幌 {_digits(chance, 3)} さ {_digits(chance, 2)}-{_digits(chance, 2)}")
    yield _face(chance)
    body = _digits(chance, 11)
    yield _plain("my_number", body + check_digit(body), int(body + check_digit(body)))
    yield _plain("card_idm", "01" + chance.randbytes(7).hex().upper())
    yield _address(chance)
    yield _plain("ipv6", "2001:db8:" + ":".join(chance.randbytes(2).hex() for _ in range(6)))
    yield _trace(chance)
    yield _nanoseconds(chance)


def _plain(name: str, text: str, *more: Any) -> Canary:
    texts = (text, *(str(one) for one in more))
    return Canary(name, (text, *more), tuple(dict.fromkeys(texts)))


def _mac(chance: random.Random, name: str, *, locally_administered: bool) -> Canary:
    first = chance.randrange(1, 64) * 4 + (2 if locally_administered else 0)
    octets = bytes([first]) + chance.randbytes(5)
    bare, number = octets.hex(), int.from_bytes(octets)
    pairs = [bare[place : place + 2] for place in range(0, 12, 2)]
    spellings = (
        ":".join(pairs),
        "-".join(pairs).upper(),
        ".".join((bare[:4], bare[4:8], bare[8:])),
        f"{bare[:6]}-{bare[6:]}",
        " ".join(pairs),
        bare,
        base64.b64encode(octets).decode(),
        str(number),
    )
    return Canary(name, (*spellings, number), spellings, (octets, octets[::-1]))


def _uuid(chance: random.Random) -> str:
    digits = chance.randbytes(16).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _phone(chance: random.Random) -> Canary:
    middle, last = _digits(chance, 4), _digits(chance, 4)
    national = f"090-{middle}-{last}"
    spellings = (
        national,
        national.replace("-", ""),
        national.translate(_FULL_WIDTH),
        f"+8190{middle}{last}",
        f"{middle}{last}",
    )
    return Canary("phone", (*spellings[:4], int(f"90{middle}{last}")), spellings)


def _face(chance: random.Random) -> Canary:
    vector = [chance.uniform(-1, 1) for _ in range(512)]
    packed = struct.pack("<512f", *vector)
    png = b"\x89PNG\r\n\x1a\n" + packed[:600]
    values = (
        vector,
        vector[:40],
        base64.b64encode(packed).decode(),
        base64.b64encode(png).decode(),
    )
    return Canary("face_vector", values, tuple(str(one) for one in vector[:8]), (packed[:24],))


def _address(chance: random.Random) -> Canary:
    octets = bytes([203, *chance.randbytes(3)])
    text = ".".join(map(str, octets))
    number = int.from_bytes(octets)
    return Canary("ipv4", (text, number), (text, str(number)))


def _trace(chance: random.Random) -> Canary:
    points = [[141.35 + chance.random() / 100, 43.06 + chance.random() / 100] for _ in range(20)]
    texts = tuple(str(one) for point in points for one in point)
    values = (points, {"type": "Point", "coordinates": points[0]}, *points[0])
    return Canary("gps_trace", values, texts)


def _nanoseconds(chance: random.Random) -> Canary:
    fraction = str(chance.randrange(100_000_001, 999_999_999))
    text = f"2026-02-07T03:07:05.{fraction}Z"
    return Canary("nanosecond_time", (text, f"1770433625{fraction}"), (fraction,))


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _letters(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("abcdefghijkmnopqrstuvwxyz") for _ in range(count))


def _pick(chance: random.Random, alphabet: str, count: int) -> str:
    return "".join(chance.choice(alphabet) for _ in range(count))


def _needles(canaries: Sequence[Canary]) -> tuple[dict[bytes, str], dict[bytes, str]]:
    """(needles to be found as they are, needles to be found in lowered bytes) → what they show."""
    exact: dict[bytes, str] = {}
    folded: dict[bytes, str] = {}
    for canary in canaries:
        for text in canary.texts:
            for needle, how in _spelled(text):
                folded[needle.lower()] = f"{canary.name} as {how}"
            for needle in _base64(text.encode()):
                exact[needle] = f"{canary.name} as base64"
        for blob in canary.blobs:
            exact[blob] = f"{canary.name} as bytes"
            exact |= dict.fromkeys(_base64(blob), f"{canary.name} as base64")
            folded[blob.hex().encode()] = f"{canary.name} as hex"
    return _long_enough(exact), _long_enough(folded)


def _long_enough(needles: dict[bytes, str]) -> dict[bytes, str]:
    return {needle: how for needle, how in needles.items() if len(needle) >= _SHORTEST_NEEDLE}


def _spelled(text: str) -> Iterator[tuple[bytes, str]]:
    raw = text.encode()
    yield raw, "utf-8"
    yield text.encode("utf-16-le"), "utf-16"
    yield text.encode("utf-16-be"), "utf-16"
    yield quote(text, safe="").encode(), "percent escapes"
    yield "".join(f"%{byte:02x}" for byte in raw).encode(), "percent escapes"
    yield json.dumps(text)[1:-1].encode(), "escapes"
    yield "".join(f"\\u{ord(letter):04x}" for letter in text).encode(), "escapes"
    yield raw.hex().encode(), "hex"


def _base64(raw: bytes) -> Iterator[bytes]:
    """The letters that the bytes always show in base64, for each place that they can begin at."""
    for offset in range(3):
        letters = base64.b64encode(bytes(offset) + raw)
        first = (offset * 8 + 5) // 6
        last = (offset + len(raw)) * 8 // 6
        inner = letters[first:last]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))

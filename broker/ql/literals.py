"""Values as query texts write them."""

import math
import re
from typing import Final

import orjson

from broker.ql.ast import Literal
from kernel.times import Instant, MalformedTimeError, parse_instant

_NUMBER: Final = re.compile(  # noqa: TID251 — a constant of ours, without repetition inside repetition
    r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
)
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_BIGGEST_INTEGER: Final = 2**64 - 1
_SMALLEST_INTEGER: Final = -(2**63)


def unquoted(text: str) -> Literal:
    """What a text without quotes stands for: a word of JSON, a number, a date-time or itself."""
    if text in _WORDS:
        return Literal(_WORDS[text])
    number = number_of(text)
    if number is not None:
        return Literal(number)
    return Literal(text, instant_of(text))


def number_of(text: str) -> int | float | None:
    """The number that the whole text writes, or None.

    An integer beyond 64 bits becomes a fraction, as it does when an entity is read from JSON.
    """
    if _NUMBER.fullmatch(text) is None:
        return None
    if text.lstrip("+-").isdigit():
        whole = int(text) if len(text) <= len(str(_BIGGEST_INTEGER)) + 1 else _BIGGEST_INTEGER + 1
        if _SMALLEST_INTEGER <= whole <= _BIGGEST_INTEGER:
            return whole
    fraction = float(text)
    return fraction if math.isfinite(fraction) else None


def instant_of(text: str) -> Instant | None:
    """The instant that the text writes in ISO 8601, or None."""
    try:
        return parse_instant(text)
    except MalformedTimeError:
        return None


def written(value: str | float | bool | None) -> str:
    """A literal's value without quotes, as both languages and JSON write it."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()

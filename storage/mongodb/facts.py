"""What an entity's document says about its attributes, as texts that one index can search.

A *fact* is `name US kind value`: an attribute, what it is compared as, and its value written so
that texts sort as the values do. `speed` with the value 7 has the fact `speed␟n…`, so that
`speed>5` is one range of the index on `facts`, whatever attributes a city invents. An element of
an array has a fact of the kind `[` before its own kind, because equality looks at elements and
orders do not.

The kinds follow `broker.ql.values`: null, truth value, instant, number, text, anything else.
"""

import math
import struct
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from broker.model.attribute import Attribute
from broker.model.comparison import instant_of
from kernel.times import Instant

SEPARATOR: Final = "\x1f"
_AFTER_SEPARATOR: Final = "\x20"
_ESCAPE: Final = "\x1e"
LONGEST_TEXT: Final = 200
"""Characters of a text that its fact holds."""
CUT: Final = "\U0010ffff"
"""Ends the fact of a longer text; sorts after every text that it could be confused with."""

_INSTANT_OFFSET: Final = 1 << 63
_EXACT_IN_DOUBLE: Final = 1 << 53
_LARGEST_DOUBLE: Final = int(sys.float_info.max)
_COMPLEMENT: Final = dict(zip("0123456789abcdef", "fedcba9876543210", strict=True))


class Kind(StrEnum):
    """What a value is compared as; its letter in the fact."""

    NULL = "0"
    TRUTH = "b"
    INSTANT = "i"
    NUMBER = "n"
    TEXT = "t"
    OTHER = "v"


ELEMENT: Final = "["


def facts_of(attributes: Mapping[str, tuple[Attribute, ...]]) -> list[str]:
    """Every fact of an entity's attributes, each once, in order."""
    return sorted({fact for name, instances in attributes.items() for fact in _of(name, instances)})


def _of(name: str, instances: tuple[Attribute, ...]) -> Iterator[str]:
    prefix = prefix_of(name)
    for instance in instances:
        moment = instant_of(instance)
        if moment is not None:
            yield prefix + instant_fact(moment)
            continue
        yield prefix + value_fact(instance.value)
        if isinstance(instance.value, list | tuple):
            for element in instance.value:
                yield prefix + ELEMENT + value_fact(element)


def prefix_of(name: str) -> str:
    """What every fact of the attribute begins with."""
    escaped = name.replace(_ESCAPE, _ESCAPE + "0").replace(SEPARATOR, _ESCAPE + "1")
    return escaped + SEPARATOR


def after(prefix: str) -> str:
    """The first text behind all texts that begin with `prefix`, which ends in ASCII."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def value_fact(value: Any) -> str:
    """Kind and value of a JSON value."""
    match value:
        case None:
            return Kind.NULL
        case bool():
            return f"{Kind.TRUTH}{int(value)}"
        case int() | float():
            return Kind.NUMBER + sortable_number(value)
        case str():
            return Kind.TEXT + (value if is_whole(value) else value[:LONGEST_TEXT] + CUT)
        case _:
            return Kind.OTHER


def instant_fact(instant: Instant) -> str:
    """Kind and value of a temporal value."""
    return f"{Kind.INSTANT}{instant + _INSTANT_OFFSET:016x}"


def is_whole(text: str) -> bool:
    """Whether the fact of the text holds all of it."""
    return len(text) <= LONGEST_TEXT


def sortable_number(number: float) -> str:
    """A text that sorts as the number does, exactly: `2**53 + 1` comes after `2**53`.

    The greatest double that is not above the number, and then, for the integers between two
    doubles, how far above it they lie.
    """
    if isinstance(number, float) or abs(number) <= _EXACT_IN_DOUBLE:
        return _sortable_double(float(number))
    if number < -_LARGEST_DOUBLE:
        digits = f"{-number:x}"
        depth = "".join(_COMPLEMENT[digit] for digit in f"{len(digits):08x}{digits}")
        return _sortable_double(-math.inf) + depth
    floor = _double_below(number)
    rest = number - int(floor)
    return _sortable_double(floor) + (f"{len(f'{rest:x}'):08x}{rest:x}" if rest else "")


def _double_below(number: int) -> float:
    if number > _LARGEST_DOUBLE:
        return float(_LARGEST_DOUBLE)
    near = float(number)
    return near if near <= number else math.nextafter(near, -math.inf)


def _sortable_double(number: float) -> str:
    """IEEE 754 as 16 hexadecimal digits: positive ones above, negative ones upside down."""
    bits: int = struct.unpack(">Q", struct.pack(">d", number + 0.0))[0]  # + 0.0 makes -0.0 zero
    flipped = bits ^ (0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else 1 << 63)
    return f"{flipped:016x}"

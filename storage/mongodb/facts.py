"""What an entity's document says about its attributes, as texts that one index can search.

A *fact* is a path, what its value is compared as, and the value, written so that texts sort as the
values do. `speed` with the value 7 has the fact `speed␟n…`, so that `speed>5` is one range of
the index on `facts`, whatever attributes a city invents. An element of an array has a fact of the
kind `[` before its own kind, because equality looks at elements and orders do not. Paths lead into
metadata and into the keys of values as `broker.ql.values` reads them.

Besides, there are *marks*: that the path leads somewhere, that the attribute has several instances,
and that something about it is not listed because there is too much of it. Conditions on what is not
listed are judged in process.
"""

import math
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from broker.model.attribute import Attribute
from broker.model.geometry import is_geo
from broker.ql.values import Moment, values_of
from kernel.times import Instant

_END: Final = "\x1f"
_INTO: Final = "\x1d"
_ESCAPE: Final = "\x1e"
_ESCAPES: Final = str.maketrans({_ESCAPE: "\x1e0", _END: "\x1e1", _INTO: "\x1e2"})

LONGEST_TEXT: Final = 200
"""Characters of a text that its fact holds."""
CUT: Final = "\U0010ffff"
"""Ends the fact of a longer text; sorts after every text that it could be confused with."""
MOST_ELEMENTS: Final = 64
"""Different elements of one array that have facts."""
MOST_DEEP: Final = 256
"""Facts that one attribute has about its metadata and about keys inside its value."""

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


class Mark(StrEnum):
    """What is said of a path besides its values."""

    THERE = ""  # it leads to something
    SEVERAL = "#"  # the attribute has several instances
    LONG = "]"  # an array has more elements than are listed
    DEEP = "*"  # the attribute has more below it than is listed


ELEMENT: Final = "["


def facts_of(attributes: Mapping[str, tuple[Attribute, ...]]) -> list[str]:
    """Every fact and mark of an entity's attributes, each once, in order."""
    return sorted({fact for name, instances in attributes.items() for fact in _of(name, instances)})


def _of(name: str, instances: tuple[Attribute, ...]) -> Iterator[str]:
    start = _escaped(name)
    if len(instances) > 1:
        yield start + _END + Mark.SEVERAL
    deep: set[str] = set()
    for instance in instances:
        yield from _of_attribute(start + _END, instance)
        deep.update(_below(start, instance, unlisted=start + _END + Mark.DEEP))
    yield from deep if len(deep) <= MOST_DEEP else (start + _END + Mark.DEEP,)


def _below(start: str, attribute: Attribute, *, unlisted: str) -> Iterator[str]:
    """Facts about the keys in an attribute's value, about its metadata, and below them."""
    if is_geo(attribute):  # what moves would change facts that nobody asks for
        yield unlisted
    else:
        yield from _of_keys(start, attribute.value)
    for name, inner in attribute.metadata.items():
        path = f"{start}{_INTO}m{_escaped(name)}"
        yield from _of_attribute(path + _END, inner)
        yield from _below(path, inner, unlisted=unlisted)


def _of_keys(start: str, value: Any) -> Iterator[str]:
    for found in value if isinstance(value, list | tuple) else (value,):
        if not isinstance(found, Mapping):
            continue
        for key, inner in found.items():
            path = f"{start}{_INTO}k{_escaped(key)}"
            yield from _of_value(path + _END, inner)
            yield from _of_keys(path, inner)


def _of_attribute(prefix: str, attribute: Attribute) -> Iterator[str]:
    for value in values_of(attribute):
        if isinstance(value, Moment):
            yield prefix + Mark.THERE
            yield prefix + instant_fact(value.instant)
        else:
            yield from _of_value(prefix, value)


def _of_value(prefix: str, value: Any) -> Iterator[str]:
    yield prefix + Mark.THERE
    yield prefix + value_fact(value)
    if isinstance(value, list | tuple):
        elements = {prefix + ELEMENT + value_fact(element) for element in value}
        yield from elements if len(elements) <= MOST_ELEMENTS else (prefix + Mark.LONG,)


def prefix_of(name: str, metadata: Iterable[str] = (), keys: Iterable[str] = ()) -> str:
    """What every fact of the path begins with."""
    into = [f"{_INTO}m{_escaped(one)}" for one in metadata]
    into += [f"{_INTO}k{_escaped(one)}" for one in keys]
    return _escaped(name) + "".join(into) + _END


def _escaped(name: str) -> str:
    return name.translate(_ESCAPES)


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


def is_storable(text: str) -> bool:
    """Whether the text is one that a database holds: lone surrogates have no UTF-8."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


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

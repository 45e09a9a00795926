"""Transformations with regular expressions, on RE2: cjexl's engine is of that kind too."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import re2

from broker.jexl.budget import ITEM, Budget
from broker.jexl.transforms.call import Call

_LONGEST_PATTERN: Final = 2_048
_LARGEST_PROGRAM: Final = 1 << 20  # bytes
_REMEMBERED: Final = 256
_BYTES_PER_UNIT: Final = 16
"""What RE2 reads in less time than a unit stands for, while the pattern is small …"""
_LARGE: Final = 32
"""… and its program, squared, is below this: larger ones may outgrow their memory, and crawl."""
_CONTINUES: Final = 0b1100_0000, 0b1000_0000
"""Mask and mark of the bytes within a character of UTF-8."""


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False  # RE2 would quote the pattern on stderr
    options.never_capture = True
    options.max_mem = _LARGEST_PROGRAM
    return options


_OPTIONS: Final = _options()


@lru_cache(maxsize=_REMEMBERED)
def _compiled(pattern: str) -> Any:
    """The pattern, for bytes; None if it is none."""
    if len(pattern) > _LONGEST_PATTERN:
        return None
    try:
        return re2.compile(pattern.encode(), _OPTIONS)
    except (re2.error, UnicodeEncodeError):
        return None


def replace(call: Call) -> Any:
    """Every match of a pattern by a text, to the letter; null if the pattern is none."""
    match call.values:
        case [str(text), str(pattern), str(new), *_] if _compiled(pattern) is not None:
            data, filler, at = _bytes(text), _bytes(new), 0
            parts: list[bytes] = []
            for start, end in _matches(pattern, data, call.budget):
                call.budget.spend(len(filler))
                parts += (data[at:start], filler)
                at = end
            return b"".join((*parts, data[at:])).decode()
        case _:
            return None


def match(call: Call) -> Any:
    """The matches of a pattern in order; null if the pattern is none."""
    match call.values:
        case [str(text), str(pattern), *_] if _compiled(pattern) is not None:
            data = _bytes(text)
            found = _matches(pattern, data, call.budget)
            return [data[start:end].decode() for start, end in found]
        case _:
            return None


def _matches(pattern: str, data: bytes, budget: Budget) -> Iterator[tuple[int, int]]:
    """Where the pattern matches, from start to end, in bytes.

    Each match may have been looked for up to the end of the text, with as much effort as the
    pattern is large: that is what it costs.
    """
    compiled = _compiled(pattern)
    effort = max(1, compiled.programsize**2 // _LARGE)
    budget.spend(len(data) + effort * len(data) // _BYTES_PER_UNIT)
    mask, mark = _CONTINUES
    for found in compiled.finditer(data):
        start, end = found.span()
        budget.spend(ITEM + effort * (len(data) - start) // _BYTES_PER_UNIT)
        if start == end < len(data) and data[start] & mask == mark:
            continue  # nothing, found within a character
        yield start, end


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")

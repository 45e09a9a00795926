"""Transformations of numbers. What has no result in real numbers is null."""

import math
import re
from collections.abc import Callable
from typing import Any, Final

from broker.jexl.transforms.call import Call, Transformation
from broker.jexl.values import finite, float_of, is_number, whole

_MOST_DIGITS: Final = 100
_LONGEST_NUMBER: Final = 400
_INTEGER: Final = re.compile(r"[+-]?[0-9]++")  # noqa: TID251 — ours, linear
_DECIMAL: Final = re.compile(  # noqa: TID251 — ours, linear
    r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?"
)


def is_nan(call: Call) -> Any:
    """Whether the subject is anything but a number."""
    return not is_number(call.subject)


def parse_int(call: Call) -> Any:
    """The integer of 64 bits that a text is, and nothing beside it."""
    text = call.subject
    if not _is_short(text) or _INTEGER.fullmatch(text) is None:
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def parse_float(call: Call) -> Any:
    """The number that a text is, and nothing beside it."""
    text = call.subject
    if not _is_short(text) or _DECIMAL.fullmatch(text) is None:
        return None
    return finite(float(text))


def to_fixed(call: Call) -> Any:
    """A number rounded to so many decimals, of which there may be 100."""
    match call.values:
        case [number, digits, *_] if is_number(number) and is_number(digits):
            if digits not in range(_MOST_DIGITS + 1):
                return None
            return float(f"{float_of(number):.{int(digits)}f}")
        case _:
            return None


def _of(function: Callable[[float], float]) -> Transformation:
    """The transformation that a function of real numbers is."""

    def transform(call: Call) -> Any:
        if not is_number(call.subject):
            return None
        try:
            return finite(whole(float(function(float_of(call.subject)))))
        except (ArithmeticError, ValueError):
            return None

    return transform


def _rounded(number: float) -> float:
    """The nearest integer; halves go away from zero."""
    towards_zero = math.trunc(number)
    if abs(number - towards_zero) < 0.5:  # noqa: PLR2004 — a half
        return towards_zero
    return towards_zero + math.copysign(1, number)


floor: Final = _of(math.floor)
ceil: Final = _of(math.ceil)
rounded: Final = _of(_rounded)
log: Final = _of(math.log)
log10: Final = _of(math.log10)
log2: Final = _of(math.log2)
sqrt: Final = _of(math.sqrt)


def _is_short(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= _LONGEST_NUMBER

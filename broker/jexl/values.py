"""The values of expressions are those of JSON; what they are to operators and transformations."""

import math
from collections.abc import Callable
from typing import Any, Final, TypeGuard

from broker.jexl.errors import EvaluationError

_ALMOST: Final = 0.000001
"""Numbers that differ by less are equal."""


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether it is a number; truth values are none."""
    return type(value) is float or type(value) is int


def float_of(number: float) -> float:
    """The number as arithmetic sees it.

    Raises:
        EvaluationError: no float is that large.
    """
    try:
        return float(number)
    except OverflowError:
        raise EvaluationError("A number is larger than a float can be") from None


def finite(number: float) -> float | None:
    """The number; None where it is none that JSON can say (`1/0`)."""
    return number if math.isfinite(number) else None


def whole(number: float) -> float:
    """The number, as an integer where it is one that a float tells exactly."""
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def is_true(value: Any) -> bool:
    """What counts as true: all but `null`, `false`, 0 and the empty text."""
    return value not in (None, False, 0, "")


def are_close(left: float, right: float) -> bool:
    """Whether two numbers are equal."""
    return abs(float_of(left) - float_of(right)) < _ALMOST


def with_numbers(value: Any, change: Callable[[float], Any]) -> Any:
    """A copy of the value with every float changed; whoever calls has bounded its depth."""
    match value:
        case list():
            return [with_numbers(one, change) for one in value]
        case dict():
            return {name: with_numbers(one, change) for name, one in value.items()}
        case float():
            return change(value)
        case _:
            return value

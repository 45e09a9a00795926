"""Values of attributes and metadata: checked, and in the one form in which they are stored."""

from typing import Any, Final

from broker.v2.decode.names import has_forbidden
from broker.v2.errors import DEEPEST, TOO_DEEP
from kernel.errors import BadRequestError
from kernel.json import TooDeepJsonError
from kernel.times import MalformedTimeError, parse_instant, render_millis

DATE_TYPES: Final = frozenset({"DateTime", "ISO8601"})
UNRESTRICTED: Final = "TextUnrestricted"
_INTEGERS: Final = 2.0**63
"""Below it a number without a fraction is shown as an integer, as Orion does."""


def checked_value(value: Any, what: str, *, free: bool = False, depth: int = 0) -> Any:
    """The value as it is stored: 25.0 is 25, since NGSI-v2 knows one kind of number.

    Args:
        value: any JSON value.
        what: what error texts call it: `attribute value`, `metadata value`.
        free: whether forbidden characters are welcome (type `TextUnrestricted`).
        depth: how many arrays and objects of the value it stands in.

    Raises:
        BadRequestError: a text or a key holds a forbidden character.
        TooDeepJsonError: it nests deeper than 50.
    """
    kind = type(value)
    if kind is str:
        if not free and has_forbidden(value):
            raise BadRequestError(f"Invalid characters in {what}")
        return value
    if kind is float:
        return _number(value)
    if kind is list:
        _check_depth(depth)
        return [checked_value(item, what, free=free, depth=depth + 1) for item in value]
    if kind is dict:
        _check_depth(depth)
        if not free and any(has_forbidden(key) for key in value):
            raise BadRequestError(f"Invalid characters in {what}")
        return {
            key: checked_value(item, what, free=free, depth=depth + 1)
            for key, item in value.items()
        }
    return value


def _check_depth(depth: int) -> None:
    if depth >= DEEPEST:
        raise TooDeepJsonError(TOO_DEEP)


def _number(value: float) -> int | float:
    if value.is_integer() and abs(value) < _INTEGERS:
        return int(value)
    return value


def checked_date(value: Any) -> str | None:
    """A DateTime as it is stored and shown: UTC, milliseconds. Null is no date, and allowed.

    Raises:
        BadRequestError: not a date-time of ISO 8601.
    """
    if value is None:
        return None
    try:
        return render_millis(parse_instant(value if isinstance(value, str) else ""))
    except MalformedTimeError:
        raise BadRequestError("date has invalid format") from None

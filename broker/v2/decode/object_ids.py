"""Ids of subscriptions and registrations: 24 hexadecimal digits."""

from string import hexdigits
from typing import Final

from kernel.errors import BadRequestError

_LENGTH: Final = 24
_HEXADECIMAL: Final = frozenset(hexdigits)


def check_object_id(text: str) -> None:
    """Orion says what is wrong with an id to those who read, and to nobody else.

    Raises:
        BadRequestError: it is not made of 24 hexadecimal digits.
    """
    if len(text) != _LENGTH:
        raise BadRequestError(f"bad length - {_LENGTH} chars expected")
    if not _HEXADECIMAL.issuperset(text):
        raise BadRequestError("invalid char in ID string")

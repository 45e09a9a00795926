"""Identifiers of the vault's documents."""

from typing import Final

from kernel.ids import IdSource
from kernel.times import MILLISECOND_US, Instant

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DIGITS: Final = 26
_RANDOM_BYTES: Final = 10


def ulid(now: Instant, ids: IdSource) -> str:
    """26 characters of Crockford's base 32: milliseconds since 1970, then 80 random bits."""
    number = (now // MILLISECOND_US) << 80 | int.from_bytes(ids.random_bytes(_RANDOM_BYTES))
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_DIGITS)))

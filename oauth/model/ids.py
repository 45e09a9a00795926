"""Identifiers of the vault's documents."""

import hashlib
from typing import Final

from kernel.ids import IdSource
from kernel.times import MILLISECOND_US, Instant

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DIGITS: Final = 26
_RANDOM_BYTES: Final = 10


def ulid(now: Instant, ids: IdSource) -> str:
    """26 characters of Crockford's base 32: milliseconds since 1970, then 80 random bits."""
    return _written(now, int.from_bytes(ids.random_bytes(_RANDOM_BYTES)))


def named_ulid(at: Instant, name: str) -> str:
    """The ULID of what happens once: the same name and instant give the same one."""
    return _written(at, int.from_bytes(hashlib.sha256(name.encode()).digest()[:_RANDOM_BYTES]))


def lowest_ulid(now: Instant) -> str:
    """What sorts before every identifier of this millisecond and later, and after all earlier."""
    return _written(now, 0)


def _written(now: Instant, chance: int) -> str:
    number = (now // MILLISECOND_US) << 80 | chance
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_DIGITS)))

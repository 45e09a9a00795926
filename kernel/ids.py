"""Identifiers and chance, handed in so that tests can foresee them."""

import random
import secrets
import uuid
from typing import Protocol


class IdSource(Protocol):
    """Where new identifiers and random bytes come from."""

    def object_id(self) -> str:
        """24 hexadecimal digits, unique: how Orion names subscriptions and registrations."""

    def correlator(self) -> str:
        """A UUID in small hexadecimal letters, for `Fiware-Correlator`."""

    def random_bytes(self, count: int) -> bytes:
        """`count` bytes that nobody can foresee: keys and secrets."""


class SystemIds:
    """Identifiers and secrets from the operating system's source of randomness.

    Correlators are drawn from a generator that it seeds: they have to be different, not secret, and
    every request needs one.
    """

    def __init__(self) -> None:
        self._correlators = random.Random(secrets.randbits(256))  # noqa: S311 — see above

    def object_id(self) -> str:
        """24 hexadecimal digits."""
        return secrets.token_hex(12)

    def correlator(self) -> str:
        """A random UUID of version 4, put together by hand."""
        digits = f"{self._correlators.getrandbits(128):032x}"
        variant = "89ab"[int(digits[16], 16) & 3]
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
        )

    def random_bytes(self, count: int) -> bytes:
        """`count` unforeseeable bytes."""
        return secrets.token_bytes(count)


class SeededIds:
    """The same identifiers at every run, for tests and the simulated city. Never for secrets."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 — repeatable on purpose

    def object_id(self) -> str:
        """24 hexadecimal digits, the next of the seeded row."""
        return self._random.randbytes(12).hex()

    def correlator(self) -> str:
        """A UUID, the next of the seeded row."""
        return str(uuid.UUID(bytes=self._random.randbytes(16), version=4))

    def random_bytes(self, count: int) -> bytes:
        """`count` repeatable bytes."""
        return self._random.randbytes(count)

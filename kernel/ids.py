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
    """Identifiers from the operating system's source of randomness."""

    def object_id(self) -> str:
        """24 hexadecimal digits."""
        return secrets.token_hex(12)

    def correlator(self) -> str:
        """A random UUID."""
        return str(uuid.uuid4())

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

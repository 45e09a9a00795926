"""Chance without surprise: every device, day and purpose has a random row of its own.

A row depends on the seed and its labels alone, never on what was drawn before, so that any day can
be made without making the days before it, and one device more changes no other.
"""

import random
from hashlib import sha256

_SEED_BYTES = 16


def row(seed: int, *labels: object) -> random.Random:
    """The random row of these labels. The same seed and labels give the same numbers for ever."""
    name = "\x1f".join([str(seed), *(str(label) for label in labels)])
    digest = sha256(name.encode()).digest()
    return random.Random(int.from_bytes(digest[:_SEED_BYTES]))  # noqa: S311 — repeatable on purpose


def count_near(chance: random.Random, mean: float, spread: float = 1.0) -> int:
    """A count around `mean`, spread `spread` times as wide as independent arrivals would be."""
    if mean <= 0:
        return 0
    return max(0, round(chance.gauss(mean, spread * mean**0.5)))

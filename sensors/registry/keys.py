"""Device keys: random, one per device, shown once, kept as a hash."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from kernel.ids import IdSource

_KEY_BYTES = 24
SHORTEST_KEY = 20
"""Characters of a key that somebody brings along from an older installation, at least."""


def new_key(ids: IdSource) -> str:
    """192 random bits in 32 characters that can stand in a topic and in a URL."""
    return urlsafe_b64encode(ids.random_bytes(_KEY_BYTES)).decode()


def hash_of(key: str) -> str:
    """SHA-256 in hexadecimal. A key has too many random bits for guessing, so no salt is needed."""
    return sha256(key.encode()).hexdigest()

"""Secrets that are handed out once, and the digests that stay behind."""

import hashlib
from base64 import urlsafe_b64encode
from typing import Final

from kernel.ids import IdSource

_BYTES: Final = 32
SECRET_LENGTH: Final = 43
"""Characters of a fresh secret: 256 bits in base64url, without padding."""


def fresh_secret(ids: IdSource, prefix: str = "") -> str:
    """A secret of 256 bits in base64url, behind a prefix that tells leak scanners what it is."""
    return prefix + urlsafe_b64encode(ids.random_bytes(_BYTES)).decode().rstrip("=")


def digest_of(secret: str) -> str:
    """SHA-256 in hexadecimal: what is stored. Enough without salt, the secret being random."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

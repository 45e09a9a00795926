"""Proof Key for Code Exchange (RFC 7636), with S256 alone."""

import hashlib
import hmac
import string
from base64 import urlsafe_b64encode
from typing import Final

METHOD: Final = "S256"

_CHALLENGE_LENGTH: Final = 43
_BASE64URL: Final = frozenset(string.ascii_letters + string.digits + "-_")
_UNRESERVED: Final = _BASE64URL | {".", "~"}
_SHORTEST, _LONGEST = 43, 128


def is_challenge(text: str) -> bool:
    """Whether it can be the challenge of S256: 43 characters of base64url (§4.2)."""
    return len(text) == _CHALLENGE_LENGTH and _BASE64URL.issuperset(text)


def is_verifier(text: str) -> bool:
    """Whether it is a verifier: 43 to 128 unreserved characters (§4.1)."""
    return _SHORTEST <= len(text) <= _LONGEST and _UNRESERVED.issuperset(text)


def challenge_of(verifier: str) -> str:
    """BASE64URL(SHA256(verifier))."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def proves(verifier: str, challenge: str) -> bool:
    """Whether the challenge was made of this verifier; nothing proves an empty challenge."""
    if not is_verifier(verifier) or not is_challenge(challenge):
        return False
    return hmac.compare_digest(challenge_of(verifier), challenge)

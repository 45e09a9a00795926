"""The platform's key, from which every other key of the vault is derived."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.ids import IdSource

WRAP: Final = "wrap"  # each person's data key
LOGIN_NAME: Final = "login-name"  # e-mail addresses as keyed digests
THROTTLE: Final = "throttle"  # names and network addresses that failed
PAIRWISE: Final = "pairwise"  # the IDs that companies see
SIGNING: Final = "signing"  # private keys of the ID tokens

_BYTES: Final = 32
_SALT: Final = b"odori/vault/1"
_WRONG: Final = "The master key is not 32 bytes in base64url"


class MasterKey:
    """32 bytes that never leave the process. A derived key tells nothing about its siblings."""

    __slots__ = ("_bytes",)

    def __init__(self, key: bytes) -> None:
        if len(key) != _BYTES:
            raise ValueError(_WRONG)
        self._bytes = key

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read base64url, with or without padding; blanks around it are ignored.

        Raises:
            ValueError: anything else than 32 bytes; the text is not quoted.
        """
        bare = text.strip().rstrip("=")
        try:
            key = urlsafe_b64decode(bare.encode("ascii") + b"=" * (-len(bare) % 4))
        except (binascii.Error, UnicodeEncodeError):
            raise ValueError(_WRONG) from None
        if urlsafe_b64encode(key).decode().rstrip("=") != bare:
            raise ValueError(_WRONG)  # the decoder skips what it does not know
        return cls(key)

    @classmethod
    def generate(cls, ids: IdSource) -> Self:
        """A new one."""
        return cls(ids.random_bytes(_BYTES))

    def reveal(self) -> str:
        """Base64url without padding. Whoever calls this writes it to the key's own file."""
        return urlsafe_b64encode(self._bytes).decode().rstrip("=")

    def derive(self, label: str) -> bytes:
        """The 32-byte key of one purpose (RFC 5869, HKDF-SHA-256)."""
        hkdf = HKDF(algorithm=SHA256(), length=_BYTES, salt=_SALT, info=label.encode())
        return hkdf.derive(self._bytes)

    def __repr__(self) -> str:
        return "MasterKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("A master key is not copied or pickled")

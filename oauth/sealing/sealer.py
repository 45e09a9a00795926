"""Every citizen's values under a key of their own, kept apart from the values.

The key store holds the keys, wrapped under the master key, the vault the values: neither opens
anything alone, and destroying one key erases one person in every backup of the vault.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.clock import Clock
from kernel.errors import NotFoundError, OurError
from kernel.ids import IdSource
from oauth.model.people import SealedValue, WrappedKey
from oauth.ports import Shelf
from oauth.sealing.master import WRAP, MasterKey

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_DIVIDER: Final = "\x1f"


class ErasedError(NotFoundError):
    """The person's key is gone: what it sealed cannot be read by anybody, ever."""


class BrokenSealError(OurError):
    """A sealed value or key was altered, moved, or sealed under another master key."""


class PersonKey:
    """One person's data key, opened. It is used and dropped, never kept."""

    __slots__ = ("_account_id", "_cipher", "_clock", "_ids")

    def __init__(self, account_id: str, key: bytes, *, ids: IdSource, clock: Clock) -> None:
        self._account_id = account_id
        self._cipher = AESGCM(key)
        self._ids = ids
        self._clock = clock

    def seal(self, item: str, plain: bytes) -> SealedValue:
        """AES-256-GCM under a random nonce; the seal holds for this person and item alone."""
        nonce = self._ids.random_bytes(_NONCE_BYTES)
        text = self._cipher.encrypt(nonce, plain, _belonging(self._account_id, item))
        return SealedValue(nonce, text, self._clock.now())

    def open(self, item: str, sealed: SealedValue) -> bytes:
        """What was sealed.

        Raises:
            BrokenSealError: altered, or of another person or item.
        """
        try:
            belonging = _belonging(self._account_id, item)
            return self._cipher.decrypt(sealed.nonce, sealed.text, belonging)
        except (InvalidTag, ValueError):
            raise BrokenSealError("A sealed value does not open under its key") from None

    def __repr__(self) -> str:
        return "PersonKey(…)"


class Sealer:
    """Makes, uses and destroys people's data keys.

    It remembers no key: after `destroy` has returned nothing opens any more, on any node.
    """

    def __init__(
        self, keys: Shelf[WrappedKey], master: MasterKey, ids: IdSource, clock: Clock
    ) -> None:
        self._keys = keys
        self._wrapping = AESGCM(master.derive(WRAP))
        self._ids = ids
        self._clock = clock

    async def create(self, account_id: str) -> None:
        """Make a person's key. Whoever has one keeps it."""
        key = self._ids.random_bytes(_KEY_BYTES)
        nonce = self._ids.random_bytes(_NONCE_BYTES)
        wrapped = nonce + self._wrapping.encrypt(nonce, key, account_id.encode())
        await self._keys.add(WrappedKey(account_id, wrapped))

    async def destroy(self, account_id: str) -> None:
        """Erase: nothing that the person's key sealed opens after this."""
        await self._keys.remove(account_id)

    async def key(self, account_id: str) -> PersonKey:
        """The person's key, for several values at once.

        Raises:
            ErasedError: there is none.
            BrokenSealError: the key store does not belong to this master key.
        """
        kept = await self._keys.get(account_id)
        if kept is None:
            raise ErasedError("The values of this account are erased")
        key = self._unwrapped(account_id, kept.value.wrapped)
        return PersonKey(account_id, key, ids=self._ids, clock=self._clock)

    async def seal(self, account_id: str, item: str, plain: bytes) -> SealedValue:
        """Seal one value; as `key` and `PersonKey.seal`."""
        return (await self.key(account_id)).seal(item, plain)

    async def open(self, account_id: str, item: str, sealed: SealedValue) -> bytes:
        """Open one value; as `key` and `PersonKey.open`."""
        return (await self.key(account_id)).open(item, sealed)

    def _unwrapped(self, account_id: str, wrapped: bytes) -> bytes:
        nonce, text = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            return self._wrapping.decrypt(nonce, text, account_id.encode())
        except (InvalidTag, ValueError):
            raise BrokenSealError("The key store does not belong to this master key") from None


def _belonging(account_id: str, item: str) -> bytes:
    """Associated data: what a sealed value is bound to. Account ids contain no divider."""
    return f"{account_id}{_DIVIDER}{item}".encode()

"""One-time links: mailed once, stored as a digest, used by one swap."""

from collections.abc import Collection
from typing import Final

import msgspec

from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.times import SECOND_US, Instant
from oauth.accounts.address import Address
from oauth.accounts.refusals import DeadLinkError
from oauth.model.kinds import LINKS
from oauth.model.people import Account, LinkPurpose, OneTimeLink
from oauth.paging import marked
from oauth.ports import Kept, Shelf, Shelves
from oauth.sealing.sealer import ErasedError, Sealer
from oauth.sealing.secrets import digest_of, fresh_secret

_ITEM: Final = "link"
_LONGEST_TOKEN: Final = 128


class Links:
    """Each proves that its bearer reads the mail of one address."""

    def __init__(
        self, vault: Shelves, *, sealer: Sealer, ttl_s: int, clock: Clock, ids: IdSource
    ) -> None:
        self._shelf: Shelf[OneTimeLink] = vault.shelf(LINKS)
        self._sealer = sealer
        self._ttl_s = ttl_s
        self._clock = clock
        self._ids = ids

    async def issue(self, account: Account, purpose: LinkPurpose, address: Address) -> str:
        """A new link to an address; its secret is returned this once.

        Raises:
            ErasedError: the account is erased.
        """
        secret = fresh_secret(self._ids)
        sealed = await self._sealer.seal(account.id, _ITEM, address.text.encode())
        expires_at = Instant(self._clock.now() + self._ttl_s * SECOND_US)
        await self._shelf.add(
            OneTimeLink(digest_of(secret), account.id, purpose, expires_at, account.epoch, sealed)
        )
        return secret

    async def look(
        self, token: object, purposes: Collection[LinkPurpose]
    ) -> tuple[Kept[OneTimeLink], Address]:
        """A link that is good still, and the address that it was mailed to. It stays good.

        Raises:
            DeadLinkError: unknown, used, expired, or for something else.
        """
        if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
            raise dead()
        kept = await self._shelf.get(digest_of(token))
        if kept is None or kept.value.purpose not in purposes or not self._is_good(kept.value):
            raise dead()
        return kept, await self._address(kept.value)

    async def spend(self, kept: Kept[OneTimeLink]) -> None:
        """Use a link up. Of several at once, one succeeds.

        Raises:
            DeadLinkError: it was used meanwhile.
        """
        if not await self._shelf.swap(kept, msgspec.structs.replace(kept.value, used=True)):
            raise dead()

    async def remove_all(self, account_id: str) -> None:
        """Every link of a person dies."""
        async for kept in marked(self._shelf, LINKS, "account", account_id):
            await self._shelf.remove(kept.value.digest)

    def _is_good(self, link: OneTimeLink) -> bool:
        return not link.used and self._clock.now() < link.expires_at

    async def _address(self, link: OneTimeLink) -> Address:
        if link.sealed_email is None:
            raise dead()
        try:
            plain = await self._sealer.open(link.account_id, _ITEM, link.sealed_email)
        except ErasedError:
            raise dead() from None
        return Address(plain.decode())


def dead() -> DeadLinkError:
    """The one text for every reason."""
    return DeadLinkError("The link was used, has expired, or is not known; ask for a new one")

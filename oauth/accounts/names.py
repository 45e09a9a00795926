"""Login names: an e-mail address as a keyed digest, so that the database names nobody."""

import hmac

from oauth.accounts.address import Address
from oauth.model.kinds import LOGIN_NAMES
from oauth.model.people import LoginName
from oauth.paging import marked
from oauth.ports import Shelf, Shelves
from oauth.sealing.master import LOGIN_NAME, MasterKey


class LoginNames:
    """Which account an address belongs to. No two accounts have one name."""

    def __init__(self, vault: Shelves, master: MasterKey) -> None:
        self._shelf: Shelf[LoginName] = vault.shelf(LOGIN_NAMES)
        self._key = master.derive(LOGIN_NAME)

    def digest(self, address: Address) -> str:
        """HMAC-SHA-256: without the master key nobody can try addresses on the database."""
        name = address.name.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, name, "sha256").hex()

    async def owner(self, address: Address) -> str | None:
        """The account that has the address."""
        kept = await self._shelf.get(self.digest(address))
        return None if kept is None else kept.value.account_id

    async def claim(self, address: Address, account_id: str) -> bool:
        """Take the address for an account; False if another has it."""
        if await self._shelf.add(LoginName(self.digest(address), account_id)):
            return True
        return await self.owner(address) == account_id

    async def drop_others(self, account_id: str, keep: Address | None = None) -> None:
        """Give up every name of an account but one."""
        kept = "" if keep is None else self.digest(keep)
        async for name in marked(self._shelf, LOGIN_NAMES, "account", account_id):
            if name.value.digest != kept:
                await self._shelf.remove(name.value.digest)

"""Pairwise IDs (OpenID Connect Core §8.1): one person has another ID at every company."""

import hmac
from base64 import urlsafe_b64encode
from typing import Final

from oauth.model.companies import Client
from oauth.model.grants import PairwiseSubject
from oauth.model.kinds import SUBJECTS
from oauth.ports import Shelves
from oauth.sealing.master import PAIRWISE, MasterKey

_DIVIDER: Final = b"\x1f"


class Subjects:
    """Makes an ID at its first use and keeps it. The table is the truth: the key may change."""

    def __init__(self, *, vault: Shelves, master: MasterKey) -> None:
        self._vault = vault
        self._key = master.derive(PAIRWISE)

    async def sub(self, client: Client, account_id: str) -> str:
        """The person's ID at the client's company."""
        shelf = self._vault.shelf(SUBJECTS)
        key = f"{client.company_id}/{account_id}"
        kept = await shelf.get(key)
        if kept is None:
            made = PairwiseSubject(
                self._made(client.company_id, account_id), client.company_id, account_id
            )
            if await shelf.add(made):
                return made.sub
            kept = await shelf.get(key)
        if kept is None:
            raise RuntimeError("A pairwise ID was taken away while it was made")
        return kept.value.sub

    async def account(self, client: Client, sub: str) -> str | None:
        """The account behind an ID of the client's company, or None."""
        found = await self._vault.shelf(SUBJECTS).find("sub", f"{client.company_id}/{sub}", limit=1)
        return found[0].value.account_id if found else None

    def _made(self, sector: str, account_id: str) -> str:
        text = sector.encode() + _DIVIDER + account_id.encode()
        return urlsafe_b64encode(hmac.digest(self._key, text, "sha256")).decode().rstrip("=")

"""Reads documents of the vault, and remembers in which state they were."""

from typing import Final, TypeVar

import msgspec

from oauth.model.companies import Client
from oauth.model.consents import Dossier, dossier_key
from oauth.model.kinds import ACCOUNTS, CLIENTS, COMPANIES, CONTRACTS, DOSSIERS, TERMS, Kind
from oauth.model.people import Account
from oauth.model.terms import TermsDocument
from oauth.ports import Seen, Shelves
from oauth.records.standing import Giver

ValueT = TypeVar("ValueT", bound=msgspec.Struct)


class Reading:
    """One decision's documents.

    Attributes:
        seen: what was read, for `Shelves.add_if`.
    """

    def __init__(self, vault: Shelves) -> None:
        self._vault = vault
        self.seen: Final[list[Seen]] = []

    async def get(self, kind: Kind[ValueT], key: str) -> ValueT | None:
        """The value under a key, or None."""
        kept = await self._vault.shelf(kind).get(key)
        self.seen.append(Seen(kind, key, 0 if kept is None else kept.revision))
        return None if kept is None else kept.value

    async def giver(self, client_id: str) -> Giver:
        """A service, its company, its contract and its terms."""
        client = await self.get(CLIENTS, client_id)
        if client is None:
            return Giver()
        company = await self.get(COMPANIES, client.company_id)
        contract = await self.get(CONTRACTS, client.contract_id) if client.contract_id else None
        return Giver(company, client, contract, await self._terms(client))

    async def person(
        self, account_id: str, client_id: str
    ) -> tuple[Account | None, Dossier | None]:
        """An account, and what stands between it and a service."""
        account = await self.get(ACCOUNTS, account_id)
        return account, await self.get(DOSSIERS, dossier_key(account_id, client_id))

    async def _terms(self, client: Client) -> TermsDocument | None:
        if client.terms is None:
            return None
        return await self.get(TERMS, f"{client.terms.id}@{client.terms.version}")

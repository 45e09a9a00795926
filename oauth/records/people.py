"""Walks over the people whom companies told of and may tell of, one at a time."""

from collections.abc import AsyncIterator, Mapping, Sequence

from kernel.json import JsonValue
from kernel.times import Instant
from oauth.consent import is_minor_locked
from oauth.model.consents import dossier_key
from oauth.model.items import Item
from oauth.model.kinds import ACCOUNTS, DOSSIERS, MEMBER_RECORDS
from oauth.model.people import AccountState, MemberRecord
from oauth.paging import everything
from oauth.ports import Shelves
from oauth.records.cells import GIVEN_ITEMS
from oauth.records.keeping import open_values
from oauth.records.reading import Reading
from oauth.records.tally import newest
from oauth.sealing.sealer import ErasedError, Sealer


class Consenting:
    """The people of one count. Made anew for each: it remembers how companies stand."""

    def __init__(self, *, vault: Shelves, sealer: Sealer, now: Instant) -> None:
        self._vault = vault
        self._sealer = sealer
        self._now = now
        self._may_give: dict[str, bool] = {}

    async def values(self) -> AsyncIterator[Mapping[Item, JsonValue]]:
        """Of each person the newest value of each item, over the records that still may count.

        A record counts while the company may give such records and the person's consent with that
        service lives. People are in no order that tells anything.
        """
        async for records in self._by_person():
            found = await self._person(records)
            if found:
                yield found

    async def _by_person(self) -> AsyncIterator[Sequence[MemberRecord]]:
        """Ids of records begin with the account: neighbours are of one person."""
        group = list[MemberRecord]()
        async for kept in everything(self._vault.shelf(MEMBER_RECORDS), MEMBER_RECORDS):
            if group and group[0].account_id != kept.value.account_id:
                yield group
                group = []
            group.append(kept.value)
        if group:
            yield group

    async def _person(self, records: Sequence[MemberRecord]) -> Mapping[Item, JsonValue]:
        account_id = records[0].account_id
        account = await self._vault.shelf(ACCOUNTS).get(account_id)
        if account is None or account.value.state is not AccountState.OPEN:
            return {}
        if is_minor_locked(account.value, self._now):
            return {}
        services = {one.client_id for one in records}
        agreed = {one for one in services if await self._counts(account_id, one)}
        counting = [one for one in records if one.client_id in agreed]
        return await self._newest(account_id, counting) if counting else {}

    async def _counts(self, account_id: str, client_id: str) -> bool:
        if client_id not in self._may_give:
            giver = await Reading(self._vault).giver(client_id)
            self._may_give[client_id] = giver.is_in_standing(self._now) and giver.may_give()
        if not self._may_give[client_id]:
            return False
        dossier = await self._vault.shelf(DOSSIERS).get(dossier_key(account_id, client_id))
        return dossier is not None and dossier.value.live(self._now) is not None

    async def _newest(
        self, account_id: str, records: Sequence[MemberRecord]
    ) -> Mapping[Item, JsonValue]:
        try:
            key = await self._sealer.key(account_id)
        except ErasedError:
            return {}
        ordered = sorted(records, key=lambda one: (-one.observed_at, one.id))
        return newest((open_values(key, one) for one in ordered), GIVEN_ITEMS)

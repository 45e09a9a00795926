"""The records about one person: named, sealed, listed, taken away."""

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from kernel.json import JsonObject, JsonValue
from kernel.times import Instant, render_shortest
from oauth.model.items import Item
from oauth.model.kinds import MEMBER_RECORDS
from oauth.model.people import MemberRecord, SealedValue
from oauth.paging import marked
from oauth.ports import Shelves
from oauth.sealing.sealer import ErasedError, PersonKey, Sealer

Values: TypeAlias = Mapping[Item, JsonValue]

MOST_PROVIDED: Final = 100
_DIVIDER: Final = "."
_DIGITS: Final = 32


def record_id(account_id: str, client_id: str, dataset: str, observed_at: Instant) -> str:
    """One record for a person, service, dataset and time.

    Ids begin with the account: in the order of ids a person's records stand together.
    """
    told = f"{client_id}\x1f{dataset}\x1f{observed_at}".encode()
    return f"{account_id}{_DIVIDER}{hashlib.sha256(told).hexdigest()[:_DIGITS]}"


def seal_values(key: PersonKey, record: str, values: Values) -> SealedValue:
    """Bound to the person and to this very record."""
    told = {str(item): value for item, value in values.items()}
    return key.seal(_place(record), orjson.dumps(told, option=orjson.OPT_SORT_KEYS))


def open_values(key: PersonKey, record: MemberRecord) -> Values:
    """What the company told.

    Raises:
        BrokenSealError: the record was altered, or is another's.
    """
    told = orjson.loads(key.open(_place(record.id), record.sealed))
    return {Item(name): value for name, value in told.items()}


def _place(record: str) -> str:
    return f"{Item.MEMBER_DATA}/{record}"


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """A record as its person sees it. It does not print.

    Attributes:
        id: within this person's records; it does not show the account.
        company_id, client_id: who told.
    """

    id: str
    company_id: str
    client_id: str
    dataset: str
    observed_at: Instant
    received_at: Instant
    values: Values


class PersonRecords:
    """For the person's pages and export, and for what the person lets other companies see."""

    def __init__(self, *, vault: Shelves, sealer: Sealer) -> None:
        self._shelf = vault.shelf(MEMBER_RECORDS)
        self._sealer = sealer

    async def of_person(self, account_id: str) -> Sequence[Told]:
        """Everything that companies told, newest observation first; nothing of the erased."""
        records = [one async for one in self._records("account", account_id)]
        return await self._opened(account_id, records)

    async def sources(self, account_id: str) -> frozenset[str]:
        """The companies that told something."""
        return frozenset([one.company_id async for one in self._records("account", account_id)])

    async def records_for(self, account_id: str, sources: Collection[str]) -> Sequence[JsonObject]:
        """What these companies told, as the item `member_data` carries it: the newest ones."""
        records = [
            one
            for source in sorted(set(sources))
            async for one in self._records("source", f"{account_id}/{source}")
        ]
        return [_provided(one) for one in (await self._opened(account_id, records))[:MOST_PROVIDED]]

    async def remove(self, account_id: str, told_id: str) -> bool:
        """Take one away, by `Told.id`; False if this person has none such."""
        return await self._shelf.remove(f"{account_id}{_DIVIDER}{told_id}")

    async def remove_all(self, account_id: str) -> int:
        """Take everything away; how many there were."""
        ids = [one.id async for one in self._records("account", account_id)]
        return sum([await self._shelf.remove(one) for one in ids])

    async def _records(self, mark: str, text: str) -> AsyncIterator[MemberRecord]:
        async for kept in marked(self._shelf, MEMBER_RECORDS, mark, text):
            yield kept.value

    async def _opened(self, account_id: str, records: Sequence[MemberRecord]) -> Sequence[Told]:
        try:
            key = await self._sealer.key(account_id)
        except ErasedError:
            return []
        told = [_told(one, open_values(key, one)) for one in records]
        return sorted(told, key=lambda one: (-one.observed_at, one.id))


def _told(record: MemberRecord, values: Values) -> Told:
    return Told(
        record.id.partition(_DIVIDER)[2],
        record.company_id,
        record.client_id,
        record.dataset,
        record.observed_at,
        record.received_at,
        values,
    )


def _provided(told: Told) -> JsonObject:
    return {
        "source": told.company_id,
        "dataset": told.dataset,
        "observed_at": render_shortest(told.observed_at),
        "values": {str(item): value for item, value in told.values.items()},
    }

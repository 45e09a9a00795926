"""加盟企業から集めたデータ: what companies told about a person, with its source and date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from kernel.clock import Clock
from kernel.errors import NotFoundError
from kernel.json import JsonValue
from kernel.times import Instant
from oauth.companies.desk import Companies
from oauth.items.coarsening import coarsen
from oauth.model.items import GRANULARITIES, Item
from oauth.pages.shell import Shell, Sight, go
from oauth.pages.tellings import tell
from oauth.records.keeping import Told

_RECORDS: Final = "/account/records"


class RecordsOfPeople(Protocol):
    """What companies told about people; `oauth.records.keeping.PersonRecords`."""

    async def of_person(self, account_id: str) -> Sequence[Told]:
        """About one person, newest observation first."""

    async def remove(self, account_id: str, told_id: str) -> bool:
        """Take one away, by `Told.id`; False if this person has none such."""


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """One record in the reader's language."""

    id: str
    company: str
    service: str
    dataset: str
    observed_at: Instant
    received_at: Instant
    values: tuple[str, ...]


class RecordPages:
    """What was collected, and taking it away again."""

    def __init__(
        self, *, shell: Shell, records: RecordsOfPeople, companies: Companies, clock: Clock
    ) -> None:
        self._shell = shell
        self._records = records
        self._companies = companies
        self._clock = clock

    async def show(self, sight: Sight) -> web.Response:
        """Every record about the person."""
        told = await self._records.of_person(sight.account_id)
        is_removed = sight.request.query.get("told") == "removed"
        return self._shell.show(
            sight,
            "records.html",
            sight.words("records.title"),
            records=[await self._shown(one, sight) for one in told],
            told=sight.words("records.removed") if is_removed else "",
        )

    async def remove(self, sight: Sight) -> web.Response:
        """Take one away.

        Raises:
            NotFoundError: the person has no such record.
        """
        await self._shell.own_form(sight)
        if not await self._records.remove(sight.account_id, sight.request.match_info["record"]):
            raise NotFoundError("There is no such record about this person")
        return go(_RECORDS, told="removed")

    async def _shown(self, told: Told, sight: Sight) -> ShownRecord:
        company = await self._companies.company(told.company_id)
        client = await self._companies.client(told.client_id)
        language = sight.words.language
        return ShownRecord(
            id=told.id,
            company=told.company_id if company is None else company.value.name[language],
            service=told.client_id if client is None else client.value.name[language],
            dataset=told.dataset,
            observed_at=told.observed_at,
            received_at=told.received_at,
            values=tuple(self._said(item, value, sight) for item, value in told.values.items()),
        )

    def _said(self, item: Item, value: JsonValue, sight: Sight) -> str:
        finest = GRANULARITIES[item][0]
        if item is Item.EMAIL and isinstance(value, Mapping):
            value = {"email_verified": False, **value}
        said = coarsen(item, value, finest, self._clock.now())
        words = sight.words
        name = words.item(item)
        return (
            name
            if said is None
            else words("records.value", item=name, value=tell(item, finest, said, words))
        )

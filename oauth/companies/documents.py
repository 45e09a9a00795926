"""One document at a time: a company, a client, a contract or a text.

Each change is one compare-and-swap that is tried again when somebody else was faster: whoever reads
sees the document before or after, on every node.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec

from kernel.clock import Clock
from kernel.errors import ConflictError, NotFoundError
from kernel.times import Instant
from oauth.model.companies import Client, Company
from oauth.model.kinds import CLIENTS, COMPANIES, Kind
from oauth.ports import Shelf, Shelves

ValueT = TypeVar("ValueT", bound=msgspec.Struct)

_TRIES: Final = 20


class Documents:
    """Reads, adds and changes documents of the vault, and words what cannot be."""

    def __init__(self, *, vault: Shelves, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    def now(self) -> Instant:
        """When a change is made."""
        return self._clock.now()

    def shelf(self, kind: Kind[ValueT]) -> Shelf[ValueT]:
        """All documents of a kind."""
        return self._vault.shelf(kind)

    async def existing(self, kind: Kind[ValueT], key: str, name: str) -> ValueT:
        """The document.

        Raises:
            NotFoundError: there is none; `name` is what it says there is none of.
        """
        kept = await self.shelf(kind).get(key) if key else None
        if kept is None:
            raise NotFoundError(f"There is no such {name}")
        return kept.value

    async def company(self, company_id: str) -> Company:
        """The company; as `existing`."""
        return await self.existing(COMPANIES, company_id, "company")

    async def client(self, client_id: str) -> Client:
        """The client, ended or not; as `existing`."""
        return await self.existing(CLIENTS, client_id, "client")

    async def add(self, kind: Kind[ValueT], value: ValueT) -> None:
        """Store a new document.

        Raises:
            ConflictError: there is one of this id.
        """
        if not await self.shelf(kind).add(value):
            raise ConflictError("The id is taken; try again")

    async def change(
        self, kind: Kind[ValueT], key: str, name: str, decide: Callable[[ValueT, Instant], ValueT]
    ) -> ValueT:
        """The document as `decide` makes it, committed; `decide` may be called again.

        Raises:
            NotFoundError: there is none.
            ConflictError: others changed it each time.
        """
        shelf = self.shelf(kind)

        async def attempt() -> ValueT | None:
            kept = await shelf.get(key) if key else None
            if kept is None:
                raise NotFoundError(f"There is no such {name}")
            value = decide(kept.value, self.now())
            return value if value == kept.value or await shelf.swap(kept, value) else None

        return await persist(attempt, name)

    async def change_company(
        self, company_id: str, decide: Callable[[Company, Instant], Company]
    ) -> Company:
        """As `change`."""
        return await self.change(COMPANIES, company_id, "company", decide)

    async def change_client(
        self, client_id: str, decide: Callable[[Client, Instant], Client]
    ) -> Client:
        """As `change`."""
        return await self.change(CLIENTS, client_id, "client", decide)


async def persist(attempt: Callable[[], Awaitable[ValueT | None]], name: str) -> ValueT:
    """What an attempt makes, tried again while somebody else is faster (None).

    Raises:
        ConflictError: somebody was, each time.
    """
    for _ in range(_TRIES):
        made = await attempt()
        if made is not None:
            return made
    raise ConflictError(f"The {name} is being changed by others; try again")

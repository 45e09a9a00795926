"""What may leave the vault, said a second time, as plainly as it can be said.

The state machine compares every answer with this. It knows nothing of dossiers, revisions or
records: only who agreed to what, and what has ended since.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from kernel.errors import UnavailableError
from kernel.times import Instant, to_datetime
from oauth.items.coarsening import coarsen
from oauth.model.items import GRANULARITIES, Granularity, Item
from oauth.model.kinds import Kind
from oauth.ports import Seen, Shelf, Shelves

ValueT = TypeVar("ValueT", bound=msgspec.Struct)

JAPAN_AHEAD_US = 9 * 3_600_000_000


class Shaky:
    """A vault whose `add_if` can be made to fail, or to let somebody else in first."""

    def __init__(self, inner: Shelves) -> None:
        self.breaks = False
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        self._inner = inner

    def shelf(self, kind: Kind[ValueT]) -> Shelf[ValueT]:
        return self._inner.shelf(kind)

    async def add_if(self, kind: Kind[ValueT], value: ValueT, seen: Sequence[Seen]) -> bool:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        if self.breaks:
            raise UnavailableError("The database is not available")
        return await self._inner.add_if(kind, value, seen)

    async def sweep(self, now: Instant) -> int:
        return await self._inner.sweep(now)


@dataclass
class Agreed:
    """A consent that lives unless `ended`."""

    id: str
    items: dict[Item, Granularity]
    purpose: str
    until: Instant
    ended: bool = False


@dataclass
class Deal:
    """A contract."""

    items: dict[Item, Granularity]
    required: frozenset[Item]
    purpose: str
    runs: bool = True
    version: int = 1


@dataclass
class Member:
    """A company with its one service."""

    deal: Deal
    active: bool = True
    epoch: int = 0


@dataclass
class Citizen:
    """A person."""

    values: dict[Item, Any]
    erased: bool = False
    epoch: int = 0
    minor_until: int = 0
    verified: bool = False


@dataclass(frozen=True)
class Issued:
    """A token; `person` is empty for a company's own."""

    text: str
    member: str
    person: str
    scopes: frozenset[str]
    consent: str
    company_epoch: int
    account_epoch: int
    until: Instant


@dataclass
class Model:
    """Everything that counts."""

    members: dict[str, Member] = field(default_factory=dict)
    people: dict[str, Citizen] = field(default_factory=dict)
    agreed: dict[tuple[str, str], Agreed] = field(default_factory=dict)
    tokens: list[Issued] = field(default_factory=list)

    def is_dead(self, token: Issued, now: Instant) -> bool:
        """Whether the token and its company let anything be read."""
        member = self.members[token.member]
        if now >= token.until or member.epoch != token.company_epoch:
            return True
        if not member.active or not member.deal.runs:
            return True
        return bool(token.person) and self.people[token.person].epoch != token.account_epoch

    def lets(self, person: str, token: Issued, now: Instant) -> bool:
        """Whether the person lets the service read at all."""
        citizen, agreed = self.people[person], self.agreed.get((person, token.member))
        year = to_datetime(Instant(now + JAPAN_AHEAD_US)).year
        if citizen.erased or year <= citizen.minor_until:
            return False
        if agreed is None or agreed.ended or now >= agreed.until:
            return False
        return not token.person or agreed.id == token.consent

    def finest(self, person: str, token: Issued, item: Item) -> Granularity | None:
        """How finely the item may be read; None: not at all."""
        deal, agreed = self.members[token.member].deal, self.agreed[person, token.member]
        covered = item in token.scopes if token.person else "attributes" in token.scopes
        if not covered or agreed.purpose != deal.purpose:
            return None
        if item not in deal.items or item not in agreed.items:
            return None
        order = GRANULARITIES[item]
        return order[max(order.index(deal.items[item]), order.index(agreed.items[item]))]

    def answer(
        self, person: str, token: Issued, asked: Mapping[Item, Granularity | None], now: Instant
    ) -> dict[str, Any] | None:
        """Item → value as it has to be answered; None: the token does not reach so finely."""
        found: dict[str, Any] = {}
        for item, granularity in asked.items():
            finest = self.finest(person, token, item)
            if finest is None:
                continue
            order = GRANULARITIES[item]
            wanted = granularity or finest
            if order.index(wanted) < order.index(finest):
                return None
            value = self._value(person, item)
            said = None if value is None else coarsen(item, value, wanted, now, finest)
            if said is not None:
                found[item.value] = said
        return found

    def _value(self, person: str, item: Item) -> Any:
        citizen = self.people[person]
        value = citizen.values.get(item)
        if item is Item.EMAIL and value is not None:
            return {**value, "email_verified": citizen.verified}
        return value

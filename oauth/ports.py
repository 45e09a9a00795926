"""What `oauth` needs from outside: storage, mail, and the city's statistics.

The vault is shelves of small documents. Whatever may stop access (company, contract, dossier,
account, grant) is one document, so that its every change is one compare-and-swap, atomic on every
engine. Shelves belong to the vault or to the key store, never to the city database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from kernel.times import Instant
from oauth.model.kinds import Kind
from oauth.model.texts import Language
from oauth.model.token import Token

ValueT = TypeVar("ValueT", bound=msgspec.Struct)


class TokenStore(Protocol):
    """Operator and machine tokens, by the SHA-256 of their secret; the secret is never stored."""

    async def put(self, token: Token) -> None:
        """Store a token. One of the same name is replaced: its old secret is dead at once."""

    async def add(self, token: Token) -> bool:
        """Store a token unless there is one of its name; whether it was stored."""

    async def by_name(self, name: str) -> Token | None:
        """The token of this name, or None."""

    async def by_digest(self, digest: str) -> Token | None:
        """The token whose secret has this SHA-256 (64 hexadecimal digits), or None."""

    async def all(self) -> Sequence[Token]:
        """Every token, expired ones included, in order of name."""

    async def remove(self, name: str) -> bool:
        """Remove by name; False if there was none."""

    async def version(self) -> int:
        """A number that rises with every `put`, `add` and `remove` of any process.

        Caches compare it. A process that dies between a change and its number leaves it behind
        until the next change: caches read anew from time to time without it.
        """


@dataclass(frozen=True, slots=True)
class Kept(Generic[ValueT]):
    """A value as it was read. `revision` is for comparing only: no two values ever had the same."""

    value: ValueT
    revision: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A document that a decision rests on: `Shelves.add_if` compares its revision.

    A `revision` of 0 says that there was none.
    """

    kind: Kind[Any]
    key: str
    revision: int


class Shelf(Protocol[ValueT]):
    """All documents of one kind. Every call reads what is committed, on every node."""

    async def get(self, key: str) -> Kept[ValueT] | None:
        """The value under a key, or None."""

    async def add(self, value: ValueT) -> bool:
        """Store a new value, durably; False if its key is taken. Of several at once, one wins."""

    async def swap(self, kept: Kept[ValueT], value: ValueT) -> bool:
        """Put `value` in the place of what was read; False if it changed or went meanwhile.

        Both have the same key. Of several at once, one wins. Marks follow the value.
        """

    async def remove(self, key: str) -> bool:
        """Remove; False if there was none. A swap of what was read before fails afterwards."""

    async def find(
        self, mark: str, text: str, *, after: str = "", limit: int = 100
    ) -> Sequence[Kept[ValueT]]:
        """Values with that mark, in order of key, those beyond the key `after`."""

    async def all(self, *, after: str = "", limit: int = 100) -> Sequence[Kept[ValueT]]:
        """Values in order of key, those beyond the key `after`."""


class Shelves(Protocol):
    """The vault, or the key store.

    Every method of it and of its shelves raises UnavailableError when the database is away; what
    was to be written is then not promised either way.
    """

    def shelf(self, kind: Kind[ValueT]) -> Shelf[ValueT]:
        """The shelf of a kind."""

    async def add_if(self, kind: Kind[ValueT], value: ValueT, seen: Sequence[Seen]) -> bool:
        """Store a new value only if every document in `seen` is still as it was read.

        On True the value is durable, and all of `seen` held at one moment not earlier than this
        call's beginning; on False nothing of it is stored. Whoever swaps one of `seen` and looks
        afterwards finds every value that was added on the strength of what stood before. SQLite
        does it in one transaction; MongoDB compares before the insertion and after it, and takes
        the value back where one differs.
        """

    async def sweep(self, now: Instant) -> int:
        """Remove what has expired; how many documents went."""


class Mailer(Protocol):
    """Sends mail to a person. A message is sent once `send` returns."""

    async def send(self, to: str, subject: str, text: str, language: Language) -> None:
        """Send plain text.

        Raises:
            UnavailableError: the mail server did not take it.
        """


class StatisticsSink(Protocol):
    """The way of counts of people into the city database; what is behind it checks them again.

    Attributes:
        cells: every cell that there is, such as `language:ja`: the declared grid.
        min_people: no smaller number gets through; a higher threshold may be applied.
        rounding: what numbers are multiples of.
    """

    @property
    def cells(self) -> Sequence[str]:
        """The grid."""

    @property
    def min_people(self) -> int:
        """The lowest threshold."""

    @property
    def rounding(self) -> int:
        """The step of the numbers."""

    async def put(self, counts: Mapping[str, int], *, below: int) -> None:
        """Publish the whole grid at once, durably; cells that are not in `counts` are `below`.

        Raises:
            UnavailableError: the city database is away; put the numbers again later.
            OurError: they break the policy of the way in; nothing is published.
        """


class WaitingDevice(msgspec.Struct, frozen=True):
    """A device that may not write before somebody approves it.

    Attributes:
        tenant: empty for the default one.
        device_class: as the registry names it.
        needs_notice: its class meets people: the public is told before it may write.
        notice_url: of a notice that is on record already, or "".
    """

    tenant: str
    id: str
    name: str
    device_class: str
    site: str
    owner: str
    contact: str
    needs_notice: bool
    notice_url: str
    requested_at: Instant


class DeviceApprovals(Protocol):
    """Decisions about devices that wait for one."""

    async def waiting(self) -> Sequence[WaitingDevice]:
        """Devices that nobody has decided about, by tenant and id; at most 500."""

    async def approve(
        self, tenant: str, device_id: str, *, role: str, notice_url: str, published_on: str
    ) -> None:
        """Let a device write. `role` is an office; the notice is empty where there is none.

        Raises:
            NotFoundError: there is no such device.
            BadRequestError: role, address or day are none.
            UnprocessableError: it is retired, or its class needs a notice that stands by now.
        """

    async def deny(self, tenant: str, device_id: str, *, role: str) -> None:
        """Leave it silent, and take it from those that wait; it may be approved another time.

        Raises:
            NotFoundError: there is no such device.
            BadRequestError: the role is none.
            UnprocessableError: it is retired.
        """

"""What the broker needs from a storage engine and from the outside, written as contracts.

Every method names its tenant, so that code which forgets the tenant does not type-check (an empty
tenant is the default one). A tenant exists from its first write on; reading one that does not exist
finds nothing. Stores raise `kernel.errors.UnavailableError` when the database cannot be reached;
driver text never travels in it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from broker.core.decision import Decide, Target
from broker.federation.asks import Origin, QueryAnswer, QueryAsk, UpdateAnswer, UpdateAsk
from broker.federation.model import Forwarded, Registration
from broker.model.changes import Change, HistoryRow
from broker.model.entity import Entity, EntityKey
from broker.model.notice import Notice
from broker.ql.ast import EVERYTHING, Node, OrderBy
from broker.subscriptions.model import Delivered, Subscription
from broker.temporal.query import Aggregate, AggregateQuery, HistoryQuery
from kernel.times import Instant

ResultT = TypeVar("ResultT")
DEFAULT_LIMIT = 20


class Cursor(msgspec.Struct, frozen=True):
    """Where a page ended: the creation order's key of its last entity."""

    created_at: Instant
    key: EntityKey


class EntityQuery(msgspec.Struct, frozen=True):
    """Which entities, in which order, which page.

    Attributes:
        where: the condition.
        order: keys before the final one, which is always the order of creation
            (`created_at`, then id, type, service path), so that the order is total. A missing
            value sorts first (last when descending); between kinds: null, numbers, texts,
            objects, arrays, truth values, instants.
        limit: at most this many, ≥ 0.
        offset: skipped first; excludes `after`.
        after: only entities behind this one; only together with an empty `order`.
        count: whether `Page.total` is wanted.
    """

    where: Node = EVERYTHING
    order: tuple[OrderBy, ...] = ()
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    after: Cursor | None = None
    count: bool = False


class Page(msgspec.Struct, frozen=True):
    """Entities of a query. `total` is set if asked for; `next` if a full page may have more."""

    entities: Sequence[Entity]
    total: int | None = None
    next: Cursor | None = None


class TypeSummary(msgspec.Struct, frozen=True):
    """A type that exists: how many entities have it and which v2 types each attribute has."""

    type: str
    count: int
    attributes: dict[str, tuple[str, ...]]
    """Attribute name → v2 types in order of name."""


class EntityStore(Protocol):
    """Entities, and with them, in the same commit, history and owed notifications."""

    async def write(
        self, tenant: str, targets: Sequence[Target], decide: Decide[ResultT]
    ) -> ResultT:
        """Load what `targets` name, decide, commit everything atomically, return the result.

        Returns after the commit is durable. Two writes whose targets overlap happen one after the
        other. If `decide` raises, nothing is written and the exception passes through unchanged.
        After the commit the decision's notices and changes are handed to the `Announcer`, in
        commit order. An entity past its `expires_at` is not loaded.
        """

    async def find(self, tenant: str, targets: Sequence[Target]) -> Sequence[Entity]:
        """The entities that any target names, each once, in order of creation.

        Sees every write that was answered before the call. Expired entities are absent.
        """

    async def query(self, tenant: str, query: EntityQuery) -> Page:
        """The page of entities that `broker.ql.predicate` would select, in the query's order."""

    async def types(self, tenant: str, where: Node) -> Sequence[TypeSummary]:
        """The types of the entities that `where` selects, in order of name."""

    async def tenants(self) -> Sequence[str]:
        """Every tenant with an entity or a subscription, in order of name."""

    async def sweep(self, now: Instant) -> int:
        """Remove expired entities of all tenants from the database; returns how many."""


class HistoryStore(Protocol):
    """The values that attributes had."""

    async def rows(self, tenant: str, query: HistoryQuery) -> Sequence[HistoryRow]:
        """Rows of the window in order of (time, recorded_at), oldest first."""

    async def aggregate(self, tenant: str, query: AggregateQuery) -> Sequence[Aggregate]:
        """One value per period that has rows, oldest first."""

    async def append(self, tenant: str, rows: Sequence[HistoryRow]) -> None:
        """Add rows without touching entities: the back-fill of past periods. Durable on return."""

    async def forget(self, tenant: str, before: Instant) -> int:
        """Remove rows whose time is before the instant (retention); returns how many."""


class SubscriptionStore(Protocol):
    """Subscriptions, and what delivery knows of them."""

    async def put(self, tenant: str, subscription: Subscription) -> None:
        """Store a subscription, new or replaced, keeping what delivery knows of it."""

    async def get(self, tenant: str, subscription_id: str) -> Subscription | None:
        """The subscription, or None."""

    async def all(self, tenant: str) -> Sequence[Subscription]:
        """Every subscription of the tenant in order of creation."""

    async def delivered(self, tenant: str, ids: Sequence[str]) -> dict[str, Delivered]:
        """What delivery knows of each of these; those never delivered are absent."""

    async def remove(self, tenant: str, subscription_id: str) -> bool:
        """Remove it with its counters, owed notices and dead letters; False if there was none."""

    async def version(self) -> int:
        """A number that rises with every `put` and `remove` of any tenant and any process.

        Caches of subscriptions compare it: nothing else tells processes of one another.
        """


class Owners(Protocol):
    """Whether those who made subscriptions may still be told what these tell. Held in memory."""

    @property
    def generation(self) -> int:
        """A number that rises when any answer of `allow` may have changed."""

    async def refresh(self) -> None:
        """Notice what became of credentials, in any process."""

    def allow(self, tenant: str, subscription: Subscription) -> bool:
        """Whether the subscription is to be delivered, as far as its owner decides.

        As of the last `refresh`, but for expiry, which is noticed at its instant.
        """


class RegistrationStore(Protocol):
    """Registrations of context providers, and what is known of the requests they caused."""

    async def put(self, tenant: str, registration: Registration) -> None:
        """Store a registration, new or replaced, keeping what is known of its requests."""

    async def get(self, tenant: str, registration_id: str) -> Registration | None:
        """The registration, or None."""

    async def all(self, tenant: str) -> Sequence[Registration]:
        """Every registration of the tenant in order of creation."""

    async def forwarded(self, tenant: str, ids: Sequence[str]) -> dict[str, Forwarded]:
        """What is known of each of these; those that caused no request are absent."""

    async def count(self, tenant: str, more: Mapping[str, Forwarded]) -> None:
        """Add to what is known (`Forwarded.with_more`); what is about no registration is let pass.

        Two processes that count at the same time both count.
        """

    async def remove(self, tenant: str, registration_id: str) -> bool:
        """Remove it with what is known of it; False if there was none."""

    async def version(self) -> int:
        """A number that rises with every `put` and `remove` of any tenant and any process."""


class ContextProviders(Protocol):
    """Other brokers, asked in a protocol of theirs.

    Both raise `kernel.errors.PeerError` if no usable answer came in time; its message says why and
    quotes nothing of the answer.
    """

    async def query(self, ask: QueryAsk, origin: Origin, *, limit: int, offset: int) -> QueryAnswer:
        """Ask for entities. They are at the service path `origin` names, or at `/`."""

    async def update(self, ask: UpdateAsk, origin: Origin) -> UpdateAnswer:
        """Have attributes updated."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of one notice: delivered, put off, given up (a dead letter) or not wanted."""

    notice: Notice
    delivered: Delivered
    """The subscription's counters after it."""
    retry_at: Instant | None = None
    """Put off until then; the notice stays owed with one more attempt."""
    dead: bool = False
    """Given up: the notice moves to the dead letters."""
    reason: str = ""


class DeadLetter(msgspec.Struct, frozen=True):
    """A notification that was given up."""

    notice: Notice
    failed_at: Instant
    reason: str


class Backlog(msgspec.Struct, frozen=True):
    """How many notifications of a subscription are owed, and how many were given up."""

    waiting: int = 0
    dead: int = 0


class Outbox(Protocol):
    """Notifications owed: written with their cause, removed when they are settled."""

    async def owed(
        self, *, lane: str | None = None, after: int = 0, limit: int = 1_000
    ) -> Sequence[Notice]:
        """Owed notices of all tenants with a number above `after`, in order of number."""

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Commit outcomes and the counters of their subscriptions together.

        Settling a notice that is no longer owed changes counters only; of several outcomes of one
        subscription the last one's counters stay; a removed subscription gets none.
        """

    async def dead_letters(
        self, tenant: str, subscription_id: str, limit: int = 100, offset: int = 0
    ) -> Sequence[DeadLetter]:
        """Dead letters of a subscription in order of number, without the first `offset`."""

    async def backlog(self, tenant: str, subscription_id: str) -> Backlog:
        """How much of a subscription is owed and given up; nothing of one that does not exist."""

    async def revive(self, tenant: str, subscription_id: str, numbers: Sequence[int]) -> int:
        """Owe dead letters again, under their old numbers and with no attempt counted.

        Returns how many there were.
        """

    async def forget(self, before: Instant) -> int:
        """Remove dead letters that failed before the instant, of all tenants; returns how many."""

    async def lease(self, name: str, holder: str, until: Instant, now: Instant) -> bool:
        """Take or extend the named lease; False while another holder's lease runs."""


class Announcer(Protocol):
    """Hears of every commit of this process, after it; must return at once and never raises."""

    def announce(self, tenant: str, notices: Sequence[Notice], changes: Sequence[Change]) -> None:
        """Notices carry their numbers."""


class ChangeFeed(Protocol):
    """Changes of this process as they are committed; for boards and streams."""

    def changes(self, tenant: str) -> AsyncIterator[Change]:
        """Every change from now on. A reader that is too slow loses the oldest, and is told so."""


class Outgoing(msgspec.Struct, frozen=True):
    """A notification as it goes over the wire.

    Attributes:
        url: of an http(s) receiver, or `mqtt://host:port` with `topic`.
        method, headers: of an HTTP request; header order and case are kept.
        body: None sends no body.
        topic, qos, retain, user, password: of an MQTT publication.
        timeout_ms: 0 means the sender's default.
    """

    url: str
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    topic: str = ""
    qos: int = 0
    retain: bool = False
    user: str = ""
    password: str = ""
    timeout_ms: int = 0


class Renderer(Protocol):
    """Puts a notice into the words of the face that the subscription was made through. Pure."""

    def render(self, subscription: Subscription, notice: Notice) -> Outgoing | None:
        """The message; None if nothing is to be sent after all (`covered` and its like)."""

"""The scale-out engine (decision D5). The only file that knows motor (ADR 0050).

Motor's maintainers name PyMongo's own asynchronous client as its successor. The calls that
`collection.py` makes on the driver exist in both; closing the client and beginning a session, which
differ, stand here.
"""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ReadPreference
from pymongo.errors import PyMongoError

from broker.ports import Announcer
from kernel.clock import Clock
from storage.errors import translating
from storage.instants import CommitInstants
from storage.mongodb.chains import Chain, Serials
from storage.mongodb.collection import Collection
from storage.mongodb.committing import committing
from storage.mongodb.database import Database
from storage.mongodb.dead_letters import MongoDeadLetters
from storage.mongodb.devices import MongoDevices
from storage.mongodb.draft import Shelves
from storage.mongodb.entities import MongoEntities
from storage.mongodb.history import MongoHistory
from storage.mongodb.indexes import CITY, Wanted, make_indexes
from storage.mongodb.outbox import MongoOutbox
from storage.mongodb.pulse import DEAD_AFTER_S
from storage.mongodb.registrations import MongoRegistrations
from storage.mongodb.retries import Retries
from storage.mongodb.selection import at_most, exactly
from storage.mongodb.server import examine
from storage.mongodb.subscriptions import MongoSubscriptions
from storage.mongodb.transactions import Together
from storage.mongodb.write_ids import WriteIds
from storage.mongodb.writing import Writer

_OPTIONS: Final[dict[str, Any]] = {
    "appname": "odori",
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 20_000,
    "maxPoolSize": 32,
    "w": "majority",
    "journal": True,
}
"""Options of the client, unless the URL has its own."""


class MongoEngine:
    """The city database on a MongoDB server, for one event loop.

    Args:
        url: `mongodb://…`; its options come before ours.
        database: its name.
        clock: instants of commits and of expiry.
        announcer: hears of every commit of this process.
        chance: spreads the retries of writers that met.
        dead_after_s: how long a node may be silent before others finish its writes. Matters only
            without transactions.

    Raises on entry:
        UnavailableError: the server does not answer.
    """

    entities: MongoEntities
    history: MongoHistory
    subscriptions: MongoSubscriptions
    registrations: MongoRegistrations
    outbox: MongoOutbox
    devices: MongoDevices
    dead_letters: MongoDeadLetters

    def __init__(
        self,
        url: str,
        database: str,
        clock: Clock,
        announcer: Announcer,
        chance: random.Random,
        *,
        dead_after_s: float = DEAD_AFTER_S,
    ) -> None:
        self._url = url
        self._database = database
        self._clock = clock
        self._announcer = announcer
        self._chance = chance
        self._dead_after_s = dead_after_s

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            database = await opened.enter_async_context(
                open_database(self._url, self._database, CITY)
            )
            await self._build(opened, database)
            self._opened = opened.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    async def _build(self, opened: AsyncExitStack, database: Database) -> None:
        collection = database.collection
        shelves = Shelves.of(collection)
        links = collection("chains")
        write_ids = WriteIds(await Chain(links, "nodes").next())
        retries = Retries(self._chance)
        committer = await opened.enter_async_context(
            committing(
                database,
                shelves,
                write_ids=write_ids,
                retries=retries,
                clock=self._clock,
                dead_after_s=self._dead_after_s,
            )
        )
        serials = Serials(Chain(links, "notices"), self._clock)
        self.entities = MongoEntities(
            shelves,
            Writer(
                shelves.entities, committer, write_ids=write_ids, serials=serials, retries=retries
            ),
            clock=self._clock,
            instants=CommitInstants(self._clock),
            announcer=self._announcer,
            ranged=exactly if database.server.elements else at_most,
        )
        self.history = MongoHistory(shelves.history, shelves.entities, write_ids)
        self.devices = MongoDevices(collection("devices"), committer)
        self.dead_letters = MongoDeadLetters(collection("refused"), write_ids)
        await self._build_delivery(database, shelves, links, write_ids.node)
        registered = Chain(links, "registrations")
        await registered.next()  # as for subscriptions
        self.registrations = MongoRegistrations(
            registrations=collection("registrations"),
            forwarded=collection("forwarded"),
            versions=registered,
        )

    async def _build_delivery(
        self, database: Database, shelves: Shelves, links: Collection, node: str
    ) -> None:
        delivered = database.collection("delivered")
        dead_letters = database.collection("dead_letters")
        versions = Chain(links, "subscriptions")
        # A process that died between a change and its version number left other caches behind.
        await versions.next()
        self.subscriptions = MongoSubscriptions(
            subscriptions=shelves.subscriptions,
            delivered=delivered,
            outbox=shelves.outbox,
            dead_letters=dead_letters,
            versions=versions,
        )
        self.outbox = MongoOutbox(
            outbox=shelves.outbox,
            claims=shelves.claims,
            dead_letters=dead_letters,
            subscriptions=shelves.subscriptions,
            delivered=delivered,
            together=database.together,
            leases=lambda name: Chain(links, f"lease:{name}"),
            clock=self._clock,
            node=node,
        )


@asynccontextmanager
async def open_database(
    url: str, name: str, indexes: Wanted, *, secondaries: bool = True
) -> AsyncIterator[Database]:
    """Connect, look at the server, and make the indexes.

    Without `secondaries` nothing is read from one, whatever the URL prefers: what was revoked or
    withdrawn is so at once.

    Raises:
        UnavailableError: the server does not answer, or the URL is not one.
    """
    with _client(url) as client:
        with translating(PyMongoError):
            server = await examine(client)
        preference = None if secondaries else ReadPreference.PRIMARY
        names = client.get_database(name, read_preference=preference)

        def collection(title: str) -> Collection:
            return Collection(names[title], at_once=server.at_once)

        await make_indexes(collection, indexes)
        begin = client.start_session if server.transactions else None
        yield Database(collection, Together(begin), server)


@contextmanager
def _client(url: str) -> Iterator[Any]:
    """A client whose calls end and whose acknowledged writes stay; connects at the first call."""
    said = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
    unsaid = {name: value for name, value in _OPTIONS.items() if name.lower() not in said}
    with translating(PyMongoError):
        client: Any = AsyncIOMotorClient(url, **unsaid)
    try:
        yield client
    finally:
        client.close()

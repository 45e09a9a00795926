"""The scale-out engine (decision D5). The only file that knows motor (ADR 0050).

Motor's maintainers name PyMongo's own asynchronous client as its successor; the calls that are made
on the driver here and in `collection.py` exist in both, so that changing over is one import.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import fields
from functools import partial
from typing import Any, Final, Self

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError

from broker.ports import Announcer
from kernel.clock import Clock
from serving.tasks import Supervisor
from storage.errors import translating
from storage.instants import CommitInstants
from storage.mongodb.chains import Chain, Serials
from storage.mongodb.claims import Claims
from storage.mongodb.collection import Collection
from storage.mongodb.draft import Committer, Shelves
from storage.mongodb.entities import MongoEntities
from storage.mongodb.history import MongoHistory
from storage.mongodb.indexes import make_indexes
from storage.mongodb.outbox import MongoOutbox
from storage.mongodb.pulse import DEAD_AFTER_S, Pulse
from storage.mongodb.selection import at_most, exactly
from storage.mongodb.server import Server, examine
from storage.mongodb.subscriptions import MongoSubscriptions
from storage.mongodb.transactions import Together, Transactions
from storage.mongodb.write_ids import WriteIds
from storage.mongodb.writing import Writer

_CONNECT_MS: Final = 5_000
_ANSWER_MS: Final = 20_000
_CONNECTIONS: Final = 32


class MongoEngine:
    """The city database on a MongoDB server, for one event loop.

    Args:
        url: `mongodb://…`; what it says about time-outs and write concern wins.
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
    outbox: MongoOutbox

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
            client = opened.enter_context(open_client(self._url))
            with translating(PyMongoError):
                server = await examine(client)
            names = client[self._database]

            def collection(name: str) -> Collection:
                return Collection(names[name], at_once=server.at_once)

            await make_indexes(collection)
            together = Together(client, transactions=server.transactions)
            await self._build(opened, collection, together, server)
            self._opened = opened.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    async def _build(
        self,
        opened: AsyncExitStack,
        collection: Callable[[str], Collection],
        together: Together,
        server: Server,
    ) -> None:
        shelves = Shelves(**{field.name: collection(field.name) for field in fields(Shelves)})
        links = collection("chains")
        write_ids = WriteIds(await Chain(links, "nodes").next())
        committer: Committer
        if server.transactions:
            committer = Transactions(shelves, together)
        else:
            pulse = Pulse(collection("nodes"), write_ids.node, dead_after_s=self._dead_after_s)
            committer = Claims(shelves, pulse, self._clock, swaps=server.swaps)
            await opened.enter_async_context(_alive(pulse, committer, self._dead_after_s / 2))
        serials = Serials(Chain(links, "notices"), self._clock)
        versions = Chain(links, "subscriptions")
        # A process that died between a change and its version number left other caches behind.
        await versions.next()
        self.entities = MongoEntities(
            shelves,
            Writer(
                shelves.entities,
                committer,
                write_ids=write_ids,
                serials=serials,
                chance=self._chance,
            ),
            clock=self._clock,
            instants=CommitInstants(self._clock),
            announcer=self._announcer,
            ranged=exactly if server.elements else at_most,
        )
        self.history = MongoHistory(shelves.history, shelves.entities, write_ids)
        self._build_delivery(collection, shelves, together, links, versions)

    def _build_delivery(
        self,
        collection: Callable[[str], Collection],
        shelves: Shelves,
        together: Together,
        links: Collection,
        versions: Chain,
    ) -> None:
        delivered = collection("delivered")
        dead_letters = collection("dead_letters")
        self.subscriptions = MongoSubscriptions(
            subscriptions=shelves.subscriptions,
            delivered=delivered,
            outbox=shelves.outbox,
            dead_letters=dead_letters,
            versions=versions,
        )
        self.outbox = MongoOutbox(
            outbox=shelves.outbox,
            dead_letters=dead_letters,
            subscriptions=shelves.subscriptions,
            delivered=delivered,
            together=together,
            leases=lambda name: Chain(links, f"lease:{name}"),
            clock=self._clock,
        )


@contextmanager
def open_client(url: str) -> Iterator[Any]:
    """A client whose calls end, and whose acknowledged writes stay. Connects with the first call.

    Raises:
        UnavailableError: the URL is not one.
    """
    with translating(PyMongoError):
        client: Any = AsyncIOMotorClient(
            url,
            appname="odori",
            serverSelectionTimeoutMS=_CONNECT_MS,
            connectTimeoutMS=_CONNECT_MS,
            socketTimeoutMS=_ANSWER_MS,
            w="majority",
            journal=True,
            maxPoolSize=_CONNECTIONS,
        )
    try:
        yield client
    finally:
        client.close()


@asynccontextmanager
async def _alive(pulse: Pulse, claims: Claims, pause_s: float) -> AsyncIterator[None]:
    """Beats, and looks after the claims of nodes that do not, until the context is left."""
    await pulse.beat()
    try:
        async with Supervisor() as tasks:
            tasks.keep("mongodb pulse", pulse.keep)
            tasks.keep("mongodb recovery", partial(_recover, claims, pause_s))
            yield
    finally:
        await pulse.stop()


async def _recover(claims: Claims, pause_s: float) -> None:
    while True:
        await claims.recover()
        await asyncio.sleep(pause_s)

"""A broker with its NGSI-LD surface, and NGSI-v2 beside it, over an engine on a loopback port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, web
from prometheus_client import CollectorRegistry
from support.federated import federated
from support.memory import MemoryEngine, Silent
from support.v2_broker import Welcoming

from broker.ld.door import Limits
from broker.ld.library import ContextLibrary
from broker.ld.routes import surface
from broker.service.book import SubscriptionBook
from broker.service.broker import Broker
from broker.service.subscriptions import Subscriptions
from broker.v2.routes import surface as v2_surface
from kernel.clock import Clock
from kernel.ids import SeededIds
from serving.app import build_app
from storage.engine import Engine


@asynccontextmanager
async def listening(
    engine: Engine,
    *,
    clock: Clock,
    library: ContextLibrary | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[int]:
    """The port of the running server, until the block ends."""
    book = SubscriptionBook(engine.subscriptions)
    ids = SeededIds(7)
    broker = Broker(entities=engine.entities, history=engine.history, book=book, feed=Silent())
    subscriptions = Subscriptions(
        store=engine.subscriptions, outbox=engine.outbox, book=book, clock=clock, ids=ids
    )
    ld = surface(
        broker, subscriptions, clock=clock, ids=ids, library=library, limits=limits or Limits()
    )
    others = federated(engine, broker, clock=clock, ids=ids)
    v2 = v2_surface(broker, subscriptions, others, clock=clock, ids=ids)
    app = build_app([ld, v2], authenticator=Welcoming(), registry=CollectorRegistry(), clock=clock)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving_ld(
    *, clock: Clock, library: ContextLibrary | None = None, limits: Limits | None = None
) -> AsyncIterator[ClientSession]:
    """A client of a server over the stores in memory, until the block ends."""
    async with (
        listening(MemoryEngine(clock), clock=clock, library=library, limits=limits) as port,
        ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        yield client

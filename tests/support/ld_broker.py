"""A broker with its NGSI-LD surface (and NGSI-v2 beside it) in memory, on a loopback port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, web
from prometheus_client import CollectorRegistry
from support.memory import Memory, MemoryHistory, MemoryOutbox, MemorySubscriptions, Silent
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


@asynccontextmanager
async def serving_ld(
    *, clock: Clock, library: ContextLibrary | None = None, limits: Limits | None = None
) -> AsyncIterator[ClientSession]:
    """A client of the running server, until the block ends."""
    memory = Memory(clock)
    store = MemorySubscriptions(memory)
    book = SubscriptionBook(store)
    ids = SeededIds(7)
    broker = Broker(entities=memory, history=MemoryHistory(memory), book=book, feed=Silent())
    subscriptions = Subscriptions(
        store=store, outbox=MemoryOutbox(memory), book=book, clock=clock, ids=ids
    )
    app = build_app(
        [
            surface(broker, library=library, limits=limits or Limits()),
            v2_surface(broker, subscriptions, clock=clock, ids=ids),
        ],
        authenticator=Welcoming(),
        registry=CollectorRegistry(),
        clock=clock,
    )
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        async with ClientSession(f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        await runner.cleanup()

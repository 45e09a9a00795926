"""A broker with its NGSI-v2 surface over the stores in memory, on a loopback port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CollectorRegistry
from support.memory import Memory, MemoryHistory, MemoryOutbox, MemorySubscriptions, Silent

from broker.service.book import SubscriptionBook
from broker.service.broker import Broker
from broker.service.subscriptions import Subscriptions
from broker.v2.door import Limits
from broker.v2.routes import surface
from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.permission import EVERY_SCOPE, Principal
from serving.app import build_app

EVERYBODY = Principal("everybody", EVERY_SCOPE)


class Welcoming:
    """An authenticator that knows everybody."""

    async def authenticate(self, request: web.Request) -> Principal:  # noqa: ARG002
        return EVERYBODY


@dataclass(frozen=True)
class Served:
    """A running server, and what stands behind it."""

    port: int
    memory: Memory
    outbox: MemoryOutbox
    subscriptions: MemorySubscriptions


@asynccontextmanager
async def serving_v2(
    *, clock: Clock, ids: IdSource, limits: Limits | None = None
) -> AsyncIterator[Served]:
    """The server, until the block ends."""
    memory = Memory(clock)
    history, outbox = MemoryHistory(memory), MemoryOutbox(memory)
    store = MemorySubscriptions(memory)
    book = SubscriptionBook(store)
    broker = Broker(entities=memory, history=history, book=book, feed=Silent())
    subscriptions = Subscriptions(store=store, outbox=outbox, book=book, clock=clock, ids=ids)
    app = build_app(
        [
            surface(
                broker,
                subscriptions,
                clock=clock,
                ids=ids,
                limits=limits or Limits(),
                words_unknown_paths=True,
            )
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
        yield Served(runner.addresses[0][1], memory, outbox, store)
    finally:
        await runner.cleanup()

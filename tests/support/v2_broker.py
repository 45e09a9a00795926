"""A broker with its NGSI-v2 surface over an engine, on a loopback port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry
from support.federated import federated
from support.memory import Silent

from broker.outbound.fetching import Fetcher
from broker.service.book import SubscriptionBook
from broker.service.broker import Broker
from broker.service.subscriptions import Subscriptions
from broker.v2.door import Limits
from broker.v2.management import management_surface
from broker.v2.routes import surface
from city.logs import LogLevel
from city.server import listening
from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.permission import EVERY_SCOPE, Principal
from serving.app import build_app
from serving.cors import Cors
from storage.engine import Engine

EVERYBODY = Principal("everybody", EVERY_SCOPE)


class Welcoming:
    """An authenticator that knows everybody."""

    async def authenticate(self, request: web.Request) -> Principal:  # noqa: ARG002
        return EVERYBODY


def services(
    engine: Engine, clock: Clock, ids: IdSource, book: SubscriptionBook | None = None
) -> tuple[Broker, Subscriptions]:
    """What the faces stand on, over an engine."""
    book = book or SubscriptionBook(engine.subscriptions)
    broker = Broker(entities=engine.entities, history=engine.history, book=book, feed=Silent())
    subscriptions = Subscriptions(
        store=engine.subscriptions, outbox=engine.outbox, book=book, clock=clock, ids=ids
    )
    return broker, subscriptions


@asynccontextmanager
async def serving_v2(
    engine: Engine,
    *,
    clock: Clock,
    ids: IdSource,
    limits: Limits | None = None,
    fetcher: Fetcher | None = None,
    cors: Cors | None = None,
) -> AsyncIterator[int]:
    """The port of a running server, until the block ends; providers are asked by `fetcher`."""
    book = SubscriptionBook(engine.subscriptions)
    broker, subscriptions = services(engine, clock, ids, book)
    limits = limits or Limits()
    others = federated(engine, broker, clock=clock, ids=ids, fetcher=fetcher)
    v2 = surface(
        broker, subscriptions, others, clock=clock, ids=ids, limits=limits, words_unknown_paths=True
    )
    management = management_surface(book, LogLevel(), clock=clock, ids=ids, limits=limits)
    app = build_app(
        [management, v2],
        authenticator=Welcoming(),
        registry=CollectorRegistry(),
        clock=clock,
        cors=cors,
    )
    async with listening(app, "127.0.0.1", 0) as port:
        yield port

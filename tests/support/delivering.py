"""A broker with delivery, over stores of one's choice, for tests of notifications."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from prometheus_client import CollectorRegistry
from support.memory import Memory, MemoryHistory, MemoryOutbox, MemorySubscriptions

from broker.core.writes import Action, Write
from broker.model.attribute import Attribute
from broker.model.notice import Notice
from broker.outbound.dispatcher import Dispatcher
from broker.outbound.guard import EVERY_ADDRESS
from broker.outbound.http import HttpSender
from broker.outbound.metrics import DeliveryMetrics
from broker.outbound.mqtt import MqttSender
from broker.outbound.policy import BackOff, DeliveryPolicy
from broker.outbound.sender import BySchemeSender
from broker.ports import EntityStore, HistoryStore, Outbox, Outgoing, Owners, SubscriptionStore
from broker.service.announcements import Announcements
from broker.service.book import SubscriptionBook
from broker.service.broker import Broker
from broker.service.call import Call
from broker.service.subscriptions import Subscriptions
from broker.subscriptions.model import (
    Condition,
    Delivered,
    Endpoint,
    EntityMatcher,
    Face,
    Subscription,
)
from broker.subscriptions.owners import NobodyAsks
from kernel.clock import Clock, SystemClock
from kernel.ids import SeededIds
from kernel.permission import EVERY_SCOPE, Principal

AnswerT = TypeVar("AnswerT")
CALL = Call(Principal("tests", EVERY_SCOPE), "city", "/", "c-1")

IMPATIENT = DeliveryPolicy(
    timeout_s=1.0, back_off=BackOff(0.05, 0.2), breaker=3, poll_s=0.05, lease_s=1.0
)


class PlainRenderer:
    """Enough to see which notice arrived: its number, entity and value."""

    def render(self, subscription: Subscription, notice: Notice) -> Outgoing | None:
        endpoint = subscription.endpoint
        value = notice.entity.attribute("n")
        body = {
            "subscription": subscription.id,
            "number": notice.number,
            "id": notice.entity.id,
            "n": None if value is None else value.value,
        }
        return Outgoing(
            endpoint.url,
            headers=(("Content-Type", "application/json"),),
            body=orjson.dumps(body),
            topic=endpoint.topic,
            qos=endpoint.qos,
            retain=endpoint.retain,
            timeout_ms=endpoint.timeout_ms,
        )


@dataclass(frozen=True)
class Stores:
    """The ports that delivery needs."""

    entities: EntityStore
    history: HistoryStore
    subscriptions: SubscriptionStore
    outbox: Outbox


def in_memory(clock: Clock, announcements: Announcements) -> Stores:
    """Stores that live as long as the test."""
    memory = Memory(clock, announcements)
    return Stores(memory, MemoryHistory(memory), MemorySubscriptions(memory), MemoryOutbox(memory))


@dataclass
class Stage:
    """A broker, its subscriptions and its delivery."""

    stores: Stores
    broker: Broker
    subscriptions: Subscriptions
    book: SubscriptionBook
    dispatcher: Dispatcher
    metrics: CollectorRegistry

    async def subscribe(
        self, url: str, *, condition: Mapping[str, Any] | None = None, **rest: Any
    ) -> str:
        """A subscription to every entity of type T; returns its id."""
        endpoint = Endpoint(
            url, **{name: rest.pop(name) for name in ("topic", "qos", "retain") if name in rest}
        )
        draft = Subscription(
            "",
            (EntityMatcher(type="T"),),
            endpoint,
            condition=Condition(**(condition or {})),
            **rest,
        )
        return await self.subscriptions.create(CALL, draft)

    async def set(self, entity: str, n: int) -> None:
        """Write `n` to an entity of type T, which may be new."""
        attributes = {"n": (Attribute(n),)}
        write = Write(Action.APPEND, entity, "T", "/", attributes, may_create=True)
        await self.broker.write(CALL, [write])

    async def counters(self, subscription_id: str) -> Delivered:
        return (await self.subscriptions.get(CALL, subscription_id)).delivered

    async def settled(self, subscription_id: str, **wanted: Any) -> Delivered:
        """The counters, once they are as wanted.

        Raises:
            TimeoutError: they never were.
        """

        async def reached() -> Delivered | None:
            found = await self.counters(subscription_id)
            same = all(getattr(found, name) == value for name, value in wanted.items())
            return found if same else None

        return await until(reached)

    def count(self, result: str) -> float:
        """`odori_notifications_total` of one result."""
        return self.metrics.get_sample_value("odori_notifications_total", {"result": result}) or 0.0


async def until(ask: Callable[[], Awaitable[AnswerT | None]], patience_s: float = 10.0) -> AnswerT:
    """The first answer that is not None or False.

    Raises:
        TimeoutError: there was none in time.
    """
    async with asyncio.timeout(patience_s):
        while not (answer := await ask()):  # noqa: ASYNC110 — stores have no events
            await asyncio.sleep(0.01)
    return answer


@contextlib.asynccontextmanager
async def delivering(
    stores: Stores,
    announcements: Announcements,
    *,
    policy: DeliveryPolicy = IMPATIENT,
    clock: Clock | None = None,
    holder: str = "",
    renderer: Any = None,
    owners: Owners | None = None,
) -> AsyncIterator[Stage]:
    """A stage whose delivery runs while inside. Enter again on the same stores to restart it."""
    clock = clock or SystemClock()
    owners = owners or NobodyAsks()
    book = SubscriptionBook(stores.subscriptions, owners)
    registry = CollectorRegistry()
    renderer = renderer or PlainRenderer()
    async with (
        HttpSender(EVERY_ADDRESS) as http,
        MqttSender(EVERY_ADDRESS) as mqtt,
        Dispatcher(
            subscriptions=stores.subscriptions,
            outbox=stores.outbox,
            renderers={Face.V2: renderer, Face.LD: renderer},
            sender=BySchemeSender({"http": http, "mqtt": mqtt}),
            clock=clock,
            chance=random.Random(1),  # noqa: S311 — repeatable on purpose
            metrics=DeliveryMetrics(registry),
            policy=policy,
            holder=holder,
            switched_off=book.forget,
            owners=owners,
        ) as dispatcher,
    ):
        announcements.join(dispatcher)
        try:
            yield Stage(
                stores,
                Broker(
                    entities=stores.entities,
                    history=stores.history,
                    book=book,
                    feed=announcements,
                ),
                Subscriptions(
                    store=stores.subscriptions,
                    outbox=stores.outbox,
                    book=book,
                    clock=clock,
                    ids=SeededIds(clock.now()),
                    owners=owners,
                ),
                book,
                dispatcher,
                registry,
            )
        finally:
            announcements.leave(dispatcher)


def values(received: Sequence[Any]) -> list[int]:
    """The `n` of each request that arrived."""
    return [one.json["n"] for one in received]

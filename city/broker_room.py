"""The context broker of this process: both faces, matching, delivery."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from broker.ld.door import Limits as LdLimits
from broker.ld.library import ContextLibrary
from broker.ld.notify import LdRenderer
from broker.ld.routes import surface as ld_surface
from broker.outbound.dispatcher import Dispatcher
from broker.outbound.guard import EVERY_ADDRESS, AddressPolicy
from broker.outbound.http import HttpSender
from broker.outbound.metrics import DeliveryMetrics
from broker.outbound.mqtt import MqttSender
from broker.outbound.policy import DeliveryPolicy
from broker.outbound.sender import BySchemeSender
from broker.ports import ChangeFeed
from broker.service.book import SubscriptionBook
from broker.service.broker import Broker
from broker.service.rules import TypeRules
from broker.service.subscriptions import Subscriptions
from broker.subscriptions.model import Face
from broker.v2.door import Limits
from broker.v2.management import management_surface
from broker.v2.notify import V2Renderer
from broker.v2.routes import surface as v2_surface
from city.binding.contexts import packaged_contexts
from city.binding.owners import TokenOwners
from city.binding.polling import PolledFeed
from city.binding.reader import BrokerReader
from city.federated import open_federated
from city.logs import LOG_LEVEL
from city.parts import Parts
from city.repeating import every
from city.settings.table import Settings
from city.version import odori_version
from ingest.policy.shelf import PolicyShelf, emitted_types
from kernel.json import JsonLimits
from kernel.times import DAY_US, Instant
from serving.app import Surface

_BOOK_REFRESH_S = 0.1
"""How late another process's subscription is seen."""
_SWEEP_S = 60.0
_FLOW_TYPES = frozenset({"CrowdFlowObserved"})


@dataclass(frozen=True)
class BrokerRoom:
    """The broker, how boards read it, and what it serves."""

    broker: Broker
    subscriptions: Subscriptions
    reader: BrokerReader
    surfaces: Sequence[Surface]


@asynccontextmanager
async def open_broker(parts: Parts, *, alone: bool) -> AsyncIterator[BrokerRoom]:
    """Match, keep and deliver; `alone` says that the process serves nothing but the broker."""
    settings, stores, clock = parts.settings, parts.stores, parts.clock
    rules = _rules(settings)
    owners = TokenOwners(stores.tokens, clock, rules)
    await owners.refresh()
    book = SubscriptionBook(stores.subscriptions, owners)
    feed: ChangeFeed = PolledFeed(stores.entities, clock) if stores.shared else stores.announcements
    broker = Broker(
        entities=stores.entities,
        history=stores.history,
        book=book,
        feed=feed,
        rules=rules,
    )
    library = ContextLibrary(packaged_contexts())
    subscriptions = Subscriptions(
        store=stores.subscriptions,
        outbox=stores.outbox,
        book=book,
        clock=clock,
        ids=parts.ids,
        rules=rules,
        owners=owners,
    )
    async with AsyncExitStack() as opened:
        federated = await opened.enter_async_context(
            open_federated(parts, broker, rules, _addresses(settings))
        )
        surfaces = [
            management_surface(book, LOG_LEVEL, clock=clock, ids=parts.ids),
            v2_surface(
                broker,
                subscriptions,
                federated,
                clock=clock,
                ids=parts.ids,
                limits=Limits(settings.multiservice, settings.http_max_body),
                words_unknown_paths=alone,
            ),
            ld_surface(
                broker,
                subscriptions,
                clock=clock,
                ids=parts.ids,
                library=library,
                limits=LdLimits(settings.multiservice, JsonLimits(settings.http_max_body)),
            ),
        ]
        dispatcher = await opened.enter_async_context(
            await _dispatcher(parts, opened, book, owners, library)
        )
        stores.announcements.join(dispatcher)
        opened.callback(stores.announcements.leave, dispatcher)
        if stores.shared:
            parts.tasks.keep("subscriptions refresh", partial(every, _BOOK_REFRESH_S, book.refresh))
        parts.tasks.keep("sweep", partial(every, _SWEEP_S, partial(_sweep, parts)))
        yield BrokerRoom(broker, subscriptions, BrokerReader(broker), surfaces)


def _rules(settings: Settings) -> TypeRules:
    """A bare open broker has no intake to guard; a city's has."""
    if settings.open:
        return TypeRules()
    return TypeRules(guarded=emitted_types(PolicyShelf.packaged().all()), flow=_FLOW_TYPES)


def _addresses(settings: Settings) -> AddressPolicy:
    """Whom we may call on behalf of others: receivers and context providers."""
    # An open broker is on loopback, where those who try it have their receivers, too.
    anywhere = settings.delivery_private_receivers or settings.open
    return EVERY_ADDRESS if anywhere else AddressPolicy()


async def _dispatcher(
    parts: Parts,
    opened: AsyncExitStack,
    book: SubscriptionBook,
    owners: TokenOwners,
    library: ContextLibrary,
) -> Dispatcher:
    settings, stores, ids = parts.settings, parts.stores, parts.ids
    addresses = _addresses(settings)
    http = await opened.enter_async_context(HttpSender(addresses))
    mqtt = await opened.enter_async_context(
        MqttSender(addresses, idle_s=60.0 * settings.delivery_mqtt_max_age)
    )
    return Dispatcher(
        subscriptions=stores.subscriptions,
        outbox=stores.outbox,
        renderers={
            Face.V2: V2Renderer(f"odori/{odori_version()}"),
            Face.LD: LdRenderer(library, f"odori/{odori_version()}"),
        },
        sender=BySchemeSender({"http": http, "https": http, "mqtt": mqtt}),
        clock=parts.clock,
        chance=random.Random(ids.random_bytes(8)),  # noqa: S311 — jitter, no secret
        metrics=DeliveryMetrics(parts.metrics),
        policy=DeliveryPolicy(
            timeout_s=settings.delivery_timeout_s, max_age_s=settings.delivery_max_age_s
        ),
        holder=ids.object_id() if stores.shared else "",
        switched_off=book.forget,
        owners=owners,
    )


async def _sweep(parts: Parts) -> None:
    """Remove what has expired and what has been kept long enough."""
    now, stores = parts.clock.now(), parts.stores
    await stores.entities.sweep(now)
    await stores.outbox.forget(Instant(now - parts.settings.delivery_dead_letter_days * DAY_US))
    oldest = Instant(now - parts.settings.history_retention_days * DAY_US)
    for tenant in await stores.entities.tenants():
        await stores.history.forget(tenant, oldest)

"""Other brokers: who is registered, and how they are called."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from broker.outbound.fetching import HttpFetcher
from broker.outbound.guard import AddressPolicy
from broker.outbound.provider_metrics import ProviderMetrics
from broker.service.broker import Broker
from broker.service.federation import Federation
from broker.service.forwarding import Forwarding
from broker.service.provider_watch import ProviderWatch
from broker.service.registration_book import RegistrationBook
from broker.service.registrations import Registrations
from broker.service.rules import TypeRules
from broker.v2.forwarding import MOST_BYTES, V2Providers
from broker.v2.routes import Federated
from city.parts import Parts
from city.repeating import every
from city.version import odori_version
from kernel.errors import UnavailableError

_BOOK_REFRESH_S: Final = 0.1
"""How late another process's registration is seen."""
_COUNTS_S: Final = 1.0
"""How late it is stored what forwarding came to."""


@asynccontextmanager
async def open_federated(
    parts: Parts, broker: Broker, rules: TypeRules, addresses: AddressPolicy
) -> AsyncIterator[Federated]:
    """Registrations, and the broker together with those who are registered."""
    settings, store, clock = parts.settings, parts.stores.registrations, parts.clock
    book = RegistrationBook(store)
    watch = ProviderWatch(store, clock, ProviderMetrics(parts.metrics))
    providers = V2Providers(
        HttpFetcher(addresses, most_bytes=MOST_BYTES),
        user_agent=f"odori/{odori_version()}",
        timeout_s=settings.federation_timeout_s,
    )
    federation = Federation(
        broker=broker,
        book=book,
        forwarding=Forwarding(providers, watch, settings.federation_limit),
        clock=clock,
        rules=rules,
    )
    registrations = Registrations(
        store=store, book=book, watch=watch, clock=clock, ids=parts.ids, rules=rules
    )
    if parts.stores.shared:
        parts.tasks.keep("registrations refresh", partial(every, _BOOK_REFRESH_S, book.refresh))
    parts.tasks.keep("forwarding counts", partial(every, _COUNTS_S, watch.flush))
    try:
        yield Federated(federation, registrations)
    finally:
        with contextlib.suppress(UnavailableError):
            await watch.flush()

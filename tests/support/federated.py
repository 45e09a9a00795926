"""Other brokers, for servers in the test's own process."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from broker.outbound.fetching import Fetched, Fetcher
from broker.outbound.provider_metrics import ProviderMetrics
from broker.outbound.sender import COULD_NOT_CONNECT, DeliveryError
from broker.ports import Outgoing
from broker.service.broker import Broker
from broker.service.federation import Federation
from broker.service.forwarding import Forwarding
from broker.service.provider_watch import ProviderWatch
from broker.service.registration_book import RegistrationBook
from broker.service.registrations import Registrations
from broker.service.rules import NO_RULES, TypeRules
from broker.v2.forwarding import V2Providers
from broker.v2.routes import Federated
from kernel.clock import Clock
from kernel.ids import IdSource
from storage.engine import Engine


class Nobody:
    """A network on which nobody listens."""

    async def fetch(self, outgoing: Outgoing, timeout_s: float) -> Fetched:  # noqa: ARG002
        raise DeliveryError(COULD_NOT_CONNECT)


def federated(
    engine: Engine,
    broker: Broker,
    *,
    clock: Clock,
    ids: IdSource,
    fetcher: Fetcher | None = None,
    rules: TypeRules = NO_RULES,
    most: int = 1_000,
    metrics: CollectorRegistry | None = None,
) -> Federated:
    """What the NGSI-v2 face knows of others; `fetcher` is the network."""
    registry = metrics or CollectorRegistry()
    watch = ProviderWatch(engine.registrations, clock, ProviderMetrics(registry))
    book = RegistrationBook(engine.registrations)
    providers = V2Providers(fetcher or Nobody(), user_agent="odori", timeout_s=5)
    federation = Federation(
        broker=broker,
        book=book,
        forwarding=Forwarding(providers, watch, most),
        clock=clock,
        rules=rules,
    )
    registrations = Registrations(
        store=engine.registrations, book=book, watch=watch, clock=clock, ids=ids, rules=rules
    )
    return Federated(federation, registrations)


class PlayedProviders:
    """Providers whose part a script plays: what they hear, and what they answer.

    Attributes:
        parts: what is to be answered, in order: lines of status, headers, an empty one, the body;
            or `(reason)` of an answer that never comes.
        heard: requests in order, as lines of what went over the wire.
    """

    def __init__(self) -> None:
        self.parts: list[Sequence[str]] = []
        self.heard: list[list[str]] = []

    async def fetch(self, outgoing: Outgoing, timeout_s: float) -> Fetched:  # noqa: ARG002
        rows = [f"{name}: {value}" for name, value in outgoing.headers]
        body = [] if outgoing.body is None else ["", *outgoing.body.decode().split("\n")]
        self.heard.append([f"{outgoing.method} {outgoing.url}", *rows, *body])
        if not self.parts:
            raise DeliveryError("Nobody is expected to be asked")
        first, *rest = self.parts.pop(0)
        if first.startswith("("):
            raise DeliveryError(first.strip("()"))
        at = rest.index("") if "" in rest else len(rest)
        headers = dict(row.split(": ", 1) for row in rest[:at])
        return Fetched(int(first), headers, "\n".join(rest[at + 1 :]).encode())

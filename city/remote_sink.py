"""Intake → another NGSI broker by URL: Odori, Orion, or any that speaks NGSI-v2."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any

from broker.client.errors import BrokerBusyError, BrokerUnreachableError, NgsiClientError
from broker.client.session import FixedToken, Session
from broker.client.transport import HttpTransport
from broker.client.v2 import V2Client
from broker.v2.encode.attributes import encode_attribute
from city.binding.sink import attribute_of
from city.settings.table import Settings
from ingest.observation import Observation
from ingest.ports import ObservationSink
from ingest.seal import Deidentified
from kernel.errors import OurError, UnavailableError


class NgsiSink:
    """Implements `ingest.ports.ObservationSink` over HTTP, tenant by tenant in order."""

    def __init__(self, client: V2Client) -> None:
        self._client = client

    async def put(self, batch: Sequence[Deidentified]) -> None:
        """Append all observations; the same batch may be sent again.

        Raises:
            UnavailableError: the broker is away or busy; it comes again later.
            OurError: the broker refuses what intake says.
        """
        for (tenant, path), family in groupby(batch, _place):
            entities = [_entity(sealed.observation) for sealed in family]
            client = self._client.scoped(tenant=tenant, service_path=path)
            try:
                await client.upsert(entities)
            except (BrokerUnreachableError, BrokerBusyError):
                raise UnavailableError("The broker is away") from None
            except NgsiClientError:
                raise OurError("The broker refuses an observation of the intake") from None


def _place(sealed: Deidentified) -> tuple[str, str]:
    return sealed.observation.tenant, sealed.observation.service_path


def _entity(observation: Observation) -> dict[str, Any]:
    return {
        "id": observation.entity_id,
        "type": observation.type,
        **{one.name: encode_attribute(attribute_of(one)) for one in observation.attributes},
    }


@asynccontextmanager
async def open_remote_sink(settings: Settings) -> AsyncIterator[ObservationSink | None]:
    """The sink of the settings' broker; None where observations stay in this process."""
    if not settings.ingest_broker_url:
        yield None
        return
    token = FixedToken(settings.ingest_broker_token) if settings.ingest_broker_token else None
    async with HttpTransport(settings.ingest_broker_url) as transport:
        yield NgsiSink(V2Client(Session(transport, token=token)))

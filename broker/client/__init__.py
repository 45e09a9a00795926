"""A client for any NGSI broker: this one, Orion, Orion-LD, Scorpio, Stellio.

async with HttpTransport("https://broker.example") as transport:
    client = V2Client(Session(transport, tenant="city", service_path="/north"))
    await client.upsert(entities)
    async for entity in client.entities(type="Room", q="temperature>20"):
        ...
"""

from broker.client.errors import (
    BatchRefusedError,
    BrokerAnswerError,
    BrokerBusyError,
    BrokerConflictError,
    BrokerForbiddenError,
    BrokerMalformedError,
    BrokerMissingError,
    BrokerTooLargeError,
    BrokerUnreachableError,
    NgsiClientError,
)
from broker.client.ld import LdClient
from broker.client.session import Session, TokenProvider
from broker.client.transport import HttpTransport, Reply, Request, Transport
from broker.client.v2 import V2Client

__all__ = [
    "BatchRefusedError",
    "BrokerAnswerError",
    "BrokerBusyError",
    "BrokerConflictError",
    "BrokerForbiddenError",
    "BrokerMalformedError",
    "BrokerMissingError",
    "BrokerTooLargeError",
    "BrokerUnreachableError",
    "HttpTransport",
    "LdClient",
    "NgsiClientError",
    "Reply",
    "Request",
    "Session",
    "TokenProvider",
    "Transport",
    "V2Client",
]

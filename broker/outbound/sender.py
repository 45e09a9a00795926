"""What carries a message to its receiver, whatever the protocol."""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from broker.ports import Outgoing
from kernel.errors import PeerError


class DeliveryError(PeerError):
    """No answer came. The message is the reason that the subscription shows, in curl's words.

    `is_final`: trying again is pointless, since the address itself is wrong or not allowed.
    """

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


COULD_NOT_CONNECT = "Could not connect to server"
COULD_NOT_RESOLVE = "Could not resolve hostname"
TIMED_OUT = "Timeout was reached"
NO_ANSWER = "Server returned nothing (no headers, no data)"
MALFORMED_URL = "URL using bad/illegal format or missing URL"
UNKNOWN_SCHEME = "Unsupported protocol"
NOT_ALLOWED = "The address is not allowed"


class Receipt(msgspec.Struct, frozen=True):
    """What came back: the HTTP status; None of MQTT. What else the receiver says is not kept."""

    status: int | None


class Sender(Protocol):
    """Sends one message."""

    async def send(self, outgoing: Outgoing, timeout_s: float) -> Receipt:
        """Send and wait for the answer (HTTP) or the acknowledgement (MQTT).

        Raises:
            DeliveryError: there was none within `timeout_s`.
        """


class BySchemeSender:
    """Hands each message to the sender of its URL's scheme."""

    def __init__(self, senders: Mapping[str, Sender]) -> None:
        self._senders = senders

    async def send(self, outgoing: Outgoing, timeout_s: float) -> Receipt:
        """See `Sender`."""
        try:
            scheme = urlsplit(outgoing.url).scheme
        except ValueError:
            raise DeliveryError(MALFORMED_URL, is_final=True) from None
        sender = self._senders.get(scheme)
        if sender is None:
            raise DeliveryError(UNKNOWN_SCHEME, is_final=True)
        return await sender.send(outgoing, timeout_s)

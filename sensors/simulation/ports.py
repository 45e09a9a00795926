"""Where simulated messages go: the doors that real devices use, and the one for past times."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from sensors.registry.device import Transport
from sensors.simulation.wire import Dialect, Message


class Sender(msgspec.Struct, frozen=True):
    """A device that can prove itself: its id, its key and how it writes."""

    device: str
    key: str
    dialect: Dialect

    def __repr__(self) -> str:
        return f"Sender({self.device!r})"

    @property
    def transport(self) -> Transport:
        """JSON or UltraLight."""
        return self.dialect.transport


class DeviceTransport(Protocol):
    """The way from devices to the intake."""

    async def send(self, sender: Sender, body: bytes) -> None:
        """Hand over one message as the device; returns when the other side has taken it.

        Raises:
            UnavailableError: nobody took it; it may be sent again.
            CallerError: the intake refused it; sending it again is pointless.
        """


class HistoryLoader(Protocol):
    """The door for weeks and years past: the intake's own pipeline, judged by the time of then."""

    async def load(self, batch: Sequence[Message]) -> None:
        """Take messages as if each had come at its `at`; policies hold, nothing is believed.

        Oldest first within the batch; batches of earlier days come later. An observation older
        than what its entity holds goes into the history and leaves the entity as it is. Durable on
        return. A refused message is counted there and does not stop the others.

        Raises:
            UnavailableError: nothing is known to be stored; the same batch may come again.
        """

"""One attempt: render, send, judge."""

from collections.abc import Mapping
from typing import Final

import msgspec
import structlog

from broker.model.notice import Notice
from broker.outbound.result import Result, result_of
from broker.outbound.sender import DeliveryError, Sender
from broker.ports import Outgoing, Renderer
from broker.subscriptions.model import Face, Subscription
from kernel.clock import Clock
from serving.failures import describe

_log = structlog.get_logger("odori.outbound")
_DEFECT: Final = "Internal error"
_UNRENDERABLE: Final = "The notification cannot be rendered"
_TOO_LARGE: Final = "The notification is too large"
LARGEST_BYTES: Final = 8 * 1_048_576
"""Of a body. Larger notifications are not sent (Orion's manual, "Known limitations")."""


class Verdict(msgspec.Struct, frozen=True):
    """How an attempt went.

    Attributes:
        result: DELIVERED, RETRIED (worth another attempt), DEAD or UNWANTED (nothing was sent).
        reason: what a dead letter says.
        failure: the reason that the subscription shows; empty if an answer came.
        status: of the answer, if it has one.
        latency_ms: from the first byte to the answer, or until the attempt was given up.
    """

    result: Result
    reason: str = ""
    failure: str = ""
    status: int | None = None
    latency_ms: float = 0


class Attempts:
    """Makes attempts."""

    def __init__(
        self,
        *,
        renderers: Mapping[Face, Renderer],
        sender: Sender,
        clock: Clock,
        timeout_s: float,
    ) -> None:
        self._renderers = renderers
        self._sender = sender
        self._clock = clock
        self._timeout_s = timeout_s

    async def make(self, subscription: Subscription, notice: Notice) -> Verdict:
        """Try to deliver the notice once. Raises nothing: a defect of ours is a verdict too."""
        try:
            outgoing = self._renderers[subscription.face].render(subscription, notice)
        except Exception as error:  # noqa: BLE001 — a template from outside must not stop the lane
            _log.error("notification not rendered", **describe(error))
            return Verdict(Result.DEAD, _UNRENDERABLE, _UNRENDERABLE)
        if outgoing is None:
            return Verdict(Result.UNWANTED)
        if outgoing.body is not None and len(outgoing.body) > LARGEST_BYTES:
            return Verdict(Result.DEAD, _TOO_LARGE, _TOO_LARGE)
        started = self._clock.monotonic()
        verdict = await self._send(outgoing)
        latency_ms = round((self._clock.monotonic() - started) * 1000, 1)
        return msgspec.structs.replace(verdict, latency_ms=latency_ms)

    async def _send(self, outgoing: Outgoing) -> Verdict:
        timeout_s = outgoing.timeout_ms / 1000 if outgoing.timeout_ms else self._timeout_s
        try:
            receipt = await self._sender.send(outgoing, timeout_s)
        except DeliveryError as error:
            result = Result.DEAD if error.is_final else Result.RETRIED
            return Verdict(result, error.message, error.message)
        except Exception as error:  # noqa: BLE001 — a defect of ours must not stop the lane
            _log.error("notification not sent", **describe(error))
            return Verdict(Result.RETRIED, _DEFECT, _DEFECT)
        reason = f"HTTP status {receipt.status}"
        return Verdict(result_of(receipt.status), reason, status=receipt.status)

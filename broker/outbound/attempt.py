"""One attempt: render, send, judge."""

from collections.abc import Mapping

import msgspec
import structlog

from broker.model.notice import Notice
from broker.outbound.journal import Attempt, Journal
from broker.outbound.result import Result, result_of
from broker.outbound.sender import DeliveryError, Receipt, Sender
from broker.ports import Renderer
from broker.subscriptions.model import Face, Subscription
from kernel.clock import Clock
from serving.failures import describe

_log = structlog.get_logger("odori.outbound")
_DEFECT = "Internal error"
_UNRENDERABLE = "The notification cannot be rendered"


class Verdict(msgspec.Struct, frozen=True):
    """How an attempt went.

    Attributes:
        result: DELIVERED, RETRIED (worth another attempt), DEAD or UNWANTED (nothing was sent).
        reason: what a dead letter says.
        failure: the reason that the subscription shows; empty if an answer came.
        status: of the answer, if it has one.
    """

    result: Result
    reason: str = ""
    failure: str = ""
    status: int | None = None


class Attempts:
    """Makes attempts and keeps the journal of them."""

    def __init__(
        self,
        *,
        renderers: Mapping[Face, Renderer],
        sender: Sender,
        clock: Clock,
        timeout_s: float,
    ) -> None:
        self.journal = Journal()
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
        started = self._clock.monotonic()
        timeout_s = outgoing.timeout_ms / 1000 if outgoing.timeout_ms else self._timeout_s
        try:
            receipt = await self._sender.send(outgoing, timeout_s)
        except DeliveryError as error:
            self._note(subscription, notice, started, reason=error.message)
            result = Result.DEAD if error.is_final else Result.RETRIED
            return Verdict(result, error.message, error.message)
        except Exception as error:  # noqa: BLE001 — a defect of ours must not stop the lane
            _log.error("notification not sent", **describe(error))
            return Verdict(Result.RETRIED, _DEFECT, _DEFECT)
        self._note(subscription, notice, started, receipt)
        reason = f"HTTP status {receipt.status}"
        return Verdict(result_of(receipt.status), reason, status=receipt.status)

    def _note(
        self,
        subscription: Subscription,
        notice: Notice,
        started: float,
        receipt: Receipt | None = None,
        *,
        reason: str = "",
    ) -> None:
        receipt = receipt or Receipt(None)
        latency_ms = round((self._clock.monotonic() - started) * 1000, 1)
        attempt = Attempt(
            notice.number, self._clock.now(), latency_ms, receipt.status, reason, receipt.excerpt
        )
        self.journal.add(notice.tenant, subscription.id, attempt)

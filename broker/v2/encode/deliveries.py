"""How a subscription is delivered, for operators (ADR 0084)."""

from typing import Any

from broker.ports import DeadLetter
from broker.service.subscriptions import Deliveries
from broker.subscriptions.model import Attempt
from kernel.times import render_millis


def encode_deliveries(deliveries: Deliveries) -> dict[str, Any]:
    """The last attempts, latest first; what waits; a page of the dead letters, oldest first."""
    attempts = reversed(deliveries.kept.delivered.attempts)
    return {
        "waiting": deliveries.backlog.waiting,
        "attempts": [_attempt(one) for one in attempts],
        "deadLetters": [_letter(one) for one in deliveries.letters],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "notification": str(attempt.number),
        "at": render_millis(attempt.at),
        "latency": attempt.latency_ms,
    }
    if attempt.status is not None:
        shown["status"] = attempt.status
    if attempt.reason:
        shown["reason"] = attempt.reason
    return shown


def _letter(letter: DeadLetter) -> dict[str, Any]:
    notice = letter.notice
    return {
        "id": str(notice.number),
        "entity": {"id": notice.entity.id, "type": notice.entity.types[0]},
        "alterationType": notice.alteration.value,
        "changed": render_millis(notice.committed_at),
        "failed": render_millis(letter.failed_at),
        "attempts": notice.attempts,
        "reason": letter.reason,
    }

"""Expressions, evaluated at a fixed instant."""

from typing import Any

from broker.jexl.budget import Budget
from broker.jexl.evaluate import evaluate, result
from broker.jexl.parser import parse
from kernel.times import Instant

NOW = Instant(1_722_504_662_900_000)
"""2024-08-01T09:31:02.9Z: the instant of the manual's example of `now`."""


def valued(text: str, /, **context: Any) -> Any:
    """The value of an expression as a notification tells it."""
    return result(text, context, Budget(), NOW)


def exactly(text: str, /, **context: Any) -> Any:
    """The value of an expression as the next operator sees it; raises where it has none."""
    return evaluate(parse(text), context, Budget(), NOW)

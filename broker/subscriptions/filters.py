"""The filters of a condition, compiled once into predicates."""

from functools import lru_cache
from typing import Final

import msgspec

from broker.ql.errors import QuerySyntaxError
from broker.ql.predicate import Predicate
from broker.subscriptions.model import Condition, Face
from broker.subscriptions.verdict import Quiet

_REMEMBERED: Final = 16_384


class Filter(msgspec.Struct, frozen=True):
    """One condition on the entity, and what to call it when it says no."""

    says_no: Quiet
    holds: Predicate


@lru_cache(maxsize=_REMEMBERED)
def compile_filters(face: Face, condition: Condition) -> tuple[Filter, ...]:  # noqa: ARG001
    """The filters of the condition, the cheap ones first.

    Raises:
        QuerySyntaxError: a filter does not parse.
    """
    if condition.q or condition.mq or condition.georel or condition.scope_q:
        raise QuerySyntaxError("No parser yet")
    return ()

"""The filters of a condition, compiled once into predicates."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec

from broker.ql.ast import Node
from broker.ql.ld_geo import parse_ld_geo
from broker.ql.ld_query import parse_ld_q
from broker.ql.predicate import Predicate, compile_predicate
from broker.ql.scope import parse_scope_q
from broker.ql.v2_geo import parse_geo
from broker.ql.v2_query import parse_mq, parse_q
from broker.subscriptions.model import Condition, Face
from broker.subscriptions.verdict import Quiet

_REMEMBERED: Final = 16_384


class Filter(msgspec.Struct, frozen=True):
    """One condition on the entity, and what to call it when it says no."""

    says_no: Quiet
    holds: Predicate


@lru_cache(maxsize=_REMEMBERED)
def compile_filters(face: Face, condition: Condition) -> tuple[Filter, ...]:
    """The filters of the condition, the cheap ones first.

    Raises:
        BadRequestError: a filter does not parse.
        UnprocessableError: its geometry cannot be asked for this relation.
    """
    return tuple(
        Filter(says_no, compile_predicate(node)) for says_no, node in _parsed(face, condition)
    )


def _parsed(face: Face, condition: Condition) -> Iterator[tuple[Quiet, Node]]:
    if condition.scope_q:
        yield Quiet.SCOPE, parse_scope_q(condition.scope_q)
    if condition.q:
        yield Quiet.Q, _q(face, condition)
    if condition.mq:
        yield Quiet.MQ, parse_mq(condition.mq)
    if condition.georel:
        yield Quiet.GEO, _geo(face, condition)


def _q(face: Face, condition: Condition) -> Node:
    match face:
        case Face.V2:
            return parse_q(condition.q)
        case Face.LD:
            stored = dict(condition.names)
            return parse_ld_q(condition.q, lambda name: stored.get(name, name))


def _geo(face: Face, condition: Condition) -> Node:
    match face:
        case Face.V2:
            return parse_geo(condition.georel, condition.geometry, condition.coords)
        case Face.LD:
            name = condition.geoproperty
            stored = dict(condition.names).get(name, name)
            return parse_ld_geo(condition.georel, condition.geometry, condition.coords, stored)

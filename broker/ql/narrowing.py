"""A query as somebody may ask it who sees some attributes only (ADR 0065).

A condition on a hidden attribute is answered as if no entity had it: it would otherwise tell, by
what it selects, what it does not show. Nearly every condition can be decided by its name alone.
Where the meaning depends on all attributes of an entity (the default location, the instant of the
last modification), the condition is put under a `Narrowed`, which says so to every engine.
"""

from collections.abc import Sequence
from typing import assert_never

from broker.ql.ast import (
    NOTHING,
    And,
    Between,
    Compare,
    Exists,
    Field,
    Geo,
    IdIn,
    IdMatches,
    Matches,
    Narrowed,
    Node,
    Not,
    OneOf,
    Or,
    OrderBy,
    Path,
    ScopeMatches,
    ServicePathIs,
    TypeIn,
    TypeMatches,
)


def narrow(node: Node, shown: frozenset[str]) -> Node:
    """The condition on entities that have the attributes `shown` and no others."""
    match node:
        case Exists(path) | Compare(path) | OneOf(path) | Between(path) | Matches(path):
            return _on_path(node, path, shown)
        case Geo(attribute=""):
            return Narrowed(node, shown)
        case Geo(attribute=name):
            return node if name in shown else NOTHING
        case IdIn() | IdMatches() | TypeIn() | TypeMatches() | ServicePathIs() | ScopeMatches():
            return node
        case And(nodes):
            return And(tuple(narrow(inner, shown) for inner in nodes))
        case Or(nodes):
            return Or(tuple(narrow(inner, shown) for inner in nodes))
        case Not(inner):
            return Not(narrow(inner, shown))
        case Narrowed(inner, attributes):
            return Narrowed(inner, attributes & shown)
        case _:
            assert_never(node)


def _on_path(node: Node, path: Path, shown: frozenset[str]) -> Node:
    match path.attribute:
        case Field.MODIFIED_AT:
            return Narrowed(node, shown)
        case Field.CREATED_AT | Field.EXPIRES_AT | Field.SERVICE_PATH:
            return node
        case name:
            return node if name in shown else NOTHING


def narrow_order(order: Sequence[OrderBy], shown: frozenset[str]) -> tuple[OrderBy, ...]:
    """The keys of an order over such entities; under a hidden attribute all of them are equal."""
    return tuple(key for one in order if (key := _key(one, shown)) is not None)


def _key(order: OrderBy, shown: frozenset[str]) -> OrderBy | None:
    match order.path:
        case Path(Field.MODIFIED_AT) | "":
            among = shown if order.among is None else order.among & shown
            return OrderBy(order.path, order.descending, order.distance_to, among)
        case Path(Field()) | "id" | "type":
            return order
        case Path(name) | name:
            return order if name in shown else None

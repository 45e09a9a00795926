"""What a query means: the truth that both storage engines are tested against.

`compile_predicate` turns a tree into closures once; subscriptions then run them for every change.
What is decided here, besides the docstrings of `ast.py` and `values.py`:

- A condition on a path holds if any instance of the attribute (`datasetId`) satisfies it.
- Equality looks at an array's elements; orders, ranges and patterns look at the value alone.
- `UNEQUAL` demands that an instance answers and that none of its values is equal. `Not(Compare(…,
  EQUAL, …))` also holds where the attribute is missing.
- Null exists: `Exists` holds for it and `== null` finds it.
- Orders and ranges between different kinds do not hold. A range whose ends differ in kind is empty.
- A malformed geometry in an entity answers to no relation, `DISJOINT` included.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, assert_never

from broker.model.entity import Entity
from broker.model.visibility import with_only
from broker.ql.ast import (
    And,
    Between,
    Compare,
    Exists,
    Geo,
    IdIn,
    IdMatches,
    Matches,
    Narrowed,
    Node,
    Not,
    OneOf,
    Op,
    Or,
    Path,
    ScopeMatches,
    ServicePathIs,
    TypeIn,
    TypeMatches,
)
from broker.ql.geo import geo_test
from broker.ql.patterns import searcher
from broker.ql.scope import scope_test
from broker.ql.values import ValueTest, equality, membership, order, reader

Predicate: TypeAlias = Callable[[Entity], bool]

_ORDERS: Final = {
    Op.LESS: operator.lt,
    Op.LESS_EQUAL: operator.le,
    Op.GREATER: operator.gt,
    Op.GREATER_EQUAL: operator.ge,
}


def matches(node: Node, entity: Entity) -> bool:
    """Whether the tree holds for the entity. For many entities, compile the tree once."""
    return compile_predicate(node)(entity)


def compile_predicate(node: Node) -> Predicate:  # noqa: PLR0911, C901, PLR0912 — one case per node
    """The tree as a function.

    Raises:
        PatternError: a pattern is not one that RE2 reads.
        QuerySyntaxError: a geometry or a scope pattern is malformed.
    """
    match node:
        case Exists(path):
            read = reader(path)
            return lambda entity: any(True for _ in read(entity))
        case Compare(path, Op.UNEQUAL, literal):
            return _none_of(path, equality(literal))
        case Compare(path, Op.EQUAL, literal):
            return _some_of(path, equality(literal))
        case Compare(path, op, literal):
            return _some_of(path, order(literal, _ORDERS[op]))
        case OneOf(path, literals):
            return _some_of(path, membership(literals))
        case Between(path, low, high):
            above, below = order(low, operator.ge), order(high, operator.le)
            return _some_of(path, lambda value: above(value) and below(value))
        case Matches(path, pattern):
            found = searcher(pattern)
            return _some_of(path, lambda value: isinstance(value, str) and found(value))
        case IdIn(ids):
            return lambda entity: entity.id in ids
        case IdMatches(pattern):
            found_id = searcher(pattern)
            return lambda entity: found_id(entity.id)
        case TypeIn(types):
            return lambda entity: not types.isdisjoint(entity.types)
        case TypeMatches(pattern):
            found_type = searcher(pattern)
            return lambda entity: any(found_type(name) for name in entity.types)
        case ServicePathIs(path_text, below=wanted_below):
            return _at_service_path(path_text, below=wanted_below)
        case ScopeMatches(pattern):
            in_scope = scope_test(pattern)
            return lambda entity: any(in_scope(scope) for scope in entity.scopes)
        case Geo():
            return geo_test(node)
        case And(nodes):
            return _all([compile_predicate(inner) for inner in nodes])
        case Or(nodes):
            return _any([compile_predicate(inner) for inner in nodes])
        case Not(inner):
            part = compile_predicate(inner)
            return lambda entity: not part(entity)
        case Narrowed(inner, attributes):
            holds = compile_predicate(inner)
            return lambda entity: holds(with_only(entity, attributes))
        case _:
            assert_never(node)


# Loops and not generators below: subscriptions run these for every change.


def _all(parts: Sequence[Predicate]) -> Predicate:
    def holds(entity: Entity) -> bool:
        for part in parts:  # noqa: SIM110
            if not part(entity):
                return False
        return True

    return holds


def _any(parts: Sequence[Predicate]) -> Predicate:
    def holds(entity: Entity) -> bool:
        for part in parts:  # noqa: SIM110
            if part(entity):
                return True
        return False

    return holds


def _some_of(path: Path, test: ValueTest) -> Predicate:
    """Some value of some answer passes."""
    read = reader(path)

    def holds(entity: Entity) -> bool:
        for answer in read(entity):
            for value in answer:
                if test(value):
                    return True
        return False

    return holds


def _none_of(path: Path, test: ValueTest) -> Predicate:
    """There is an answer of which no value passes."""
    read = reader(path)

    def holds(entity: Entity) -> bool:
        for answer in read(entity):
            for value in answer:
                if test(value):
                    break
            else:
                return True
        return False

    return holds


def _at_service_path(path: str, *, below: bool) -> Predicate:
    if not below:
        return lambda entity: entity.service_path == path
    prefix = path.rstrip("/") + "/"
    return lambda entity: entity.service_path == path or entity.service_path.startswith(prefix)

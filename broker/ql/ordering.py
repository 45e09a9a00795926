"""The order of a list: NGSI-v2 "Ordering Results", and the distance of NGSI-LD's `orderBy`.

The contract of `EntityQuery.order`, as a key for `sorted`; engines sort in the database and are
tested against it. Missing values come first (last where descending), then null, numbers, texts,
objects, arrays, truth values, instants. Objects tie with objects and arrays with arrays: no
standard orders them. Where several instances answer, the first one counts.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cmp_to_key
from typing import Any, TypeAlias

from broker.model.entity import Entity
from broker.model.geometry import geometry_of
from broker.model.visibility import with_only
from broker.ql.ast import OrderBy, Path
from broker.ql.geo import Reference, locations, shape_of
from broker.ql.values import Moment, reader

Rank: TypeAlias = tuple[int, Any]
"""What an entity is compared as under one key: its kind's place, and its value within the kind."""

_MISSING: Rank = (0, 0)


def order_key(order: Sequence[OrderBy]) -> Callable[[Entity], Any]:
    """A key for `sorted` under which entities stand in the query's order; the order is total."""
    ranks = [(rank_under(key), key.descending) for key in order]

    def compare(one: Entity, other: Entity) -> int:
        for rank, descending in ranks:
            difference = _sign(rank(one), rank(other))
            if difference:
                return -difference if descending else difference
        return _sign(creation_order(one), creation_order(other))

    return cmp_to_key(compare)


def creation_order(entity: Entity) -> tuple[int, str, str, str]:
    """The last key of every order."""
    return (entity.created_at, entity.id, entity.types[0], entity.service_path)


def rank_under(key: OrderBy) -> Callable[[Entity], Rank]:
    """What each entity is compared as under one key."""
    if (among := key.among) is not None:
        rank = rank_under(OrderBy(key.path, key.descending, key.distance_to))
        return lambda entity: rank(with_only(entity, among))
    if key.distance_to:
        return _by_distance(key)
    match key.path:
        case "id":
            return lambda entity: rank_of(entity.id)
        case "type":
            return lambda entity: rank_of(entity.types[0])
        case str(name):
            read = reader(Path(name))
        case path:
            read = reader(path)
    return lambda entity: next(
        (rank_of(value) for answer in read(entity) for value in answer), _MISSING
    )


def _by_distance(key: OrderBy) -> Callable[[Entity], Rank]:
    reference = Reference(key.distance_to)
    match key.path:
        case Path(attribute):
            name = str(attribute)
        case name:
            pass

    def rank(entity: Entity) -> Rank:
        shapes = (shape_of(geometry_of(location)) for location in locations(entity, name))
        metres = [reference.distance_m(shape) for shape in shapes if shape is not None]
        return rank_of(min(metres)) if metres else _MISSING

    return rank


def rank_of(value: Any) -> Rank:
    """The place of a value among all values."""
    match value:
        case None:
            return (1, 0)
        case bool():
            return (6, value)
        case int() | float():
            return (2, value)
        case str():
            return (3, value)
        case Mapping():
            return (4, 0)
        case Moment(instant=instant):
            return (7, instant)
        case _:
            return (5, 0)


def _sign(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)

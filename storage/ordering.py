"""What `EntityQuery.order` means, in memory: both engines sort so.

An entity is ordered by the first value that its path leads to: of the first instance that answers
and, inside arrays, of the first element. A missing value comes first, then null, numbers, texts,
objects, arrays, truth values, instants. Numbers, texts (by code point), truth values and instants
are ordered among themselves; objects and arrays are not: there the next key decides. An order by
distance takes the nearest of the locations; entities without a location come first.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple

from broker.model.entity import Entity
from broker.model.geometry import geometry_of
from broker.ql.ast import OrderBy, Path
from broker.ql.geo import Reference, locations, shape_of
from broker.ql.values import Moment, reader


class Kind(IntEnum):
    """Kinds of values in their order."""

    MISSING = 0
    NULL = 1
    NUMBER = 2
    TEXT = 3
    OBJECT = 4
    ARRAY = 5
    TRUTH = 6
    INSTANT = 7


class Rank(NamedTuple):
    """A sort key: the kind, then a number or text that orders values of the kind."""

    kind: Kind
    value: float | int | str = 0


def ranking(order: OrderBy) -> Callable[[Entity], Rank]:
    """A function that gives the sort key of an entity.

    Raises:
        QuerySyntaxError: the geometry to measure from is malformed.
    """
    if order.distance_to:
        return _by_distance(order)
    match order.path:
        case "id":
            return lambda entity: Rank(Kind.TEXT, entity.id)
        case "type":
            return lambda entity: Rank(Kind.TEXT, entity.types[0])
        case str(name):
            return _by_path(Path(name))
        case path:
            return _by_path(path)


def _by_path(path: Path) -> Callable[[Entity], Rank]:
    read = reader(path)
    return lambda entity: next(
        (_rank(value) for answer in read(entity) for value in answer), Rank(Kind.MISSING)
    )


def _by_distance(order: OrderBy) -> Callable[[Entity], Rank]:
    reference = Reference(order.distance_to)
    attribute = str(order.path.attribute) if isinstance(order.path, Path) else order.path

    def rank(entity: Entity) -> Rank:
        shapes = (shape_of(geometry_of(one)) for one in locations(entity, attribute))
        distances = [reference.distance_m(shape) for shape in shapes if shape is not None]
        return Rank(Kind.NUMBER, min(distances)) if distances else Rank(Kind.MISSING)

    return rank


def _rank(value: Any) -> Rank:
    match value:
        case Moment(instant):
            return Rank(Kind.INSTANT, instant)
        case None:
            return Rank(Kind.NULL)
        case bool():
            return Rank(Kind.TRUTH, int(value))
        case int() | float():
            return Rank(Kind.NUMBER, value)
        case str():
            return Rank(Kind.TEXT, value)
        case list() | tuple():
            return Rank(Kind.ARRAY)
        case _:
            return Rank(Kind.OBJECT)

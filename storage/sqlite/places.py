"""The R*Tree of the boxes around entities' locations: it finds candidates for geo queries."""

from collections.abc import Iterable, Sequence

import apsw

from broker.model.attribute import Attribute
from broker.model.entity import Entity
from broker.model.geometry import is_geo
from storage.boxes import Box

_PUT = "INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?, ?)"
_REMOVE = "DELETE FROM places WHERE entity = ?"


def is_elsewhere(before: Entity, after: Entity) -> bool:
    """Whether a location may have changed. Cheap: a write keeps what it does not touch."""
    old, new = before.attributes, after.attributes
    for name, instances in new.items():
        had = old.get(name, ())
        if instances is not had and (_any_geo(instances) or _any_geo(had)):
            return True
    gone = [] if old.keys() <= new.keys() else [old[name] for name in old if name not in new]
    return any(_any_geo(instances) for instances in gone)


def put_places(connection: apsw.Connection, places: Iterable[tuple[int, Box]]) -> None:
    """Store boxes by number of entity."""
    connection.executemany(_PUT, ((number, *box) for number, box in places))


def remove_places(connection: apsw.Connection, numbers: Iterable[int]) -> None:
    """Remove the boxes of these entities."""
    connection.executemany(_REMOVE, ((number,) for number in numbers))


def _any_geo(instances: Sequence[Attribute]) -> bool:
    if len(instances) == 1:  # nearly always
        return is_geo(instances[0])
    return any(is_geo(instance) for instance in instances)

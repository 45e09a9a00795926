"""Where entities stand in a list."""

import json
from typing import Any

from broker.model.attribute import Attribute, Kind
from broker.model.entity import Entity
from broker.ql.ast import Field, OrderBy, Path
from broker.ql.ordering import order_key
from kernel.times import Instant


def entity(name: str, created: int = 0, **values: Any) -> Entity:
    attributes = {
        key: (value if isinstance(value, Attribute) else Attribute(value),)
        for key, value in values.items()
    }
    return Entity(name, ("T",), attributes=attributes, created_at=Instant(created))


def order(entities: list[Entity], *keys: OrderBy) -> str:
    return "".join(one.id for one in sorted(entities, key=order_key(keys)))


def test_without_keys_the_order_is_that_of_creation() -> None:
    assert order([entity("c", 1), entity("b", 2), entity("a", 2)]) == "cab"


def test_kinds_stand_in_the_order_of_the_contract() -> None:
    values: list[Any] = [
        Attribute("2026-01-01", type="DateTime"), True, [1], {"a": 1}, "x", 5, None,
    ]  # fmt: skip
    entities = [entity(str(place), a=value) for place, value in enumerate(values)]
    assert order(entities, OrderBy(Path("a"))) == "6543210"
    assert order(entities, OrderBy(Path("a"), descending=True)) == "0123456"


def test_missing_comes_before_null() -> None:
    entities = [entity("a", 3, x=1), entity("b", 2), entity("c", 1, x=None)]
    assert order(entities, OrderBy("x")) == "bca"
    assert order(entities, OrderBy("x", descending=True)) == "acb"


def test_later_keys_break_ties() -> None:
    entities = [entity("a", x=1, y=2), entity("b", x=1, y=3), entity("c", x=0, y=9)]
    assert order(entities, OrderBy("x"), OrderBy("y", descending=True)) == "cba"


def test_id_type_and_dates_are_keys_too() -> None:
    entities = [entity("a", 2), entity("b", 1)]
    assert order(entities, OrderBy("id", descending=True)) == "ba"
    assert order(entities, OrderBy("type")) == "ba"
    assert order(entities, OrderBy(Path(Field.CREATED_AT), descending=True)) == "ab"


def test_distance_orders_by_metres() -> None:
    def at(name: str, longitude: float) -> Entity:
        point = {"type": "Point", "coordinates": [longitude, 43.06]}
        return entity(name, location=Attribute(point, Kind.GEO))

    entities = [at("a", 141.5), at("b", 141.35), at("c", 141.4), entity("d")]
    here = json.dumps({"type": "Point", "coordinates": [141.35, 43.06]})
    assert order(entities, OrderBy("location", distance_to=here)) == "dbca"
    assert order(entities, OrderBy("", distance_to=here)) == "dbca"

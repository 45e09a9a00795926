"""Relations and distances around Odori Park."""

import json
from typing import Any

import pytest

from broker.model.attribute import Attribute, Kind
from broker.model.entity import Entity
from broker.ql.ast import Geo, GeoRelation
from broker.ql.errors import QuerySyntaxError
from broker.ql.geo import Reference, default_location, shape_of
from broker.ql.predicate import compile_predicate, matches

TV_TOWER = [141.3565, 43.0611]
ODORI = json.dumps({"type": "Point", "coordinates": TV_TOWER})
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}


def at(geometry: Any, name: str = "location") -> Entity:
    return Entity(id="E", types=("T",), attributes={name: (Attribute(geometry, Kind.GEO),)})


def point(*coordinates: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(coordinates)}


def test_near_measures_metres_on_the_sphere() -> None:
    one_degree_north = at(point(141.3565, 44.0611))  # 111.3 km
    within = Geo(GeoRelation.NEAR, ODORI, max_distance_m=111_400)
    assert matches(within, one_degree_north)
    assert not matches(Geo(GeoRelation.NEAR, ODORI, max_distance_m=111_200), one_degree_north)
    assert matches(Geo(GeoRelation.NEAR, ODORI, min_distance_m=111_200), one_degree_north)
    assert not matches(Geo(GeoRelation.NEAR, ODORI, min_distance_m=111_400), one_degree_north)


def test_the_date_line_is_no_wall() -> None:
    fiji = Reference(json.dumps(point(179.9, -17)))
    assert fiji.distance_m(shape_of(point(-179.9, -17))) == pytest.approx(21_300, rel=0.01)


def test_the_distance_to_an_edge_is_not_the_distance_to_its_ends() -> None:
    line = shape_of({"type": "LineString", "coordinates": [[141.3, 43.0701], [141.4, 43.0701]]})
    assert Reference(ODORI).distance_m(line) == pytest.approx(1_002, rel=0.01)


def test_the_projection_agrees_with_the_great_circle() -> None:
    away = point(140.0, 42.0)
    line = shape_of({"type": "LineString", "coordinates": [away["coordinates"]] * 2})
    reference = Reference(ODORI)
    assert reference.distance_m(line) == pytest.approx(reference.distance_m(shape_of(away)))


@pytest.mark.parametrize(
    ("relation", "geometry", "true"),
    [
        (GeoRelation.WITHIN, point(1, 1), True),
        (GeoRelation.WITHIN, point(0, 1), True),
        (GeoRelation.WITHIN, point(3, 1), False),
        (GeoRelation.CONTAINS, SQUARE, True),
        (GeoRelation.CONTAINS, point(1, 1), False),
        (GeoRelation.INTERSECTS, {"type": "LineString", "coordinates": [[1, 1], [5, 5]]}, True),
        (GeoRelation.EQUALS, SQUARE, True),
        (GeoRelation.EQUALS, point(1, 1), False),
        (GeoRelation.DISJOINT, point(3, 3), True),
        (GeoRelation.DISJOINT, point(1, 1), False),
        (
            GeoRelation.OVERLAPS,
            {"type": "Polygon", "coordinates": [[[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]]},
            True,
        ),
        (GeoRelation.OVERLAPS, SQUARE, False),
    ],
)
def test_plane_relations(relation: GeoRelation, geometry: Any, true: bool) -> None:
    assert matches(Geo(relation, json.dumps(SQUARE)), at(geometry)) is true


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"type": "Point", "coordinates": ["x"]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
    ],
)
def test_a_malformed_location_stands_in_no_relation(value: Any) -> None:
    assert not matches(Geo(GeoRelation.DISJOINT, json.dumps(SQUARE)), at(value))


def test_a_named_attribute_is_asked_and_no_other() -> None:
    entity = at(point(1, 1), "entrance")
    assert matches(Geo(GeoRelation.WITHIN, json.dumps(SQUARE), attribute="entrance"), entity)
    assert not matches(Geo(GeoRelation.WITHIN, json.dumps(SQUARE), attribute="location"), entity)


def test_of_several_locations_the_marked_one_counts() -> None:
    plain = Attribute("1,1", type="geo:point")
    marked = Attribute("3,3", type="geo:point", metadata={"defaultLocation": Attribute(True)})
    both = Entity(id="E", types=("T",), attributes={"a": (plain,), "b": (marked,)})
    neither = Entity(id="E", types=("T",), attributes={"a": (plain,), "b": (plain,)})
    assert default_location(both) is marked
    assert default_location(neither) is None


def test_a_malformed_reference_is_the_callers_fault() -> None:
    with pytest.raises(QuerySyntaxError):
        compile_predicate(Geo(GeoRelation.NEAR, '{"type": "Point"}', max_distance_m=1))

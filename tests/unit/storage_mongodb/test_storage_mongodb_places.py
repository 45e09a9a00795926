"""Cells find every box that touches the one that is looked for."""

from hypothesis import given
from hypothesis import strategies as st

from broker.model.attribute import Attribute, Kind
from broker.model.entity import Entity
from broker.ql.ast import Geo, GeoRelation
from storage.boxes import Box
from storage.mongodb.places import cells_of, covering, near

edges = st.sampled_from([-180.0, -90.0, 0.0, 90.0, 141.35, 180.0]) | st.floats(-200, 200)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    west, south = draw(edges), draw(edges) / 2
    size = st.sampled_from([0.0, 1e-7, 0.01, 3.0, 400.0])
    return Box(west, west + draw(size), south, south + draw(size))


def touches(one: Box, other: Box) -> bool:
    return (
        one.west <= other.east
        and other.west <= one.east
        and one.south <= other.north
        and other.south <= one.north
    )


@given(boxes(), boxes(), st.integers(1, 5), st.integers(1, 5))
def test_boxes_that_touch_have_cells_of_which_one_holds_the_other(
    one: Box, other: Box, across: int, across_other: int
) -> None:
    mine, yours = covering(one, across), covering(other, across_other)
    meet = any(a.startswith(b) or b.startswith(a) for a in mine for b in yours)
    assert meet or not touches(one, other)


@given(boxes(), st.integers(1, 5))
def test_few_cells_cover_a_box(box: Box, across: int) -> None:
    assert 1 <= len(covering(box, across)) <= across * across


def test_a_point_has_one_small_cell_and_a_query_a_few_around_it() -> None:
    value = {"type": "Point", "coordinates": [141.35, 43.06]}
    (cell,) = cells_of(Entity("urn:1", ("Room",), attributes={"p": (Attribute(value, Kind.GEO),)}))
    assert len(cell) == 16
    point = '{"type":"Point","coordinates":[141.36,43.07]}'
    found = near(Geo(GeoRelation.NEAR, point, max_distance_m=2_000))
    assert found is not None
    ranges = [one["places"]["$elemMatch"] for one in found["$or"] if "$elemMatch" in one["places"]]
    assert any(limits["$gte"] <= cell < limits["$lt"] for limits in ranges)
    assert all(len(limits["$gte"]) >= 13 for limits in ranges)


def test_what_may_be_anywhere_narrows_nothing() -> None:
    point = '{"type":"Point","coordinates":[141.36,43.07]}'
    assert near(Geo(GeoRelation.DISJOINT, point)) is None
    assert near(Geo(GeoRelation.NEAR, point, min_distance_m=5)) is None

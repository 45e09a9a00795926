"""Ids, types, service paths, scopes and geographical parameters become nodes."""

import json

import pytest

from broker.ql.ast import (
    And,
    Geo,
    GeoRelation,
    IdIn,
    IdMatches,
    Node,
    Or,
    ScopeMatches,
    ServicePathIs,
    TypeIn,
)
from broker.ql.errors import PatternError, QuerySyntaxError
from broker.ql.ld_geo import parse_ld_geo
from broker.ql.names import as_written
from broker.ql.scope import parse_scope_q
from broker.ql.selectors import id_list, id_pattern, service_paths, type_list, update_path
from broker.ql.type_selection import parse_type_selection
from broker.ql.v2_geo import parse_geo
from kernel.errors import BadRequestError


def types(*names: str) -> TypeIn:
    return TypeIn(frozenset(names))


def test_lists_are_sets() -> None:
    assert id_list("a,b,a") == IdIn(frozenset({"a", "b"}))
    assert type_list("T") == types("T")
    with pytest.raises(QuerySyntaxError):
        id_list("a,,b")


def test_patterns_are_checked_when_they_are_read() -> None:
    assert id_pattern("Bode_.*") == IdMatches("Bode_.*")
    with pytest.raises(PatternError):
        id_pattern("*")


@pytest.mark.parametrize(
    ("header", "node"),
    [
        ("", ServicePathIs("/", below=True)),
        ("/", ServicePathIs("/")),
        ("/#", ServicePathIs("/", below=True)),
        ("/a/b/", ServicePathIs("/a/b")),
        ("/a/#", ServicePathIs("/a", below=True)),
        ("/a, /b/#", Or((ServicePathIs("/a"), ServicePathIs("/b", below=True)))),
    ],
)
def test_service_paths_of_queries(header: str, node: Node) -> None:
    assert service_paths(header) == node


@pytest.mark.parametrize("header", ["a", "/a//b", "/a b", "/ä", "/" + "a" * 51, "/a" * 11, ",/a"])
def test_malformed_service_paths_are_refused(header: str) -> None:
    with pytest.raises(BadRequestError):
        service_paths(header)
    with pytest.raises(BadRequestError):
        update_path(header)


def test_a_write_has_one_service_path_without_wildcard() -> None:
    assert update_path("") == "/"
    assert update_path("/a/b/") == "/a/b"
    for header in ("/a,/b", "/a/#", "/#"):
        with pytest.raises(BadRequestError):
            update_path(header)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("A", types("A")),
        ("A,B|C", types("A", "B", "C")),
        ("A;B", And((types("A"), types("B")))),
        ("(A;B),C", Or((types("C"), And((types("A"), types("B")))))),
        ("(A,B);C", And((types("A", "B"), types("C")))),
        ("https://uri.org/x#T", types("https://uri.org/x#T")),
    ],
)
def test_type_selection(text: str, node: Node) -> None:
    assert parse_type_selection(text, as_written) == node


def test_type_selection_names_the_column() -> None:
    with pytest.raises(QuerySyntaxError, match="column 3"):
        parse_type_selection("A,,B", as_written)


def test_scope_queries() -> None:
    assert parse_scope_q("/Madrid/+/Centro;(/A/#,B)") == And(
        (ScopeMatches("/Madrid/+/Centro"), Or((ScopeMatches("/A/#"), ScopeMatches("B"))))
    )
    for text in ("", "/A//B", "/#/A", "/A;"):
        with pytest.raises(QuerySyntaxError):
            parse_scope_q(text)


def point(*coordinates: float) -> str:
    return json.dumps({"type": "Point", "coordinates": coordinates}, separators=(",", ":"))


def test_v2_coordinates_come_latitude_first() -> None:
    near = parse_geo("near;maxDistance:1000;minDistance:5.5", "point", "-40.4,-3.5")
    assert near == Geo(GeoRelation.NEAR, point(-3.5, -40.4), "", 5.5, 1000.0)


def test_a_v2_box_is_a_polygon_whichever_corners_are_given() -> None:
    one = parse_geo("coveredBy", "box", "1,2;3,4")
    assert one == parse_geo("coveredBy", "box", "3,2;1,4")
    assert json.loads(one.geometry)["coordinates"] == [[[2, 1], [4, 1], [4, 3], [2, 3], [2, 1]]]


@pytest.mark.parametrize(
    ("georel", "geometry", "coords"),
    [
        ("near;maxDistance:1", "line", "1,2;3,4"),
        ("near", "point", "1,2"),
        ("near;maxDistance:x", "point", "1,2"),
        ("near;maxDistance:-1", "point", "1,2"),
        ("near;maxDistance:1;maxDistance:2", "point", "1,2"),
        ("near;farDistance:1", "point", "1,2"),
        ("beside", "point", "1,2"),
        ("equals;maxDistance:1", "point", "1,2"),
        ("equals", "point", "1,2;3,4"),
        ("equals", "point", "1;2"),
        ("equals", "point", "91,0"),
        ("equals", "point", "0,181"),
        ("equals", "point", "nan,0"),
        ("equals", "line", "1,2"),
        ("equals", "polygon", "1,2;3,4;5,6;7,8"),
        ("equals", "polygon", "1,2;3,4;1,2"),
        ("equals", "box", "1,2"),
        ("equals", "box", "1,2;1,4"),
        ("equals", "circle", "1,2"),
        ("", "point", "1,2"),
        ("equals", "", "1,2"),
        ("equals", "point", ""),
    ],
)
def test_malformed_v2_geo_queries_are_refused(georel: str, geometry: str, coords: str) -> None:
    with pytest.raises(QuerySyntaxError):
        parse_geo(georel, geometry, coords)


@pytest.mark.parametrize(
    ("georel", "geometry", "coords", "words"),
    [
        ("near", "", "1,2", "error parsing geometry: empty geometry"),
        (
            "near;maxDistance:1",
            "dot",
            "1,2",
            "error parsing geometry: Invalid selector in geometry specification",
        ),
        ("near", "point", "1,2", "georel /near/ without either minDistance nor maxDistance"),
        ("near;far:1", "point", "1,2", "Invalid modifier in georel parameter"),
        ("near;maxDistance", "point", "1,2", "Invalid modifier in georel parameter"),
        ("near;maxDistance:x", "point", "1,2", "invalid number for maxDistance"),
        (
            "near;minDistance:1;minDistance:2",
            "point",
            "1,2",
            "minDistance present more than once",
        ),
        ("near;equals", "point", "1,2", "georel type present more than once"),
        ("maxDistance:1", "point", "1,2", "maxDistance erroneously used with georel //"),
        (
            "equals;minDistance:1",
            "point",
            "1,2",
            "minDistance erroneously used with georel /equals/",
        ),
        (
            "near;maxDistance:1",
            "line",
            "1,2;3,4",
            "georel /near/ used with geometry different than point",
        ),
        ("coveredBy", "point", "1,2", "point geometry cannot be used with coveredBy georel"),
        ("coveredBy", "line", "1,2;3,4", "line geometry cannot be used with coveredBy georel"),
        ("equals", "point", "", "no coordinates for geometry"),
        ("equals", "point", "1", "invalid point in URI param /coords/"),
        ("equals", "point", "1,x", "invalid coordinates"),
        ("equals", "point", "1,2;3,4", "invalid number of coordinates for /point/"),
        ("equals", "line", "1,2", "invalid number of coordinates for /line/"),
        ("equals", "box", "1,2", "invalid number of coordinates for /box/"),
        ("equals", "box", "1,2;1,4", "box coordinates are not defining an actual box"),
        ("equals", "polygon", "1,2;3,4;1,2", "Too few coordinates for polygon"),
        (
            "equals",
            "polygon",
            "1,2;3,4;5,6;7,8",
            "First and last point in polygon not the same",
        ),
    ],
)
def test_a_v2_geo_query_is_refused_in_the_words_of_orion(
    georel: str, geometry: str, coords: str, words: str
) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse_geo(georel, geometry, coords)
    assert caught.value.message == words


def test_the_distances_may_stand_before_near() -> None:
    assert parse_geo("maxDistance:5;near", "point", "1,2").max_distance_m == 5


def test_ld_geo_asks_the_location_unless_told_otherwise() -> None:
    assert parse_ld_geo("near;maxDistance==2000", "Point", "[8,40]", "") == Geo(
        GeoRelation.NEAR, point(8, 40), "location", max_distance_m=2000.0
    )
    assert parse_ld_geo("near;minDistance==2", "Point", [8, 40], "gate").attribute == "gate"
    assert parse_ld_geo("overlaps", "MultiPoint", "[[8,40]]", "").relation is GeoRelation.OVERLAPS


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates"),
    [
        ("near", "Point", "[8,40]"),
        ("near;maxDistance:1", "Point", "[8,40]"),
        ("near;maxDistance==x", "Point", "[8,40]"),
        ("coveredBy", "Point", "[8,40]"),
        ("within;x", "Point", "[8,40]"),
        ("within", "point", "[8,40]"),
        ("within", "Point", "8,40"),
        ("within", "Point", "[]"),
        ("within", "Polygon", "[[[0,0],[1,1]]]"),
    ],
)
def test_malformed_ld_geo_queries_are_refused(georel: str, geometry: str, coordinates: str) -> None:
    with pytest.raises(QuerySyntaxError):
        parse_ld_geo(georel, geometry, coordinates, "")

"""Random entities and query trees that meet each other often."""

import json
from typing import Any

import hypothesis.strategies as st
import msgspec

from broker.model.attribute import Attribute, Kind
from broker.model.entity import Entity
from broker.ql.ast import (
    And,
    Between,
    Compare,
    Exists,
    Facet,
    Field,
    Geo,
    GeoRelation,
    IdIn,
    IdMatches,
    Literal,
    Matches,
    Narrowed,
    Node,
    Not,
    OneOf,
    Op,
    Or,
    OrderBy,
    Path,
    ScopeMatches,
    ServicePathIs,
    TypeIn,
    TypeMatches,
)
from kernel.times import Instant, parse_instant

# A small world, so that what is asked for is often there.
names = st.sampled_from(
    ["a", "b", "温度", 'quo"te', "back\\slash", "dot.ted", "m", "$.a", "[0]", ""]
)
ids = st.sampled_from(["urn:1", "urn:2", "urn:12", "室:1", "A", "a"])
type_names = st.sampled_from(["Room", "Hall", "Ro", "https://example.org/Room"])
service_paths = st.sampled_from(["/", "/a", "/a/b", "/ab", "/a0", "/a/b/c"])
scopes = st.sampled_from(["/Sapporo", "/Sapporo/Odori", "Sapporo/Odori", "/Sapporo/Odori/1", "/x"])
moments = st.sampled_from(
    ["2026-02-01T00:00:00Z", "2026-02-01T09:00:00+09:00", "2026-02-01", "2026-02-01T00:00:00.5Z",
     "1969-12-31T23:59:59.999999Z", "not a moment", "2026-13-01T00:00:00Z"]
)  # fmt: skip

numbers = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([0.5, -0.0, 1e300, 5e-324, 2**53, 2**53 + 1, 2**53 + 1.0, 2**62, 2**62 + 1]),
    st.sampled_from([2**63 - 1, -(2**63), 2**63, 2**64 - 1, 9.3e18, 0.1, 0.1 + 0.2, 0.3]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**64 - 1),
)
texts = st.one_of(
    st.sampled_from(["", "a", "b", "ab", "A", "10", "true", "null", "é", "e\u0301", "\U0001f33b"]),
    st.sampled_from(["\uffff", "\U00010000", "nul\u0000nul", "nul", "a\nb", "\ue000", "%", "_"]),
    moments,
    st.text(max_size=5).filter(lambda text: text.isprintable()),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(names | st.just("@value"), inner, max_size=3)
    ),
    max_leaves=5,
)
language_maps = st.dictionaries(
    st.sampled_from(["ja", "en"]), texts | st.lists(texts, max_size=2), max_size=2
)
dates = moments.map(lambda text: {"@type": "DateTime", "@value": text})

# Places around Odori park, some far away, some on the edges of the map.
positions = st.one_of(
    st.tuples(st.sampled_from([141.34, 141.35, 141.36]), st.sampled_from([43.05, 43.06, 43.07])),
    st.tuples(
        st.floats(141.3, 141.4).map(lambda x: round(x, 4)),
        st.floats(43.0, 43.1).map(lambda y: round(y, 4)),
    ),
    st.tuples(
        st.sampled_from([-180.0, 180.0, 179.99, -179.99, 0.0]), st.sampled_from([0.0, 43.06])
    ),
    st.tuples(st.just(10.0), st.sampled_from([79.9, 85.0, 90.0, -90.0])),
).map(list)
far_positions = st.tuples(st.floats(-200, 200), st.floats(-100, 100)).map(list)


def _polygon(corner: list[float], size: float) -> dict[str, Any]:
    x, y = corner
    ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


geometries = st.one_of(
    (positions | far_positions).map(lambda at: {"type": "Point", "coordinates": at}),
    st.lists(positions | far_positions, min_size=2, max_size=3).map(
        lambda line: {"type": "LineString", "coordinates": line}
    ),
    st.lists(positions, min_size=1, max_size=3).map(
        lambda points: {"type": "MultiPoint", "coordinates": points}
    ),
    st.builds(_polygon, positions, st.sampled_from([0.0, 0.005, 0.02, 1.0, 30.0])),
)
malformed = st.sampled_from(
    [{"type": "Point"}, {"type": "Point", "coordinates": []}, {"type": "LineString"}, 5, None]
)
locations = st.one_of(
    geometries.map(lambda geometry: Attribute(geometry, Kind.GEO)),
    geometries.map(lambda geometry: Attribute(geometry, type="geo:json")),
    geometries.map(lambda it: Attribute({"type": "Feature", "geometry": it}, type="geo:json")),
    positions.map(lambda at: Attribute(f"{at[1]}, {at[0]}", type="geo:point")),
    malformed.map(lambda value: Attribute(value, Kind.GEO)),
)

instants = st.integers(0, 3).map(Instant) | st.sampled_from(
    [parse_instant("2026-02-01T00:00:00Z"), parse_instant("2026-02-01T00:00:00.5Z")]
)
typed_values = st.one_of(
    values.map(Attribute),
    st.builds(Attribute, moments, type=st.sampled_from(["DateTime", "ISO8601", "Text"])),
    st.builds(Attribute, scalars, type=st.just("DateTime")),
    dates.map(Attribute),
    st.builds(Attribute, language_maps, st.sampled_from([Kind.LANGUAGE, Kind.PROPERTY])),
)


@st.composite
def attributes(draw: st.DrawFn) -> Attribute:
    """An attribute instance, perhaps with metadata and members of NGSI-LD."""
    inner = draw(typed_values)
    return msgspec.structs.replace(
        inner,
        metadata=draw(st.dictionaries(names, typed_values, max_size=2)),
        unit_code=draw(st.sampled_from(["", "CEL"])),
        observed_at=draw(st.none() | instants),
        created_at=draw(instants),
        modified_at=draw(instants),
    )


@st.composite
def instances(draw: st.DrawFn) -> tuple[Attribute, ...]:
    """The instances of an attribute: nearly always one."""
    ones = draw(
        st.lists(attributes() | locations, min_size=1, max_size=draw(st.sampled_from([1, 1, 1, 3])))
    )
    return tuple(
        msgspec.structs.replace(one, dataset_id=f"urn:d:{index}" if index else "")
        for index, one in enumerate(ones)
    )


@st.composite
def entities(draw: st.DrawFn) -> Entity:
    """An entity; its dates are as a store would keep them."""
    named = st.dictionaries(names, instances(), max_size=4)
    located = st.dictionaries(st.just("location"), locations.map(lambda one: (one,)), max_size=1)
    return Entity(
        draw(ids),
        tuple(draw(st.lists(type_names, min_size=1, max_size=2, unique=True))),
        draw(service_paths),
        tuple(draw(st.lists(scopes, max_size=2))),
        {**draw(named), **draw(located)},
        draw(instants),
        draw(instants),
        draw(st.sampled_from([None, parse_instant("2027-01-01T00:00:00Z")])),
    )


# Trees -------------------------------------------------------------------------------------------

facets = st.sampled_from(list(Facet))
paths = st.one_of(
    st.builds(Path, names),
    st.builds(Path, names),
    st.builds(Path, names, keys=st.lists(names, min_size=1, max_size=2).map(tuple)),
    st.builds(Path, names, metadata=st.lists(names, min_size=1, max_size=2).map(tuple)),
    st.builds(Path, names, st.tuples(names), st.tuples(names)),
    st.builds(Path, names, facets.map(lambda facet: (facet,))),
    st.builds(Path, st.sampled_from(list(Field))),
    st.builds(Path, names, keys=st.just(("a",) * 70)),  # deeper than any value
)


def _literal(value: Any) -> Literal:
    try:
        return Literal(value, parse_instant(value))
    except Exception:  # noqa: BLE001 — anything that reads as no instant
        return Literal(value)


literals = st.one_of(scalars.map(Literal), (moments | scalars).map(_literal))
patterns = st.sampled_from(["", "a", "^a$", "[0-9]+", "é", "oom", "^urn:1", "\\.", "(?i)A", "."])
relations = st.sampled_from(list(GeoRelation))


@st.composite
def geos(draw: st.DrawFn) -> Geo:
    """A relation to a geometry, with distances if it is NEAR."""
    relation = draw(relations)
    geometry = json.dumps(draw(geometries))
    attribute = draw(st.sampled_from(["", "location", "a"]))
    if relation is not GeoRelation.NEAR:
        return Geo(relation, geometry, attribute)
    distances = st.none() | st.sampled_from([0.0, 800.0, 1e4, 1e6, 1e7])
    return Geo(relation, geometry, attribute, draw(distances), draw(distances))


leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(Exists, paths),
    st.builds(Compare, paths, st.sampled_from(list(Op)), literals),
    st.builds(OneOf, paths, st.lists(literals, max_size=3).map(tuple)),
    st.builds(OneOf, paths, st.just(tuple(map(Literal, range(-3, 400))))),
    st.builds(Between, paths, literals, literals),
    st.builds(Matches, paths, patterns),
    st.builds(IdIn, st.frozensets(ids | st.just("\ud800"), max_size=3)),
    st.builds(IdMatches, patterns),
    st.builds(TypeIn, st.frozensets(type_names | st.just("\ud800"), max_size=2)),
    st.builds(TypeMatches, patterns),
    st.builds(ServicePathIs, service_paths, st.booleans()),
    st.builds(ScopeMatches, st.sampled_from(["/Sapporo", "/Sapporo/#", "/+/Odori", "/+/+/1", "#"])),
    geos(),
)
some_names = st.frozensets(names | st.just("location"), max_size=4)
trees: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda nodes: And(tuple(nodes))),
        st.lists(inner, max_size=3).map(lambda nodes: Or(tuple(nodes))),
        inner.map(Not),
        st.builds(Narrowed, inner, some_names),
    ),
    max_leaves=4,
)
_among = st.none() | some_names
orders = st.one_of(
    st.builds(OrderBy, paths | st.sampled_from(["id", "type"]), st.booleans(), st.just(""), _among),
    st.builds(
        OrderBy,
        st.sampled_from(["location", "a"]).map(Path),
        st.booleans(),
        geometries.map(json.dumps),
        _among,
    ),
    st.builds(OrderBy, st.just(""), st.booleans(), geometries.map(json.dumps), _among),
)

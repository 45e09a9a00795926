"""The meaning of each node, on entities small enough to see the answer."""

from typing import Any

import pytest

from broker.model.attribute import Attribute, Kind
from broker.model.entity import Entity
from broker.ql.ast import (
    EVERYTHING,
    NOTHING,
    Between,
    Compare,
    Exists,
    Facet,
    Field,
    IdIn,
    IdMatches,
    Literal,
    Matches,
    Node,
    Not,
    OneOf,
    Op,
    Path,
    ScopeMatches,
    ServicePathIs,
    TypeIn,
    TypeMatches,
    all_of,
    any_of,
)
from broker.ql.errors import PatternError
from broker.ql.predicate import compile_predicate, matches
from kernel.times import parse_instant

NOON = parse_instant("2026-02-11T12:00:00Z")
A = Path("a")


def entity_with(value: Any, **more: Any) -> Entity:
    return Entity(id="E", types=("T",), attributes={"a": (Attribute(value, **more),)})


def holds(op: Op, literal: Any, value: Any) -> bool:
    return matches(Compare(A, op, Literal(literal)), entity_with(value))


@pytest.mark.parametrize(
    ("value", "literal", "equal"),
    [
        (40, 40.0, True),
        (9007199254740993, 9007199254740992.0, False),
        (True, 1, False),
        (1, True, False),
        ("40", 40, False),
        (None, None, True),
        (False, None, False),
        ("", None, False),
        (["black", "red"], "red", True),
        ([["red"]], "red", False),
        ({"red": 1}, "red", False),
    ],
)
def test_equality_is_exact_per_kind_and_looks_at_direct_elements(
    value: Any, literal: Any, equal: bool
) -> None:
    assert holds(Op.EQUAL, literal, value) is equal
    assert holds(Op.UNEQUAL, literal, value) is not equal
    assert matches(OneOf(A, (Literal("no"), Literal(literal))), entity_with(value)) is equal


@pytest.mark.parametrize(
    ("value", "literal", "above"),
    [(41, 40, True), (40, 40, False), ("b", "a", True), ("é", "z", True), ("41", 40, False),
     (True, 0, False), ([41], 40, False), (None, 0, False), ({}, 0, False)],
)  # fmt: skip
def test_orders_hold_within_numbers_and_within_texts_only(
    value: Any, literal: Any, above: bool
) -> None:
    assert holds(Op.GREATER, literal, value) is above


def test_a_missing_attribute_is_neither_equal_nor_unequal() -> None:
    other = Path("b")
    entity = entity_with(1)
    assert not matches(Compare(other, Op.EQUAL, Literal(1)), entity)
    assert not matches(Compare(other, Op.UNEQUAL, Literal(1)), entity)
    assert matches(Not(Compare(other, Op.EQUAL, Literal(1))), entity)
    assert matches(Not(Exists(other)), entity)


def test_null_exists() -> None:
    assert matches(Exists(A), entity_with(None))


@pytest.mark.parametrize(
    ("value", "more"),
    [
        ("2026-02-11T13:00:00+01:00", {"type": "DateTime"}),
        ({"@type": "DateTime", "@value": "2026-02-11T12:00:00.000Z"}, {}),
    ],
)
def test_temporal_values_compare_as_instants(value: Any, more: Any) -> None:
    entity = entity_with(value, **more)
    noon = Literal("2026-02-11T12:00:00Z", NOON)
    assert matches(Compare(A, Op.EQUAL, noon), entity)
    assert matches(Compare(A, Op.GREATER_EQUAL, noon), entity)
    assert not matches(Compare(A, Op.GREATER, noon), entity)
    assert not matches(
        Compare(A, Op.EQUAL, Literal(value if isinstance(value, str) else "")), entity
    )


def test_a_text_that_looks_like_a_date_compares_as_text() -> None:
    noon = Literal("2026-02-11T12:00:00Z", NOON)
    assert matches(Compare(A, Op.EQUAL, noon), entity_with("2026-02-11T12:00:00Z"))
    assert not matches(Compare(A, Op.EQUAL, noon), entity_with("2026-02-11T13:00:00+01:00"))


def test_a_range_is_closed_and_of_one_kind() -> None:
    ten_to_twenty = Between(A, Literal(10), Literal(20))
    for value, inside in ((9.9, False), (10, True), (15, True), (20, True), (20.1, False)):
        assert matches(ten_to_twenty, entity_with(value)) is inside
    assert not matches(ten_to_twenty, entity_with([15]))
    assert not matches(Between(A, Literal(10), Literal("z")), entity_with(15))


def test_keys_descend_objects_and_the_objects_in_an_array() -> None:
    path = Path("a", keys=("b", "c"))
    entity = entity_with([{"b": {"c": 1}}, {"b": [{"c": 2}, 5]}, [{"b": {"c": 3}}]])
    for value, found in ((1, True), (2, True), (3, False)):
        assert matches(Compare(path, Op.EQUAL, Literal(value)), entity) is found
    assert not matches(Compare(path, Op.UNEQUAL, Literal(2)), entity)
    assert not matches(Exists(Path("a", keys=("0",))), entity)


def test_metadata_and_facets_are_reached_by_name() -> None:
    inner = Attribute(0.5, metadata={"by": Attribute("probe")})
    entity = entity_with(1, metadata={"accuracy": inner}, unit_code="CEL", observed_at=NOON)
    assert matches(Compare(Path("a", ("accuracy",)), Op.LESS, Literal(1)), entity)
    assert matches(Compare(Path("a", ("accuracy", "by")), Op.EQUAL, Literal("probe")), entity)
    assert matches(Compare(Path("a", (Facet.UNIT_CODE,)), Op.EQUAL, Literal("CEL")), entity)
    observed = Path("a", (Facet.OBSERVED_AT,))
    assert matches(Compare(observed, Op.GREATER, Literal("…", parse_instant("2026-01-01"))), entity)
    assert not matches(Exists(Path("a", (Facet.DATASET_ID,))), entity)


def test_the_dates_of_the_entity_are_instants() -> None:
    entity = Entity(id="E", types=("T",), created_at=NOON)
    before = Literal("2026-01-01", parse_instant("2026-01-01"))
    assert matches(Compare(Path(Field.CREATED_AT), Op.GREATER, before), entity)
    assert not matches(Exists(Path(Field.EXPIRES_AT)), entity)


def test_any_instance_of_an_attribute_may_answer() -> None:
    entity = Entity(
        id="E",
        types=("T",),
        attributes={"a": (Attribute(1), Attribute(2, dataset_id="urn:x"))},
    )
    assert matches(Compare(A, Op.EQUAL, Literal(2)), entity)
    assert matches(Compare(A, Op.UNEQUAL, Literal(2)), entity)


def test_patterns_are_searched_for_in_texts() -> None:
    for value, found in (("yellow", True), ("white", False), (["yellow"], False), (None, False)):
        assert matches(Matches(A, "ow"), entity_with(value)) is found
    assert matches(Matches(A, "^大.$"), entity_with("大通"))


def test_a_bad_pattern_is_refused_and_quoted_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PatternError) as caught:
        compile_predicate(Matches(A, "(?!secret)"))
    assert "secret" not in caught.value.message
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("node", "true"),
    [
        (IdIn(frozenset({"E", "F"})), True),
        (IdMatches("^F"), False),
        (TypeIn(frozenset({"U"})), True),
        (TypeMatches("V"), False),
        (ServicePathIs("/a"), False),
        (ServicePathIs("/a/b"), True),
        (ServicePathIs("/a", below=True), True),
        (ServicePathIs("/", below=True), True),
        (ServicePathIs("/a/b", below=True), True),
        (ServicePathIs("/a/", below=True), True),
        (ServicePathIs("/a/bc", below=True), False),
        (ScopeMatches("/Japan/Sapporo"), True),
        (ScopeMatches("Japan/+"), True),
        (ScopeMatches("/Japan"), False),
        (ScopeMatches("/Japan/#"), True),
        (ScopeMatches("/Japan/Sapporo/#"), True),
        (ScopeMatches("/+/Tokyo"), False),
        (ScopeMatches("/#"), True),
        (EVERYTHING, True),
        (NOTHING, False),
        (all_of(IdIn(frozenset({"E"})), TypeIn(frozenset({"T"}))), True),
        (any_of(IdIn(frozenset({"F"})), TypeIn(frozenset({"T"}))), True),
        (Not(IdIn(frozenset({"E"}))), False),
    ],
)
def test_what_the_entity_must_be(node: Node, true: bool) -> None:
    entity = Entity(
        id="E", types=("T", "U"), service_path="/a/b", scopes=("/Japan/Sapporo", "/Indoor")
    )
    assert matches(node, entity) is true


def test_a_relationship_compares_by_its_object() -> None:
    entity = entity_with("urn:ngsi-ld:Store:1", kind=Kind.RELATIONSHIP)
    assert matches(Compare(A, Op.EQUAL, Literal("urn:ngsi-ld:Store:1")), entity)


def test_a_language_property_answers_in_every_language() -> None:
    texts = {"ja": ["大通", "公園"], "en": "Odori"}
    entity = entity_with(texts, kind=Kind.LANGUAGE)
    assert matches(Compare(A, Op.EQUAL, Literal("Odori")), entity)
    assert matches(Compare(A, Op.EQUAL, Literal("公園")), entity)
    assert not matches(Compare(A, Op.UNEQUAL, Literal("Odori")), entity)
    assert matches(Matches(A, "^Od"), entity)
    assert matches(Compare(Path("a", keys=("en",)), Op.UNEQUAL, Literal("公園")), entity)
    assert matches(Exists(A), entity_with({}, kind=Kind.LANGUAGE))
    assert not matches(Matches(A, "^Od"), entity_with(texts))

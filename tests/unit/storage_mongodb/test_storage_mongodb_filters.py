"""Filters enclose the predicate from both sides, on a server that means what MongoDB means."""

from typing import Any

import pytest
from hypothesis import given, settings
from support.mongo_filters import finds
from support.strategies import entities, trees

from broker.model.attribute import Attribute
from broker.model.entity import Entity
from broker.ql.ast import (
    And,
    Between,
    Compare,
    Exists,
    Field,
    IdMatches,
    Literal,
    Node,
    Not,
    Op,
    Or,
    Path,
    ScopeMatches,
    ServicePathIs,
    TypeIn,
)
from broker.ql.predicate import matches
from kernel.times import Instant
from storage.mongodb.documents import Document, entity_document
from storage.mongodb.facts import LONGEST_TEXT, MOST_DEEP, MOST_ELEMENTS
from storage.mongodb.filters import select
from storage.mongodb.selection import ALL, NONE, at_most

SPEED = Path("speed")


def stored(entity: Entity) -> Document:
    return entity_document("t", entity, write="1-1", number=0)


def room(**values: Any) -> Entity:
    attributes = {name: (Attribute(value),) for name, value in values.items()}
    return Entity("urn:1", ("Room",), attributes=attributes)


@settings(max_examples=1_500, deadline=None)
@given(entities(), trees)
def test_may_holds_wherever_the_predicate_does_and_must_nowhere_else(
    entity: Entity, tree: Node
) -> None:
    selection, document = select(tree), stored(entity)
    holds = matches(tree, entity)
    assert finds(selection.may, document) or not holds
    assert holds or not finds(selection.must, document)


@pytest.mark.parametrize(
    "node",
    [
        And(()),
        Or(()),
        Exists(SPEED),
        Exists(Path(Field.EXPIRES_AT)),
        Compare(SPEED, Op.GREATER, Literal(5)),
        Compare(SPEED, Op.LESS_EQUAL, Literal("2026", Instant(1))),
        Compare(Path(Field.MODIFIED_AT), Op.GREATER, Literal("2026", Instant(1))),
        Between(SPEED, Literal(1), Literal(2)),
        Not(And((TypeIn(frozenset({"Room"})), Compare(SPEED, Op.LESS, Literal(3))))),
        ServicePathIs("/a", below=True),
        ScopeMatches("/Sapporo/#"),
        IdMatches(".*"),
    ],
    ids=str,
)
def test_common_conditions_are_left_to_the_server_alone(node: Node) -> None:
    assert select(node).is_exact


def test_a_server_that_mixes_elements_is_not_trusted_with_ranges() -> None:
    selection = select(Between(SPEED, Literal(1), Literal(2)), at_most)
    assert selection.must == NONE
    assert select(Not(Between(SPEED, Literal(1), Literal(2))), at_most).may == ALL


def test_two_conditions_on_one_attribute_both_count() -> None:
    both = And((Compare(SPEED, Op.EQUAL, Literal(1)), Compare(SPEED, Op.EQUAL, Literal(2))))
    assert finds(select(both).may, stored(room(speed=[1, 2])))
    assert not finds(select(both).may, stored(room(speed=[1])))


LONG = "x" * (LONGEST_TEXT + 1)


@pytest.mark.parametrize(
    ("node", "entity"),
    [
        (Compare(SPEED, Op.EQUAL, Literal(LONG + "y")), room(speed=LONG)),
        (Compare(SPEED, Op.GREATER, Literal(LONG + "y")), room(speed=LONG + "x")),
        (Compare(SPEED, Op.EQUAL, Literal(-1)), room(speed=list(range(MOST_ELEMENTS + 1)))),
        (
            Exists(Path("speed", (), ("nowhere",))),
            room(speed={str(key): key for key in range(MOST_DEEP + 1)}),
        ),
    ],
    ids=["long text, equal", "long text, greater", "long array", "wide object"],
)
def test_what_facts_do_not_hold_is_left_to_the_predicate(node: Node, entity: Entity) -> None:
    selection = select(node)
    assert finds(selection.may, stored(entity))
    assert not finds(selection.must, stored(entity))
    assert not matches(node, entity)


@pytest.mark.parametrize("pattern", ["^urn:room:", "^urn:room:.*x", "^urn:room:7?"])
def test_an_anchored_pattern_narrows_by_what_it_begins_with(pattern: str) -> None:
    assert select(IdMatches(pattern)).may == {"id": {"$gte": "urn:room:", "$lt": "urn:room;"}}


@pytest.mark.parametrize("pattern", ["urn:room:", "^(a|b)", "^a|b", "(?i)^a", "^a?"])
def test_a_pattern_with_an_unclear_beginning_narrows_nothing(pattern: str) -> None:
    assert select(IdMatches(pattern)).may == ALL

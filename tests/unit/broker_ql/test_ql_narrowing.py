"""A narrowed query means of an entity what the query means of the narrowed entity."""

from hypothesis import HealthCheck, given, settings
from support.strategies import entities, orders, some_names, trees

from broker.model.entity import Entity
from broker.model.visibility import with_only
from broker.ql.ast import EVERYTHING, NOTHING, Exists, Field, Narrowed, Node, OrderBy, Path
from broker.ql.narrowing import narrow, narrow_order
from broker.ql.ordering import rank_under
from broker.ql.predicate import matches

thorough = settings(max_examples=400, suppress_health_check=list(HealthCheck), deadline=None)
SHOWN = frozenset({"a"})


@thorough
@given(entity=entities(), tree=trees, shown=some_names)
def test_hidden_attributes_decide_no_condition(
    entity: Entity, tree: Node, shown: frozenset[str]
) -> None:
    assert matches(narrow(tree, shown), entity) is matches(tree, with_only(entity, shown))


@thorough
@given(one=entities(), other=entities(), order=orders, shown=some_names)
def test_hidden_attributes_decide_no_order(
    one: Entity, other: Entity, order: OrderBy, shown: frozenset[str]
) -> None:
    rank = rank_under(order)
    wanted = [rank(with_only(entity, shown)) for entity in (one, other)]
    kept = [rank_under(key) for key in narrow_order([order], shown)]
    if kept:
        assert [kept[0](entity) for entity in (one, other)] == wanted
    else:
        assert wanted[0] == wanted[1], "a key is left out only if all entities tie under it"


def test_a_condition_on_a_shown_attribute_stays_as_it_is() -> None:
    """Engines answer it from their indexes."""
    assert narrow(Exists(Path("a")), SHOWN) == Exists(Path("a"))
    assert narrow(EVERYTHING, SHOWN) == EVERYTHING


def test_a_condition_on_a_hidden_attribute_holds_nowhere() -> None:
    assert narrow(Exists(Path("b")), SHOWN) == NOTHING


def test_the_last_modification_is_that_of_what_is_shown() -> None:
    modified = Exists(Path(Field.MODIFIED_AT))
    assert narrow(modified, SHOWN) == Narrowed(modified, SHOWN)
    assert narrow(Narrowed(modified, frozenset({"a", "b"})), SHOWN) == Narrowed(modified, SHOWN)

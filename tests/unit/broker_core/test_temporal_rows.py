"""Which rows a change adds to the history, and when their values were true."""

from broker.core.apply import apply
from broker.core.writes import Action, Write
from broker.model.attribute import Attribute
from broker.model.changes import Change, HistoryRow
from broker.model.entity import Entity
from broker.temporal.rows import rows_of
from kernel.times import Instant, parse_instant

NOW = parse_instant("2026-01-01T12:00:00Z")
EARLIER = parse_instant("2026-01-01T11:00:00Z")
TIME_INSTANT = Attribute("2026-01-01T11:00:00.000Z", type="DateTime")


def rows(action: Action, *current: Entity, **attributes: tuple[Attribute, ...]) -> list[HistoryRow]:
    _, change = apply(Write(action, "E1", "T", attributes=attributes), current, NOW)
    assert isinstance(change, Change)
    return list(rows_of(change))


def entity(**attributes: tuple[Attribute, ...]) -> Entity:
    return Entity("E1", ("T",), attributes=attributes)


def test_every_written_attribute_adds_a_row_changed_or_not() -> None:
    found = rows(Action.APPEND, entity(a=(Attribute(1),)), a=(Attribute(1),), b=(Attribute(2),))
    assert [(row.attribute, row.time, row.recorded_at) for row in found] == [
        ("a", NOW, NOW),
        ("b", NOW, NOW),
    ]


def test_a_removed_attribute_adds_a_row_that_says_so() -> None:
    [row] = rows(Action.DELETE, entity(a=(Attribute(1),)), a=(Attribute(),))
    assert (row.attribute, row.instance) == ("a", None)


def test_a_removed_entity_ends_all_of_its_series() -> None:
    found = rows(Action.DELETE, entity(a=(Attribute(1),), b=(Attribute(2),)))
    assert [(row.attribute, row.instance) for row in found] == [("a", None), ("b", None)]


def test_a_value_belongs_to_the_time_of_its_observation() -> None:
    [row] = rows(Action.CREATE, a=(Attribute(1, observed_at=EARLIER),))
    assert (row.time, row.recorded_at) == (EARLIER, NOW)


def test_the_time_instant_of_an_agent_is_the_time_of_its_measure() -> None:
    [row] = rows(Action.CREATE, a=(Attribute(1, metadata={"TimeInstant": TIME_INSTANT}),))
    assert row.time == EARLIER
    found = rows(Action.CREATE, a=(Attribute(1),), TimeInstant=(TIME_INSTANT,))
    assert {row.time for row in found} == {EARLIER}


def test_a_time_instant_that_is_none_does_not_count() -> None:
    broken = Attribute("soon", type="DateTime")
    [row] = rows(Action.CREATE, a=(Attribute(1, metadata={"TimeInstant": broken}),))
    assert row.time == NOW


def test_of_several_instances_only_the_written_one_adds_a_row() -> None:
    before = (Attribute(1), Attribute(2, dataset_id="urn:d", modified_at=Instant(1)))
    found = rows(Action.APPEND, entity(a=before), a=(Attribute(3, dataset_id="urn:d"),))
    assert [(row.dataset_id, row.instance.value) for row in found if row.instance] == [("urn:d", 3)]

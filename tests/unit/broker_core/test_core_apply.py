"""What each verb does to an entity, and what it answers."""

from typing import Any

import msgspec
import pytest

from broker.core.apply import apply
from broker.core.writes import Action, Applied, Misplaced, Refusal, Refused, Write
from broker.model.attribute import Attribute, Kind
from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from kernel.times import Instant

BEFORE, NOW = Instant(1_000), Instant(2_000)


def stored(**values: Any) -> Entity:
    attributes = {name: (made(value),) for name, value in values.items()}
    return Entity("E1", ("T",), "/", (), attributes, BEFORE, BEFORE)


def made(value: Any) -> Attribute:
    attribute = value if isinstance(value, Attribute) else Attribute(value)
    return msgspec.structs.replace(attribute, created_at=BEFORE, modified_at=BEFORE)


def wanted(action: Action, *, entity_type: str = "T", **values: Any) -> Write:
    return Write(action, "E1", entity_type, attributes=instances(values))


def instances(values: dict[str, Any]) -> dict[str, tuple[Attribute, ...]]:
    return {
        name: (value if isinstance(value, Attribute) else Attribute(value),)
        for name, value in values.items()
    }


def done(write: Write, *candidates: Entity) -> tuple[Applied, Change]:
    outcome, change = apply(write, candidates, NOW)
    assert isinstance(outcome, Applied)
    assert change is not None
    return outcome, change


def refused(write: Write, *candidates: Entity) -> Refusal:
    outcome, change = apply(write, candidates, NOW)
    assert isinstance(outcome, Refused)
    assert change is None
    return outcome.why


def values_of(change: Change) -> dict[str, Any]:
    assert change.after is not None
    return {name: found[0].value for name, found in change.after.attributes.items()}


def test_create_makes_an_entity_that_did_not_exist() -> None:
    outcome, change = done(wanted(Action.CREATE, a=1))
    assert outcome.created
    assert change.alteration is Alteration.CREATE
    assert values_of(change) == {"a": 1}
    assert change.entity.created_at == change.entity.modified_at == NOW


def test_create_refuses_one_that_exists() -> None:
    assert refused(wanted(Action.CREATE), stored()) is Refusal.ALREADY_EXISTS


def test_create_that_replaces_keeps_the_creation_and_nothing_else() -> None:
    write = msgspec.structs.replace(wanted(Action.CREATE, b=2), replace_entity=True)
    outcome, change = done(write, stored(a=1))
    assert not outcome.created
    assert values_of(change) == {"b": 2}
    assert change.entity.created_at == BEFORE


def test_append_overwrites_and_adds() -> None:
    _, change = done(wanted(Action.APPEND, a=2, b=3), stored(a=1))
    assert values_of(change) == {"a": 2, "b": 3}
    assert change.written == ("a", "b")
    assert change.changed == {"a", "b"}


def test_append_creates_only_where_it_may() -> None:
    write = wanted(Action.APPEND, entity_type="", a=1)
    outcome, change = done(write)
    assert outcome.created
    assert change.entity.types == ("Thing",)
    assert refused(msgspec.structs.replace(write, may_create=False)) is Refusal.NOT_FOUND


def test_strict_append_leaves_what_exists() -> None:
    outcome, change = done(wanted(Action.APPEND_STRICT, a=2, b=3), stored(a=1))
    assert outcome.existing == ("a",)
    assert values_of(change) == {"a": 1, "b": 3}


def test_strict_append_of_nothing_new_changes_nothing() -> None:
    outcome, change = apply(wanted(Action.APPEND_STRICT, a=2), [stored(a=1)], NOW)
    assert isinstance(outcome, Applied)
    assert outcome.existing == ("a",)
    assert change is None


def test_update_reports_what_does_not_exist() -> None:
    outcome, change = done(wanted(Action.UPDATE, a=2, b=3), stored(a=1))
    assert outcome.missing == ("b",)
    assert values_of(change) == {"a": 2}


def test_replace_leaves_exactly_what_is_written() -> None:
    _, change = done(wanted(Action.REPLACE, b=2), stored(a=1, b=1))
    assert values_of(change) == {"b": 2}
    assert change.changed == {"a", "b"}
    assert change.written == ("b", "a")


def test_delete_takes_attributes_or_the_entity() -> None:
    _, change = done(wanted(Action.DELETE, a=None), stored(a=1, b=2))
    assert values_of(change) == {"b": 2}
    _, change = done(wanted(Action.DELETE), stored(a=1))
    assert (change.alteration, change.after) == (Alteration.DELETE, None)


def test_delete_reports_what_does_not_exist() -> None:
    outcome, change = apply(wanted(Action.DELETE, x=None), [stored(a=1)], NOW)
    assert isinstance(outcome, Applied)
    assert outcome.missing == ("x",)
    assert change is None


@pytest.mark.parametrize("action", [Action.UPDATE, Action.REPLACE, Action.DELETE])
def test_what_does_not_exist_is_not_written(action: Action) -> None:
    assert refused(wanted(action, a=1)) is Refusal.NOT_FOUND


@pytest.mark.parametrize("action", list(Action))
def test_a_write_without_type_needs_one_candidate(action: Action) -> None:
    other = msgspec.structs.replace(stored(), types=("U",))
    write = wanted(action, entity_type="", a=1)
    assert refused(write, stored(), other) is Refusal.TOO_MANY


def test_a_write_is_about_its_service_path_only() -> None:
    elsewhere = msgspec.structs.replace(stored(), service_path="/a")
    assert refused(wanted(Action.UPDATE, a=1), elsewhere) is Refusal.NOT_FOUND


def test_the_same_value_again_is_an_update_and_no_change() -> None:
    _, change = done(wanted(Action.APPEND, a=1), stored(a=1))
    assert change.alteration is Alteration.UPDATE
    assert change.written == ("a",)
    assert not change.changed
    assert change.entity.modified_at == NOW
    assert change.entity.attributes["a"][0].modified_at == BEFORE


@pytest.mark.parametrize(("old", "new"), [(1, True), (0, False), (True, 1)])
def test_a_truth_value_is_no_number(old: Any, new: Any) -> None:
    _, change = done(wanted(Action.APPEND, a=new), stored(a=old))
    assert change.changed_values == {"a"}


def test_forced_writes_count_as_changes() -> None:
    write = msgspec.structs.replace(wanted(Action.APPEND, a=1), force=True)
    _, change = done(write, stored(a=1))
    assert change.changed == {"a"}


def test_metadata_alone_change_the_attribute_but_not_its_value() -> None:
    with_metadata = Attribute(1, metadata={"m": Attribute(5)})
    _, change = done(wanted(Action.APPEND, a=with_metadata), stored(a=1))
    assert (change.changed, change.changed_values) == ({"a"}, frozenset())


def test_metadata_stay_only_where_the_write_says_so() -> None:
    before = stored(a=Attribute(1, unit_code="CEL", metadata={"m": Attribute(5)}))
    write = wanted(Action.APPEND, a=Attribute(2, metadata={"n": Attribute(6)}))
    _, change = done(write, before)
    assert list(change.entity.attributes["a"][0].metadata) == ["n"]
    _, change = done(msgspec.structs.replace(write, keep_metadata=True), before)
    kept = change.entity.attributes["a"][0]
    assert (list(kept.metadata), kept.unit_code) == (["m", "n"], "CEL")


def test_the_time_of_observation_never_stays_with_another_value() -> None:
    before = stored(a=Attribute(1, observed_at=BEFORE))
    write = msgspec.structs.replace(wanted(Action.APPEND, a=2), keep_metadata=True)
    _, change = done(write, before)
    assert change.entity.attributes["a"][0].observed_at is None


def test_kind_and_type_stay_only_where_the_write_says_so() -> None:
    before = stored(a=Attribute("1,1", Kind.GEO, "geo:point"))
    write = wanted(Action.UPDATE, a="2,2")
    _, change = done(write, before)
    assert change.entity.attributes["a"][0].kind is Kind.PROPERTY
    _, change = done(msgspec.structs.replace(write, keep_type=True), before)
    kept = change.entity.attributes["a"][0]
    assert (kept.kind, kept.type, kept.value) == (Kind.GEO, "geo:point", "2,2")


def test_instances_are_told_apart_by_their_dataset() -> None:
    two = (Attribute(1), Attribute(2, dataset_id="urn:d"))
    before = msgspec.structs.replace(stored(), attributes={"a": two})
    write = Write(Action.APPEND, "E1", "T", attributes={"a": (Attribute(3, dataset_id="urn:d"),)})
    _, change = done(write, before)
    assert [one.value for one in change.entity.attributes["a"]] == [1, 3]
    gone = msgspec.structs.replace(
        wanted(Action.DELETE, a=None), all_instances=False, dataset_id="urn:d"
    )
    _, change = done(gone, before)
    assert [one.value for one in change.entity.attributes["a"]] == [1]


def test_the_end_of_an_entity_is_set_left_and_taken_away() -> None:
    before = msgspec.structs.replace(stored(a=1), expires_at=Instant(9))
    write = wanted(Action.APPEND, a=2)
    for expires_at, expected in (
        (msgspec.UNSET, Instant(9)),
        (Instant(7), Instant(7)),
        (None, None),
    ):
        _, change = done(msgspec.structs.replace(write, expires_at=expires_at), before)
        assert change.entity.expires_at == expected


def point(**metadata: Any) -> Attribute:
    flags = {name: Attribute(value) for name, value in metadata.items()}
    return Attribute("1,1", Kind.GEO, "geo:point", metadata=flags)


@pytest.mark.parametrize(
    ("second", "is_refused"),
    [
        (point(), True),
        (point(ignoreType=True), False),
        (point(defaultLocation=True), False),
        (Attribute(None, Kind.GEO), False),
        (Attribute("1,1"), False),
    ],
)
def test_one_location_is_the_location(second: Attribute, is_refused: bool) -> None:
    write = wanted(Action.APPEND, b=second)
    assert isinstance(apply(write, [stored(a=point())], NOW)[0], Applied)
    write = msgspec.structs.replace(write, one_location=True)
    outcome, _ = apply(write, [stored(a=point())], NOW)
    if is_refused:
        assert outcome == Refused(write, Refusal.RIVAL_LOCATIONS)
    else:
        assert isinstance(outcome, Applied)


def test_a_write_of_something_else_is_not_to_blame_for_two_locations() -> None:
    write = msgspec.structs.replace(wanted(Action.APPEND, c=1), one_location=True)
    outcome, _ = apply(write, [stored(a=point(), b=point())], NOW)
    assert isinstance(outcome, Applied)


def test_an_append_takes_away_what_it_is_to_remove_in_the_same_change() -> None:
    write = msgspec.structs.replace(wanted(Action.APPEND, a=2), removed=("b", "nowhere"))
    outcome, change = done(write, stored(a=1, b=1, c=1))
    assert outcome.missing == ()
    assert change.after is not None
    assert list(change.after.attributes) == ["a", "c"]
    assert change.written == ("a", "b")
    assert change.changed == {"a", "b"}


def test_an_entity_that_is_replaced_wherever_it_lives_stays_there() -> None:
    current = msgspec.structs.replace(stored(a=1), service_path="/parks")
    write = Write(Action.CREATE, "E1", "T", "", instances({"a": 2}), replace_entity=True)
    _, change = done(write, current)
    assert change.after is not None
    assert change.after.key == current.key


def test_a_location_that_is_none_is_refused_with_what_it_was_to_become() -> None:
    write = wanted(Action.APPEND, b=point())
    write = msgspec.structs.replace(write, one_location=True, locate=lambda _: "nowhere")
    assert apply(write, [], NOW)[0] == Refused(write, Refusal.MISPLACED, Misplaced("nowhere"))
    outcome, change = apply(write, [stored(a=1)], NOW)
    fault = Misplaced("nowhere", is_added=True, is_first=True)
    assert (outcome, change) == (Refused(write, Refusal.MISPLACED, fault), None)
    outcome, _ = apply(write, [stored(b=point())], NOW)
    assert outcome == Refused(write, Refusal.MISPLACED, Misplaced("nowhere"))


def test_a_location_that_is_not_written_is_not_looked_at() -> None:
    write = msgspec.structs.replace(
        wanted(Action.UPDATE, c=1), one_location=True, locate=lambda _: "nowhere"
    )
    assert isinstance(apply(write, [stored(a=point(), c=2)], NOW)[0], Applied)

"""Writes within a permission: to what it shows, beside what it hides."""

from typing import Any

import pytest

from broker.core.permitted import apply_permitted
from broker.core.writes import Action, Applied, Outcome, Refusal, Refused, Write
from broker.model.attribute import Attribute, Kind
from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from broker.temporal.rows import rows_of
from kernel.permission import Permission
from kernel.times import Instant

NOW = Instant(5_000)
AIR = Permission(types=frozenset({"Air"}))
PARKS = Permission(service_paths=frozenset({"/parks/#"}))
LEVEL = Permission(attributes=frozenset({"level"}))
NO_FLOW = Permission(hidden_types=frozenset({"Flow"}))


def entity(*types: str, path: str = "/", **values: Any) -> Entity:
    attributes = {name: (Attribute(value),) for name, value in values.items()}
    return Entity("e", types, path, (), attributes)


def write(action: Action, kind: str = "", path: str = "", **values: Any) -> Write:
    attributes = {name: (Attribute(value),) for name, value in values.items()}
    return Write(action, "e", kind, path, attributes, default_type="Air")


def done(one: Write, permission: Permission, *current: Entity) -> tuple[Outcome, Change | None]:
    return apply_permitted(one, current, NOW, permission)


def refusal(one: Write, permission: Permission, *current: Entity) -> Refusal:
    outcome, change = done(one, permission, *current)
    assert isinstance(outcome, Refused)
    assert outcome.write is one
    assert change is None
    return outcome.why


def made(one: Write, permission: Permission, *current: Entity) -> Entity:
    outcome, change = done(one, permission, *current)
    assert isinstance(outcome, Applied)
    assert change is not None
    assert change.after is not None
    return change.after


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("current", [(), (entity("Room", level=1),)], ids=["none", "hidden"])
def test_a_type_outside_is_forbidden_whether_the_entity_exists_or_not(
    action: Action, current: tuple[Entity, ...]
) -> None:
    assert refusal(write(action, "Room", "/", level=2), AIR, *current) is Refusal.FORBIDDEN


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("current", [(), (entity("Room", level=1),)], ids=["none", "hidden"])
def test_a_service_path_outside_is_forbidden_whether_the_entity_exists_or_not(
    action: Action, current: tuple[Entity, ...]
) -> None:
    assert refusal(write(action, "Room", "/", level=2), PARKS, *current) is Refusal.FORBIDDEN


@pytest.mark.parametrize("action", [Action.UPDATE, Action.REPLACE, Action.DELETE])
def test_a_hidden_entity_does_not_exist_for_who_names_it_by_its_id_alone(action: Action) -> None:
    hidden = entity("Room", level=1)
    assert refusal(write(action, level=2), AIR, hidden) is Refusal.NOT_FOUND
    assert refusal(write(action, level=2), AIR) is Refusal.NOT_FOUND


def test_a_hidden_entity_of_the_same_id_is_in_nobodys_way() -> None:
    hidden, shown = entity("Room", level=1), entity("Air", level=1)
    outcome, _ = done(write(Action.CREATE, level=2), AIR, hidden)
    assert outcome == Applied(shown.key, created=True)
    assert made(write(Action.UPDATE, level=2), AIR, hidden, shown).types == ("Air",)


def test_a_key_that_a_hidden_entity_has_is_not_given_to_another() -> None:
    hidden = entity("Air", "Flow", level=1)
    assert refusal(write(Action.CREATE, "Air", "/"), NO_FLOW, hidden) is Refusal.FORBIDDEN


def test_an_entity_may_not_get_a_type_outside() -> None:
    shown = entity("Air", level=1)
    for current in ((), (shown,)):
        wider = Write(Action.APPEND, "e", "Air", more_types=("Room",))
        assert refusal(wider, AIR, *current) is Refusal.FORBIDDEN
    flow = Write(Action.APPEND, "e", "Air", more_types=("Flow",))
    assert refusal(flow, NO_FLOW, shown) is Refusal.FORBIDDEN


def test_an_entity_keeps_the_other_types_that_it_has() -> None:
    both = entity("Room", "Air", level=1)
    assert made(write(Action.UPDATE, level=2), AIR, both).types == ("Room", "Air")


@pytest.mark.parametrize("action", list(Action))
def test_hidden_attributes_are_forbidden_whether_they_exist_or_not(action: Action) -> None:
    for current in ((), (entity("Air", level=1),), (entity("Air", level=1, secret=7),)):
        assert refusal(write(action, "Air", "/", secret=8), LEVEL, *current) is Refusal.FORBIDDEN


def test_a_removal_of_a_hidden_attribute_forbids_the_whole_write() -> None:
    merge = Write(
        Action.APPEND,
        "e",
        "",
        "",
        {"level": (Attribute(2),)},
        may_create=False,
        removed=("secret",),
    )
    assert refusal(merge, LEVEL, entity("Air", level=1, secret=7)) is Refusal.FORBIDDEN


@pytest.mark.parametrize("action", [Action.APPEND, Action.UPDATE, Action.REPLACE])
def test_hidden_attributes_stay_as_they_are(action: Action) -> None:
    before = entity("Air", secret=7, level=1, other=8)
    outcome, change = done(write(action, "Air", "/", level=2), LEVEL, before)
    assert isinstance(outcome, Applied)
    assert change is not None
    assert change.before is before
    assert change.after is not None
    assert list(change.after.attributes) == ["secret", "level", "other"]
    assert change.after.attributes["secret"] is before.attributes["secret"]
    assert [row.attribute for row in rows_of(change)] == ["level"]


def test_a_replacement_as_a_whole_replaces_what_is_shown() -> None:
    before = Entity("e", ("Air",), "/parks", ("/s",), entity("Air", secret=7, level=1).attributes)
    anew = Write(
        Action.CREATE, "e", "", "", {}, replace_entity=True, default_type="Air", expires_at=None
    )
    after = made(anew, LEVEL, before)
    assert list(after.attributes) == ["secret"]
    assert (after.service_path, after.scopes) == ("/parks", ("/s",))


def test_who_writes_certain_attributes_deletes_no_entity() -> None:
    for current in ((), (entity("Air", level=1),)):
        assert refusal(write(Action.DELETE), LEVEL, *current) is Refusal.FORBIDDEN
    outcome, change = done(write(Action.DELETE, level=0), LEVEL, entity("Air", level=1, secret=7))
    assert isinstance(outcome, Applied)
    assert change is not None
    assert change.alteration is Alteration.CHANGE
    assert change.after is not None
    assert list(change.after.attributes) == ["secret"]


@pytest.mark.parametrize(
    "beside",
    [{"scopes": ("/t",)}, {"expires_at": Instant(9_000)}, {"more_types": ("Room",)}],
    ids=str,
)
def test_who_writes_certain_attributes_changes_nothing_else_of_an_entity(
    beside: dict[str, Any],
) -> None:
    also = Write(Action.APPEND, "e", "Air", attributes={"level": (Attribute(2),)}, **beside)
    assert refusal(also, LEVEL, entity("Air", level=1)) is Refusal.FORBIDDEN
    assert made(also, LEVEL).attributes["level"][0].value == 2


def test_a_hidden_place_is_no_rival_of_the_one_that_is_written() -> None:
    place = (Attribute({"type": "Point", "coordinates": [141.3, 43.0]}, Kind.GEO),)
    located = Entity("e", ("Air",), attributes={"secret": place})
    move = Write(Action.APPEND, "e", "Air", attributes={"level": place}, one_location=True)
    assert set(made(move, LEVEL, located).attributes) == {"secret", "level"}

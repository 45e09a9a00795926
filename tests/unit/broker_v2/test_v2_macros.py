"""Templates of custom notifications, beyond what the transcripts of `tests/golden/v2/jexl` show."""

import contextlib
import time
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.jexl.budget import WORK
from broker.model.attribute import Attribute
from broker.model.changes import Alteration
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.subscriptions.model import Endpoint, Subscription
from broker.v2.notification.context import NoticeContext
from broker.v2.notification.macros import EndlessMacroError, Macros
from broker.v2.notify import V2Renderer
from kernel.times import Instant

AT = Instant(1_767_225_600_000_000)


def notice(**values: Any) -> Notice:
    attributes = {
        name: (value if isinstance(value, Attribute) else Attribute(value),)
        for name, value in values.items()
    }
    entity = Entity("E1", ("T",), "/a", attributes=attributes)
    return Notice("5" * 24, "http://receiver", entity, Alteration.CHANGE, AT, tenant="smart")


def macros(told: Notice) -> Macros:
    return Macros(NoticeContext(told), AT)


def told_attributes(patch: dict[str, Any], told: Notice) -> dict[str, Any]:
    endpoint = Endpoint("http://receiver", custom=True, ngsi=patch)
    outgoing = V2Renderer().render(Subscription("5" * 24, (), endpoint), told)
    assert outgoing is not None
    assert outgoing.body is not None
    entity: dict[str, Any] = orjson.loads(outgoing.body)["data"][0]
    return {name: one["value"] for name, one in entity.items() if name not in ("id", "type")}


def calculated(expression: str, priority: float | None = None) -> dict[str, Any]:
    part: dict[str, Any] = {"type": "Calculated", "value": f"${{{expression}}}"}
    return part if priority is None else part | {"metadata": {"evalPriority": {"value": priority}}}


def test_what_belongs_to_the_request_can_be_named() -> None:
    template = "${id} ${type} ${service} ${servicePath} [${authToken}]"
    assert macros(notice()).fill(template) == "E1 T smart /a []"


def test_now_is_the_instant_of_the_change() -> None:
    assert macros(notice()).fill("${0|now|toIsoString}") == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("alteration", "written", "before", "action", "previous"),
    [
        (Alteration.CHANGE, ("a",), 1, "update", 1),
        (Alteration.CHANGE, ("a",), None, "append", None),
        (Alteration.CHANGE, (), 1, None, 1),
        (Alteration.CREATE, ("a",), None, "append", None),
        (Alteration.DELETE, ("a",), 1, "delete", None),
    ],
)
def test_builtin_metadata_tell_what_was_there_and_what_was_done(
    alteration: Alteration, written: tuple[str, ...], before: int | None, action: Any, previous: Any
) -> None:
    told = msgspec.structs.replace(
        notice(a=2),
        alteration=alteration,
        written=written,
        before=None if before is None else notice(a=before).entity,
    )
    filled = macros(told)
    assert filled.fill_json("${metadata.a.actionType}") == action
    assert filled.fill_json("${metadata.a.previousValue}") == previous


def test_a_metadata_of_ones_own_outweighs_a_builtin_date() -> None:
    attribute = Attribute(1, metadata={"dateCreated": Attribute("mine")})
    assert macros(notice(a=attribute)).fill("${metadata.a.dateCreated}") == "mine"


def test_metadata_stay_those_of_the_entity_when_an_attribute_is_calculated() -> None:
    attribute = Attribute(1, metadata={"unit": Attribute("C")})
    patch = {"a": calculated("a*2", 1), "b": calculated("metadata.a.unit + (a|toString)")}
    assert told_attributes(patch, notice(a=attribute)) == {"a": 2, "b": "C2"}


def test_an_attribute_named_metadata_takes_no_place_in_the_context() -> None:
    patch = {"metadata": calculated("'mine'", 1), "b": calculated("metadata.a.none||'none'")}
    assert told_attributes(patch, notice(a=1))["b"] == "none"


def test_constants_can_be_named() -> None:
    patch: dict[str, Any] = {
        "five": {"type": "Number", "value": 5, "metadata": {"evalPriority": {"value": 1}}},
        "text": {"type": "Text", "value": "t", "metadata": {"evalPriority": {"value": 1}}},
        "a": calculated("five||'undefined'"),
        "b": calculated("text||'undefined'"),
    }
    told = told_attributes(patch, notice())
    assert (told["a"], told["b"]) == (5, "t")


def test_structures_with_expressions_in_them_are_results() -> None:
    first: dict[str, Any] = {
        "type": "Object",
        "value": {"x": ["${a+1}", "n${a}"]},
        "metadata": {"evalPriority": {"value": 1}},
    }
    told = told_attributes({"o": first, "b": calculated("o.x[0]+10")}, notice(a=1))
    assert (told["o"], told["b"]) == ({"x": [2, "n1"]}, 12)


def test_a_result_replaces_the_attribute_of_its_name_for_later_priorities() -> None:
    patch = {"a": calculated("a*10", 1.5), "b": calculated("a+1", 2), "c": calculated("a", 1)}
    assert told_attributes(patch, notice(a=1)) == {"a": 10, "b": 11, "c": 1}


def test_within_a_priority_the_attributes_of_the_entity_stay_what_expressions_see() -> None:
    patch = {"a": calculated("a*10"), "b": calculated("a+1"), "n": calculated("(n||0)+1")}
    assert told_attributes(patch, notice(a=1)) == {"a": 10, "b": 2, "n": 1}


def test_a_result_that_the_entity_lacks_is_seen_by_what_is_written_behind_it() -> None:
    patch = {"b": calculated("a*2"), "c": calculated("b*2"), "d": calculated("e||'none'")}
    told = told_attributes(patch | {"e": calculated("1")}, notice(a=1))
    assert told == {"b": 2, "c": 4, "d": "none", "e": 1, "a": 1}


def test_one_notification_has_one_budget() -> None:
    """Values that double from attribute to attribute end in null, not in a full memory."""
    names = [f"a{number}" for number in range(60)]
    patch = {
        name: calculated(f"[{before},{before}]", place)
        for place, (before, name) in enumerate(zip(["a", *names], names, strict=False), start=1)
    }
    told = told_attributes(patch, notice(a="x" * 1_000))
    assert told["a0"] == ["x" * 1_000] * 2
    assert told[names[-1]] in (None, [None, None])


def test_a_template_that_names_a_large_value_often_ends_in_nulls() -> None:
    large = "x" * 1_000_000
    filled = macros(notice(a=large)).fill_json(["${a}"] * 100)
    assert 1 <= filled.count(large) <= WORK // len(large)
    assert filled[-1] is None


@pytest.mark.parametrize("piece", ["${", "${a", "$", "${${", "}${", "${a}${"])
def test_templates_of_half_a_megabyte_take_no_time(piece: str) -> None:
    template = (piece * 500_000)[:500_000]
    started = time.perf_counter()
    with contextlib.suppress(EndlessMacroError):
        macros(notice(a="b")).fill(template)
    macros(notice(a="b")).fill_json(template)
    assert time.perf_counter() - started < 5


@given(st.text(alphabet="${}ab|'+1 ", max_size=40), st.text(max_size=5))
@settings(max_examples=500)
def test_any_template_is_filled(template: str, value: str) -> None:
    filled = macros(notice(a=value))
    with contextlib.suppress(EndlessMacroError):
        assert isinstance(filled.fill(template), str)
        assert filled.fill_query(template).isascii()
    assert isinstance(filled.fill_name(template, "E1"), str)
    orjson.dumps(filled.fill_json({"x": [template]}))
    if "${" not in template:
        assert filled.fill(template) == template

"""What NGSI-LD wrote, as NGSI-v2 shows it."""

from typing import Any

import pytest

from broker.model.attribute import Attribute, Kind
from broker.model.entity import Entity
from broker.service.subscriptions import Kept
from broker.subscriptions.model import Delivered, Endpoint, Subscription
from broker.v2.encode.attributes import encode_attribute, encode_value
from broker.v2.encode.entities import encode_entity
from broker.v2.encode.selection import Form, form_of
from broker.v2.encode.subscriptions import encode_subscription
from broker.v2.parameters import Option, read_parameters
from kernel.times import Instant, parse_instant

AT = parse_instant("2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("attribute", "type_name", "value"),
    [
        (
            Attribute({"@type": "DateTime", "@value": "2026-01-01"}),
            "DateTime",
            "2026-01-01T00:00:00.000Z",
        ),
        (Attribute({"@type": "DateTime", "@value": "soon"}), "DateTime", "soon"),
        (
            Attribute("2026-01-01T09:00:00+09:00", type="DateTime"),
            "DateTime",
            "2026-01-01T00:00:00.000Z",
        ),
        (Attribute(25.0), "Number", 25),
        (Attribute(25.5), "Number", 25.5),
        (Attribute("urn:a", Kind.RELATIONSHIP), "Relationship", "urn:a"),
        (
            Attribute({"type": "Point", "coordinates": [1, 2]}, Kind.GEO),
            "geo:json",
            {"type": "Point", "coordinates": [1, 2]},
        ),
        (Attribute({"ja": "大通"}, Kind.LANGUAGE), "LanguageProperty", {"ja": "大通"}),
        (Attribute([1, 2], Kind.LIST), "ListProperty", [1, 2]),
        (Attribute(None), "None", None),
    ],
)
def test_every_kind_has_a_type_and_a_value(
    attribute: Attribute, type_name: str, value: Any
) -> None:
    shown = encode_attribute(attribute)
    assert shown == {"type": type_name, "value": value, "metadata": {}}
    assert encode_value(attribute) == value


def test_of_several_instances_the_default_one_is_shown() -> None:
    instances = (Attribute(1, dataset_id="urn:d"), Attribute(2))
    entity = Entity("E1", ("T", "U"), attributes={"a": instances})
    for form in (form_of(read_parameters({})), Form(("a",)), Form(metadata=("*",))):
        shown = encode_entity(entity, form)
        assert isinstance(shown, dict)
        assert (shown["type"], shown["a"]["value"]) == ("T", 2)


def test_unique_values_are_told_apart_as_json() -> None:
    values = (1, 1.0, True, "1", {"a": 1, "b": 2}, {"b": 2, "a": 1}, 1)
    entity = Entity(
        "E1", ("T",), attributes={f"a{n}": (Attribute(v),) for n, v in enumerate(values)}
    )
    shown = encode_entity(entity, Form(option=Option.UNIQUE))
    assert [repr(value) for value in shown] == ["1", "True", "'1'", "{'a': 1, 'b': 2}"]


def kept(delivered: Delivered, **endpoint: Any) -> dict[str, Any]:
    subscription = Subscription("5" * 24, (), Endpoint("http://a", **endpoint))
    return encode_subscription(Kept(subscription, delivered), AT)


def test_counters_appear_once_they_have_a_value() -> None:
    quiet = kept(Delivered())
    assert quiet["status"] == "active"
    assert (
        not {"timesSent", "lastSuccess", "lastFailure", "failsCounter"}
        & quiet["notification"].keys()
    )
    failing = kept(Delivered(3, 2, AT, None, None, AT, "Timeout was reached"))
    assert failing["status"] == "active"
    shown = failing["notification"]
    assert (shown["timesSent"], shown["failsCounter"]) == (3, 2)
    assert shown["lastFailureReason"] == "Timeout was reached"
    assert shown["lastFailure"] == shown["lastNotification"] == "2026-01-01T00:00:00.000Z"


def test_the_counter_of_failures_goes_away_on_success() -> None:
    shown = kept(Delivered(4, 0, AT, AT, 200, Instant(0), "Timeout was reached"))["notification"]
    assert "failsCounter" not in shown
    assert shown["lastSuccessCode"] == 200


def test_a_password_is_never_shown() -> None:
    shown = kept(Delivered(), topic="t", user="u", password="secret")
    assert shown["notification"]["mqtt"]["passwd"] == "*****"
    assert "secret" not in str(shown)

"""Any body becomes a value or one of our own errors, and values have one stored form."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.core.operators import Operation
from broker.model.attribute import Kind
from broker.v2.decode.attributes import decode_attribute, decode_value
from broker.v2.decode.batch import decode_notification, decode_query, decode_update
from broker.v2.decode.document import limits_of, read_full_object
from broker.v2.decode.entities import decode_attributes, decode_entity
from broker.v2.decode.subscriptions import decode_subscription
from broker.v2.decode.text import read_text_value
from broker.v2.encode.attributes import encode_attribute, encode_value
from kernel.errors import BadRequestError
from kernel.json import MalformedJsonError
from kernel.times import parse_instant

LIMITS = limits_of(1_000_000)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    ("id", "type", "value", "metadata", "entities", "actionType", "subject", "notification", "http")
)
DOCUMENTS = st.recursive(
    JSON | st.sampled_from(("geo:point", "DateTime", "append", "1,1", "http://a", ".*")),
    lambda inner: (
        st.dictionaries(MEMBERS | st.text(max_size=3), inner, max_size=4)
        | st.lists(inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.binary() | DOCUMENTS.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_object_or_our_error(body: bytes) -> None:
    with suppress(BadRequestError):
        assert isinstance(read_full_object(body, LIMITS), dict)


@given(st.dictionaries(MEMBERS | st.text(max_size=3), DOCUMENTS, max_size=5))
def test_any_object_is_decoded_or_refused(document: dict[str, Any]) -> None:
    for decode in (
        lambda: decode_entity(document, key_values=False),
        lambda: decode_entity(document, key_values=True),
        lambda: decode_attributes(document, key_values=False),
        lambda: decode_attribute(document),
        lambda: decode_update(document, key_values=False),
        lambda: decode_query(document),
        lambda: decode_notification(document),
        lambda: decode_subscription(document, "/#"),
    ):
        with suppress(BadRequestError):
            decode()


@given(st.binary(max_size=40))
def test_any_text_is_a_value_or_our_error(body: bytes) -> None:
    try:
        value = read_text_value(body)
    except BadRequestError:
        return
    assert value is None or isinstance(value, str | int | float | bool)


@given(JSON)
def test_what_is_decoded_is_shown_as_the_same_json(value: Any) -> None:
    try:
        decoded = decode_value(value)
    except BadRequestError:
        return
    if not isinstance(decoded.value, Operation):  # an operator stands for a value
        assert encode_value(decoded) == value


def test_a_whole_number_has_no_fraction() -> None:
    assert json.dumps(decode_value([25.0, -0.5, 1e20]).value) == "[25, -0.5, 1e+20]"


@pytest.mark.parametrize(
    ("type_name", "value", "kind", "stored"),
    [
        ("Number", 5, Kind.PROPERTY, ""),
        ("Text", "x", Kind.PROPERTY, ""),
        ("Percentage", 5, Kind.PROPERTY, "Percentage"),
        ("Relationship", "urn:ngsi-ld:Room:1", Kind.RELATIONSHIP, ""),
        ("Relationship", 5, Kind.PROPERTY, "Relationship"),
        ("geo:json", {"type": "Point", "coordinates": [1, 2]}, Kind.GEO, ""),
        ("geo:point", "2, 1", Kind.GEO, "geo:point"),
        ("geo:json", None, Kind.GEO, ""),
        ("LanguageProperty", {"ja": "大通"}, Kind.LANGUAGE, ""),
        ("ListProperty", [1], Kind.LIST, ""),
        ("ListProperty", "x", Kind.PROPERTY, "ListProperty"),
    ],
)
def test_a_type_says_which_kind_an_attribute_is(
    type_name: str, value: Any, kind: Kind, stored: str
) -> None:
    made = decode_attribute({"type": type_name, "value": value})
    assert (made.kind, made.type) == (kind, stored)
    assert encode_attribute(made) == {"type": type_name, "value": value, "metadata": {}}


def test_unit_and_time_of_observation_take_their_places_in_the_model() -> None:
    metadata = {
        "unitCode": {"value": "CEL"},
        "observedAt": {"type": "DateTime", "value": "2026-01-01T00:00:00Z"},
        "other": {"value": 1},
    }
    made = decode_attribute({"value": 5, "metadata": metadata})
    assert made.unit_code == "CEL"
    assert made.observed_at == parse_instant("2026-01-01")
    assert list(made.metadata) == ["other"]
    assert encode_attribute(made)["metadata"] == {
        "other": {"type": "Number", "value": 1},
        "unitCode": {"type": "Text", "value": "CEL"},
        "observedAt": {"type": "DateTime", "value": "2026-01-01T00:00:00.000Z"},
    }


def test_a_value_nests_fifty_deep_and_no_deeper() -> None:
    deep: Any = 1
    for _ in range(50):
        deep = [deep]
    assert decode_value(deep).value == deep
    with pytest.raises(MalformedJsonError):
        decode_value([deep])


@pytest.mark.parametrize("text", ["<", ">", '"', "'", "=", ";", "(", ")"])
def test_each_forbidden_character_is_refused_in_values_and_keys(text: str) -> None:
    for value in (f"a{text}b", [f"{text}"], {f"k{text}": 1}):
        with pytest.raises(BadRequestError, match="Invalid characters in attribute value"):
            decode_value(value)

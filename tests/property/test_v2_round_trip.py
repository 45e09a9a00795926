"""What is written through NGSI-v2 comes back through NGSI-v2 as it was written."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from broker.core.apply import apply
from broker.core.writes import Action, Write
from broker.model.attribute import default_v2_type
from broker.v2.decode.entities import decode_entity
from broker.v2.encode.entities import encode_entity
from broker.v2.encode.selection import Form
from broker.v2.parameters import Option
from kernel.times import Instant

LETTERS = st.characters(codec="utf-8", exclude_characters="<>\"'=;()", exclude_categories=("Cs",))
NAMES = st.text(alphabet="abcXYZ019_-.:!*%", min_size=1, max_size=8).filter(
    lambda name: name not in ("id", "type")
)
TYPES = NAMES | st.sampled_from(("Text", "Number", "Percentage", "Relationship", "ListProperty"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: number % 1 != 0)
    | st.text(LETTERS, max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(LETTERS, max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def typed(metadata: bool) -> st.SearchStrategy[dict[str, Any]]:
    fields = {"value": VALUES, "type": TYPES}
    if not metadata:
        return st.fixed_dictionaries({}, optional=fields)
    inner = st.dictionaries(NAMES, typed(metadata=False), max_size=2)
    return st.fixed_dictionaries({}, optional={**fields, "metadata": inner})


ENTITIES = st.dictionaries(NAMES, typed(metadata=True), max_size=4)


def completed(part: dict[str, Any], *, metadata: bool) -> dict[str, Any]:
    """The part with what NGSI-v2 "Partial Representations" fills in."""
    value = part.get("value")
    whole: dict[str, Any] = {"type": part.get("type", default_v2_type(value)), "value": value}
    if metadata:
        inner = part.get("metadata", {})
        whole["metadata"] = {name: completed(one, metadata=False) for name, one in inner.items()}
    return whole


def stored_and_shown(document: dict[str, Any], form: Form, *, key_values: bool) -> Any:
    draft = decode_entity(document, key_values=key_values)
    write = Write(Action.CREATE, draft.id, draft.type, attributes=draft.attributes)
    _, change = apply(write, [], Instant(1))
    assert change is not None
    return encode_entity(change.entity, form)


@given(ENTITIES)
def test_an_entity_comes_back_with_its_defaults_filled_in(attributes: dict[str, Any]) -> None:
    document = {"id": "E1", "type": "T", **attributes}
    expected = {name: completed(one, metadata=True) for name, one in attributes.items()}
    shown = stored_and_shown(document, Form(), key_values=False)
    assert shown == {"id": "E1", "type": "T", **expected}


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_key_values_come_back_as_they_were(attributes: dict[str, Any]) -> None:
    document = {"id": "E1", "type": "T", **attributes}
    form = Form(option=Option.KEY_VALUES)
    assert stored_and_shown(document, form, key_values=True) == document


@given(ENTITIES)
def test_what_is_shown_can_be_written_again(attributes: dict[str, Any]) -> None:
    shown = stored_and_shown({"id": "E1", "type": "T", **attributes}, Form(), key_values=False)
    assert stored_and_shown(shown, Form(), key_values=False) == shown

"""Any JSON is read or refused; what is written comes back, through either face's model."""

import contextlib
from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from broker.ld.decode import decode_entity, decode_fragment
from broker.ld.encode import Form, Shape, encode_entity
from broker.ld.library import ContextLibrary
from broker.ld.members import ATTRIBUTE_MEMBERS, ENTITY_MEMBERS
from broker.model.entity import Entity
from kernel.errors import BadRequestError

LIBRARY = ContextLibrary()
CONTEXT = LIBRARY.resolve(
    {"schema": "https://schema.org/", "name": "schema:name", "temp": "ngsi-ld:default-context/t"}
)

numbers = st.one_of(
    st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False, width=32)
)
members = st.sampled_from([*sorted(ATTRIBUTE_MEMBERS | ENTITY_MEMBERS), "a", "name", "schema:x"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    numbers,
    st.text(max_size=6),
    st.sampled_from(
        ["Property", "Relationship", "GeoProperty", "Point", "urn:x:1", "urn:ngsi-ld:null",
         "2026-02-11T12:00:00Z", "DateTime"]
    ),
)  # fmt: skip
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(members, st.text(max_size=4)), inner, max_size=5),
    ),
    max_leaves=20,
)


@given(documents)
def test_any_document_is_read_or_refused(document: Any) -> None:
    for decode in (decode_entity, decode_fragment):
        for simplified in (False, True):
            with contextlib.suppress(BadRequestError):
                decode(document, CONTEXT, simplified=simplified)


@given(documents)
def test_any_context_is_read_or_refused(document: Any) -> None:
    with contextlib.suppress(BadRequestError):
        context = LIBRARY.resolve({"a": document, "b": "a", "c:d": document})
        for name in ("a", "b", "c:d", "x", "a:y"):
            assert context.expand(context.compact(context.expand(name))) == context.expand(name)


# Round trips -------------------------------------------------------------------------------------

names = st.sampled_from(["speed", "name", "temp", "schema:height", "https://a.example/b", "温度"])
uris = st.integers(0, 99).map(lambda number: f"urn:ngsi-ld:Thing:{number}")
texts = st.text(max_size=6)
plain_values = st.one_of(
    numbers,
    st.booleans(),
    texts,
    st.lists(numbers, max_size=3),
    st.dictionaries(texts.filter(lambda key: not key.startswith("@") and key != "type"), numbers),
)
points = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(
    lambda pair: {"type": "Point", "coordinates": list(pair)}
)
language_maps = st.dictionaries(st.sampled_from(["ja", "en", "@none"]), texts, min_size=1)
kinds = st.one_of(
    st.builds(lambda value: {"type": "Property", "value": value}, plain_values),
    st.builds(lambda uri: {"type": "Relationship", "object": uri}, uris),
    st.builds(lambda point: {"type": "GeoProperty", "value": point}, points),
    st.builds(lambda texts_: {"type": "LanguageProperty", "languageMap": texts_}, language_maps),
    st.builds(lambda term: {"type": "VocabProperty", "vocab": term}, names),
    st.builds(lambda value: {"type": "JsonProperty", "json": value}, documents),
    st.builds(
        lambda value: {"type": "ListProperty", "valueList": value}, st.lists(numbers, max_size=3)
    ),
    st.builds(
        lambda some: {"type": "ListRelationship", "objectList": [{"object": one} for one in some]},
        st.lists(uris, max_size=3),
    ),
)
facets = st.fixed_dictionaries(
    {},
    optional={
        "unitCode": st.sampled_from(["CEL", "KMH"]),
        "observedAt": st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds") + "Z"),
        "datasetId": uris,
    },
)
attributes = st.recursive(
    st.builds(lambda kind, facet: {**kind, **facet}, kinds, facets),
    lambda inner: st.builds(lambda outer, name, sub: {**outer, name: {**sub}}, inner, names, inner),
    max_leaves=3,
)
entities = st.builds(
    lambda uri, types, inner: {
        "id": uri,
        "type": types[0] if len(types) == 1 else types,
        **inner,
    },
    uris,
    st.lists(names, min_size=1, max_size=3, unique=True),
    st.dictionaries(names, attributes, max_size=3),
)


def stored(document: dict[str, Any], *, simplified: bool = False) -> Entity:
    draft = decode_entity(document, CONTEXT, simplified=simplified)
    return Entity(draft.id, draft.types, attributes=draft.attributes)


@given(entities)
def test_normalized_and_concise_forms_come_back(document: dict[str, Any]) -> None:
    entity = stored(document)
    normalized = encode_entity(entity, CONTEXT, Shape())
    assert normalized == document
    concise = encode_entity(entity, CONTEXT, Shape(Form.CONCISE))
    assert stored(concise) == entity


@given(entities)
def test_the_simplified_form_says_the_same_after_a_round(document: dict[str, Any]) -> None:
    shape = Shape(Form.SIMPLIFIED)
    simplified = encode_entity(stored(document), CONTEXT, shape)
    again = encode_entity(stored(simplified, simplified=True), CONTEXT, shape)
    assert again == simplified

"""The table of models against the Smart Data Models index, our contexts and our schemas."""

import gzip
import json
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

import jsonschema
import msgspec
import pytest
from aiohttp import web
from shapely import Polygon
from support.asking import asking

from kernel.errors import UnauthenticatedError
from kernel.permission import Principal
from sensors.models import contexts
from sensors.models.api import surface
from sensors.models.check import faults
from sensors.models.model import AttributeModel, Model, V2Type
from sensors.models.schema import schema_of
from sensors.models.table import models
from sensors.simulation import world
from sensors.simulation.zones import walkway_entities

OFFICIAL = [model for model in models().values() if model.official]
OURS = [model for model in models().values() if not model.official]
KINDS = {
    V2Type.NUMBER: {"number"},
    V2Type.TEXT: {"string"},
    V2Type.BOOLEAN: {"boolean"},
    V2Type.DATE_TIME: {"string"},
    V2Type.GEO_JSON: {"object"},
    V2Type.STRUCTURED: {"array", "object"},
    V2Type.RELATIONSHIP: {"string"},
}


@cache
def index() -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
    """(subject, model) → attribute → its record. Read from the wheel, never from the network."""
    assets = resources.files("pysmartdatamodels").joinpath("model-assets")
    packed = assets.joinpath("smartdatamodels.json.gz").read_bytes()
    found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for record in json.loads(gzip.decompress(packed)):
        if "parentId" not in record:
            attributes = found.setdefault((record["repoName"], record["dataModel"]), {})
            attributes.setdefault(record["property"], record)
    return found


@cache
def metadata() -> dict[tuple[str, str], dict[str, Any]]:
    assets = resources.files("pysmartdatamodels").joinpath("model-assets")
    records = json.loads(assets.joinpath("datamodels_metadata.json").read_bytes())
    return {(record["subject"], record["dataModel"]): record for record in records}


def key(model: Model) -> tuple[str, str]:
    assert model.official is not None
    return model.official.subject, model.type


@pytest.mark.parametrize("model", OFFICIAL, ids=lambda model: model.type)
def test_an_official_attribute_exists_in_the_index_with_the_type_that_we_write(
    model: Model,
) -> None:
    known = index()[key(model)]
    for name, attribute in model.attributes.items():
        if not attribute.ours:
            assert known[name]["type"] in KINDS[attribute.type], name


@pytest.mark.parametrize("model", OFFICIAL, ids=lambda model: model.type)
def test_an_attribute_called_ours_is_not_one_that_the_official_model_has(model: Model) -> None:
    known = index()[key(model)]
    assert not [name for name, a in model.attributes.items() if a.ours and name in known]


@pytest.mark.parametrize("model", OFFICIAL, ids=lambda model: model.type)
def test_a_word_that_we_write_is_one_of_the_official_words(model: Model) -> None:
    known = index()[key(model)]
    for name, attribute in model.attributes.items():
        if not attribute.ours and known[name].get("enum"):
            assert attribute.values, name
            assert set(attribute.values) <= set(known[name]["enum"]), name


@pytest.mark.parametrize("model", OFFICIAL, ids=lambda model: model.type)
def test_version_and_required_attributes_are_those_of_the_index(model: Model) -> None:
    record = metadata()[key(model)]
    assert model.official is not None
    assert record["version"] == model.official.version
    assert set(record["required"]) - {"id", "type"} == set(model.required)


def test_what_a_model_requires_it_has() -> None:
    for model in models().values():
        assert set(model.required) <= model.attributes.keys(), model.type


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Number", "min": 0, "max": 1},
        {"type": "Number", "unit": "C62", "min": 0},
        {"type": "Text", "unit": "C62"},
        {"type": "Boolean", "values": ["yes"]},
    ],
)
def test_a_number_without_unit_or_range_and_a_unit_without_number_cannot_be_written_down(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, AttributeModel)


@pytest.mark.parametrize("model", OFFICIAL, ids=lambda model: model.type)
def test_the_context_gives_official_attributes_their_official_names(model: Model) -> None:
    terms = json.loads(contexts.context(model.context))["@context"]
    for name, attribute in model.attributes.items():
        if not attribute.ours and name != "location":
            assert iri(terms[name]) == index()[key(model)][name]["context"], name


def test_the_context_of_ours_names_every_attribute_and_type_of_ours() -> None:
    terms = json.loads(contexts.context("odori-v1"))["@context"]
    for model in models().values():
        ours = {n for n, a in model.attributes.items() if a.ours} - {"location"}
        if not model.official:
            ours.add(model.type)
        assert {iri(terms[name]) for name in ours} == {f"urn:odori:ns:{name}" for name in ours}


def iri(term: str | dict[str, str]) -> str:
    return term if isinstance(term, str) else term["@id"]


def test_every_context_file_of_the_package_is_listed() -> None:
    folder = resources.files("sensors").joinpath("contexts")
    files = {f.name for f in folder.iterdir() if f.name.endswith(".jsonld")}
    files |= {f"sdm/{f.name}" for f in folder.joinpath("sdm").iterdir()}
    assert files == {f"{name}.jsonld" for name in contexts.names()}


def test_a_context_that_does_not_exist_is_not_looked_for_on_the_disk() -> None:
    with pytest.raises(KeyError):
        contexts.context("../models/table")


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.type)
def test_the_schema_of_ours_is_a_schema(model: Model) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_of(model))


def test_the_schema_of_touches_takes_what_we_write_and_refuses_a_word_that_is_not_in_the_list() -> (
    None
):
    touches = {
        "id": "urn:ngsi-ld:SignageInteractionObserved:SIGN1:route:en",
        "type": "SignageInteractionObserved",
        "dateObserved": "2026-02-07T09:00:00Z",
        "refDevice": "urn:ngsi-ld:Device:SIGN1",
        "topic": "route",
        "language": "en",
        "touchCount": 12,
    }
    validator = jsonschema.Draft202012Validator(schema_of(models()["SignageInteractionObserved"]))
    assert validator.is_valid(touches)
    assert not validator.is_valid(touches | {"topic": "weather"})
    assert not validator.is_valid(touches | {"touchCount": -1})
    assert not validator.is_valid(touches | {"visitor": "somebody"})


def number(value: float | None, unit: str) -> dict[str, Any]:
    unit_code = {"unitCode": {"type": "Text", "value": unit}}
    return {"type": "Number", "value": value, "metadata": unit_code}


def gate(**changed: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "urn:ngsi-ld:CrowdFlowObserved:J1",
        "type": "CrowdFlowObserved",
        "dateObserved": {"type": "DateTime", "value": "2026-02-07T09:00:00.000Z", "metadata": {}},
        "peopleCount": number(410, "IE"),
        **changed,
    }


def test_a_good_entity_has_no_faults() -> None:
    assert faults(gate()) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"peopleCount": number(410, "C62")}, "peopleCount is not in unit IE"),
        ({"peopleCount": number(41.5, "IE")}, "peopleCount is out of range"),
        ({"peopleCount": number(-1, "IE")}, "peopleCount is out of range"),
        ({"coverage": number(None, "C62")}, "coverage is null"),
        ({"heading": {"type": "Text", "value": "up"}}, "heading is out of range"),
        ({"congested": {"type": "Text", "value": "no"}}, "congested is not of type Boolean"),
        (
            {"visitor": {"type": "Text", "value": "02:00:00:00:00:01"}},
            "visitor is not an attribute of CrowdFlowObserved",
        ),
    ],
)
def test_a_fault_names_the_attribute_and_never_the_value(
    changed: dict[str, Any], fault: str
) -> None:
    assert fault in faults(gate(**changed))


def test_a_count_may_be_unknown_and_a_required_attribute_may_not_be_missing() -> None:
    unknown = gate(peopleCount=number(None, "IE"))
    assert faults(unknown) == []
    del unknown["dateObserved"]
    assert faults(unknown) == ["dateObserved is required"]


def test_the_zones_of_the_walkway_fit_their_model_and_lie_side_by_side() -> None:
    entities = walkway_entities()
    assert [faults(entity) for entity in entities] == [[]] * len(world.ZONES)
    for south, north in pairwise(entities):
        assert south["positionTo"]["value"] == north["positionFrom"]["value"]
    rings = [entity["location"]["value"]["coordinates"][0] for entity in entities]
    assert all(Polygon(ring).exterior.is_ccw for ring in rings)


def test_the_gates_of_the_zones_are_those_that_count() -> None:
    named = {gate for entity in walkway_entities() for gate in entity["refGates"]["value"]}
    assert named == {"urn:ngsi-ld:CrowdFlowObserved:J1", "urn:ngsi-ld:CrowdFlowObserved:J2"}


async def test_contexts_are_served_open_and_for_ever_and_schemas_by_their_type() -> None:
    async with asking([surface()], Nobody()) as client:
        answer = await client.get("/ns/sdm/transportation-v1.jsonld")
        assert answer.content_type == "application/ld+json"
        assert "immutable" in answer.headers["Cache-Control"]
        assert await answer.read() == contexts.context("sdm/transportation-v1")
        schema = await (await client.get("/ns/schema/WalkwayZone.json")).json()
        assert schema == json.loads(json.dumps(schema_of(models()["WalkwayZone"])))
        assert (await client.get("/ns/schema/Person.json")).status == 404
        assert (await client.get("/ns/odori-v9.jsonld")).status == 404


class Nobody:
    """An authenticator that knows nobody."""

    async def authenticate(self, request: web.Request) -> Principal:  # noqa: ARG002
        raise UnauthenticatedError("Nobody is known here")

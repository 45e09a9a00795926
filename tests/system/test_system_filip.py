"""FiLiP, with which Python projects build on FIWARE, unmodified, does what it documents."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from support.engines import ENGINES
from support.filip import filip_python, walk
from support.iot_agent import iot_agent
from support.mosquitto import running_mosquitto
from support.node import workspace
from support.odori_process import odori_process
from support.storages import storage_settings

NODE = Path(__file__).parent / "node_ngsi"
SERVING = ("broker", "--open", "--multiservice")

pytestmark = pytest.mark.mosquitto


@pytest.fixture(scope="module", params=ENGINES)
def found(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """What FiLiP found on its way, by part, on each engine once."""
    settings = storage_settings(request, request.param)
    return asyncio.run(_walked(tmp_path_factory, settings))


async def _walked(
    folders: pytest.TempPathFactory, settings: dict[str, str]
) -> dict[str, dict[str, Any]]:
    python, scripts = filip_python(), workspace(NODE, folders.mktemp("node"))
    with (
        odori_process(folders.mktemp("broker"), *SERVING, **settings) as broker,
        odori_process(folders.mktemp("provider"), *SERVING) as provider,
    ):
        async with (
            running_mosquitto(folders.mktemp("mosquitto")) as mosquitto,
            iot_agent(scripts, broker.port, "filip", "/plant") as agent,
        ):
            return await walk(
                python,
                folders.mktemp("walk"),
                broker=broker.url,
                provider=provider.url,
                agent=agent.north,
                south=agent.south,
                mqtt=mosquitto.url,
            )


def named(entity_id: str, entity_type: str, **attributes: Any) -> dict[str, Any]:
    """An entity as FiLiP shows it: `(type, value)` of each attribute."""
    shown = {
        name: {"type": kind, "value": value, "metadata": {}}
        for name, (kind, value) in attributes.items()
    }
    return {"id": entity_id, "type": entity_type, **shown}


def test_filip_takes_the_broker_for_orion(found: dict[str, dict[str, Any]]) -> None:
    assert found["management"] == {
        "orion": "4.7.0",
        "resources": {
            "entities_url": "/v2/entities",
            "types_url": "/v2/types",
            "subscriptions_url": "/v2/subscriptions",
            "registrations_url": "/v2/registrations",
        },
        "statistics": ["measuring_interval_in_secs", "uptime_in_secs"],
    }


def test_filip_keeps_entities_in_step_with_its_models(found: dict[str, dict[str, Any]]) -> None:
    second = "urn:ngsi-ld:Room:002"
    missing = f"do not exist: {second}/Room - [ space ]"
    assert found["entities"] == {
        "before": [],
        "location": "/v2/entities/urn:ngsi-ld:Room:001?type=Room",
        "ids": ["urn:ngsi-ld:Room:001", second],
        "same": True,
        "exists": [True, False],
        "again": [422, {"error": "Unprocessable", "description": "Already Exists"}],
        "unknown attribute": [422, {"error": "PartialUpdate", "description": missing}],
        "replaced": True,
        "patched": named(second, "Room", temperature=("Float", 15.0), space=("Number", 112.0)),
        "key values": named(
            "short",
            "Short",
            text=("Text", "t"),
            list=("StructuredValue", [1]),
            object=("StructuredValue", {"a": None}),
        ),
        "deleted": [
            404,
            {
                "error": "NotFound",
                "description": "The requested entity has not been found. Check type and id",
            },
        ],
        "after": [],
    }


def test_filip_changes_attributes_of_each_kind(found: dict[str, dict[str, Any]]) -> None:
    exists = (
        "one or more of the attributes in the request already exist:"
        " urn:ngsi-ld:Room:001 - [ more ]"
    )
    accuracy = {"accuracy": {"type": "Number", "value": 0.1}}
    assert found["attributes"] == {
        "values": {
            "text": "Test",
            "truth": True,
            "share": 0.25,
            "list": [1, 2],
            "object": {"k": "v"},
        },
        "changed": {"text": "warm", "truth": False, "share": 12, "list": [], "object": {}},
        "metadata": {"type": "Number", "value": 5.0, "metadata": accuracy},
        "kept": {"type": "Number", "value": 6.0, "metadata": accuracy},
        "overridden": {"type": "Number", "value": 6.0, "metadata": {}},
        "names": ["more", "object", "share", "text", "truth"],
        "strict": [422, {"error": "Unprocessable", "description": exists}],
        "replaced": ["only"],
    }


def test_filip_asks_by_id_type_value_metadata_and_place(found: dict[str, dict[str, Any]]) -> None:
    shape = {"location": {"types": ["geo:point"]}, "temperature": {"types": ["Number"]}}
    assert found["queries"] == {
        "ids": [1, 3],
        "floors": [],
        "id pattern": [2, 3],
        "type pattern": [1],
        "q": [4, 5],
        "mq": [1, 2],
        "near": [1, 2],
        "order": [5, 4],
        "keyValues": {"id": "urn:ngsi-ld:Room:001", "type": "Room", "temperature": 21},
        "values": [21],
        "types": [{"type": "Room", "attrs": shape, "count": 5}],
        "type": {"attrs": shape, "count": 5},
    }


def test_filip_pages_through_batches_larger_than_a_page(found: dict[str, dict[str, Any]]) -> None:
    unknown = {"error": "NotFound", "description": "do not exist: nobody/T - [entity itself]"}
    assert found["batches"] == {
        "all": 2001,
        "some": 1001,
        "odd": 1000,
        "expression": [named("3", "filip:object:Type1", n=("Number", 3.0))],
        "unknown": [404, unknown],
        "cleared": [],
    }


def test_filip_subscribes_once_and_reads_what_it_is_told(found: dict[str, dict[str, Any]]) -> None:
    told = named("urn:ngsi-ld:Room:001", "Room", temperature=("Number", 50.0))
    assert found["subscriptions"] == {
        "same id": True,
        "notice": [True, [told]],
        "kept": ["Room 1 when it is warm", "active", 0],
        "inactive": "inactive",
        "active": "active",
        "expired": "expired",
        "notified": named("urn:ngsi-ld:Room:002", "Room", temperature=("Number", 7.0)),
        "left": [],
    }


def test_filip_commands_actuators_by_notification_over_mqtt(
    found: dict[str, dict[str, Any]],
) -> None:
    assert found["actuators"] == {
        "actuator/1": [named("actuator_1", "Actuator", toggle=("Boolean", True))],
        "actuator/2": "500",
    }


def test_filip_registers_a_broker_that_is_read_and_written_through(
    found: dict[str, dict[str, Any]],
) -> None:
    weather = {"temperature": ("Number", 20.5), "wind_speed": ("Number", 60.0)}
    description, status, url = found["registrations"]["kept"]
    assert (description, status) == ("Weather Conditions", "active")
    assert url.endswith("/v2")
    assert found["registrations"] == {
        "kept": [description, status, url],
        "listed": [True],
        "read": named("urn:ngsi-ld:building:001", "Building", **weather),
        "queried": [named("urn:ngsi-ld:building:002", "Building", **weather)],
        "written": 61,
        "forgotten": named("urn:ngsi-ld:building:001", "Building"),
    }


def test_filip_provisions_and_commands_a_device_at_an_iot_agent(
    found: dict[str, dict[str, Any]],
) -> None:
    heater = {"id": "urn:ngsi-ld:Heater:01", "type": "Heater"}
    assert found["commands"] == {
        "measured": {**heater, "info": "FiLiP", "temperature": 21.5},
        "heard": {"heater": False},
        "pending": {"heater_status": "PENDING"},
        "done": {"heater_status": "OK", "heater_info": "off"},
        "registered": [["heater"]],
        "unregistered": [],
    }

"""The registry over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from support.asking import asking
from support.sensor_stand_ins import MemoryDeviceStore

from kernel.clock import ManualClock
from kernel.errors import ForbiddenError, PeerError
from kernel.ids import SeededIds
from kernel.permission import Principal, Scope
from kernel.times import parse_instant
from sensors.registry.api import RegistryApi
from sensors.registry.directory import Directory
from sensors.registry.service import DeviceRegistry
from sensors.simulation.provisioning import EVERY_DEVICE
from sensors.simulation.remote import RemoteRegistry
from sensors.simulation.world import DEVICES

NOW = parse_instant("2026-02-07T09:00:00Z")
GATE: dict[str, Any] = {
    "device_id": "J1",
    "entity_type": "CrowdFlowObserved",
    "protocol": "PDI-IoTA-UltraLight",
    "attributes": [{"object_id": "n", "name": "towards", "type": "Number"}],
    "static_attributes": [{"name": "flow_reference", "type": "Text", "value": "north"}],
    "owner": "city",
    "responsibleParty": "city, roads",
    "contact": "roads@city.example",
    "place": {
        "site": "chikaho",
        "municipality": "011002",
        "location": {"type": "Point", "coordinates": [141.3513, 43.0657]},
    },
}
APPROVAL = {
    "action": "approve",
    "role": "data-office",
    "notice": {"url": "https://city.example/notice", "publishedOn": "2026-01-15"},
}


class Office:
    """An authenticator that knows the holders of two scopes by a header."""

    async def authenticate(self, request: web.Request) -> Principal:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = request.headers.get("X-Auth-Token", bearer)
        scopes = {Scope.DEVICES} if token == "office" else set()
        return Principal("office", frozenset(scopes), tenants=frozenset({"", "sapporo"}))


@pytest.fixture
async def client() -> AsyncIterator[TestClient]:
    store = MemoryDeviceStore()
    registry = DeviceRegistry(
        store=store, directory=Directory(store), clock=ManualClock(NOW), ids=SeededIds(1)
    )
    async with asking([RegistryApi(registry).surface()], Office()) as client:
        client.session.headers["X-Auth-Token"] = "office"
        yield client


async def provisioned(client: TestClient, **changed: object) -> str:
    answer = await client.post("/iot/devices", json={"devices": [GATE | changed]})
    assert answer.status == 201
    key: str = (await answer.json())["devices"][0].get("apikey", "")
    return key


async def test_a_device_is_provisioned_as_an_iot_agent_is_told_and_its_key_is_shown_once(
    client: TestClient,
) -> None:
    key = await provisioned(client)
    assert len(key) == 32
    shown = await (await client.get("/iot/devices/J1")).json()
    assert shown["protocol"] == "IoTA-UL"
    assert shown["attributes"] == [{"object_id": "n", "name": "towards"}]
    assert shown["static_attributes"] == [{"name": "flow_reference", "value": "north"}]
    for path in ("/iot/devices", "/iot/devices/J1", "/v1/devices", "/v1/devices/J1"):
        text = await (await client.get(path)).text()
        assert key not in text
        assert "key" not in text


async def test_lists_say_how_many_there_are_and_come_in_order_of_id(client: TestClient) -> None:
    for device in ("B", "C", "A"):
        await provisioned(client, device_id=device)
    answer = await (await client.get("/iot/devices?limit=2&offset=1")).json()
    assert answer["count"] == 3
    assert [device["device_id"] for device in answer["devices"]] == ["B", "C"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=-1", "offset=x", "offset=²"])
async def test_a_window_that_is_none_is_refused(client: TestClient, query: str) -> None:
    assert (await client.get(f"/iot/devices?{query}")).status == 400


async def test_an_approval_opens_the_device_and_is_on_record(client: TestClient) -> None:
    await provisioned(client)
    answer = await client.post("/v1/devices/J1/approval", json=APPROVAL)
    shown = await answer.json()
    assert answer.status == 200
    assert shown["approval"]["state"] == "approved"
    assert shown["approval"]["byRole"] == "data-office"
    assert shown["notice"] == APPROVAL["notice"]


async def test_an_approval_without_notice_is_impossible_and_says_why(client: TestClient) -> None:
    await provisioned(client)
    wish = {"action": "approve", "role": "data-office"}
    answer = await client.post("/v1/devices/J1/approval", json=wish)
    assert answer.status == 422
    assert "notice" in (await answer.json())["description"]


@pytest.mark.parametrize("action", ["suspend", "retire"])
async def test_a_device_can_be_suspended_and_retired(client: TestClient, action: str) -> None:
    await provisioned(client)
    wish = {"action": action, "role": "data-office"}
    shown = await (await client.post("/v1/devices/J1/approval", json=wish)).json()
    assert shown["approval"]["state"] == {"suspend": "suspended", "retire": "retired"}[action]


async def test_a_put_changes_what_it_names_and_a_move_needs_a_new_approval(
    client: TestClient,
) -> None:
    await provisioned(client)
    await client.post("/v1/devices/J1/approval", json=APPROVAL)
    assert (await client.put("/iot/devices/J1", json={"name": "North gate"})).status == 204
    shown = await (await client.get("/v1/devices/J1")).json()
    assert (shown["name"], shown["approval"]["state"]) == ("North gate", "approved")
    moved = GATE["place"] | {"location": {"type": "Point", "coordinates": [141.0, 43.0]}}
    assert (await client.put("/iot/devices/J1", json={"place": moved})).status == 204
    shown = await (await client.get("/v1/devices/J1")).json()
    assert shown["approval"]["state"] == "requested"


async def test_a_new_key_is_shown_once_and_not_cached(client: TestClient) -> None:
    first = await provisioned(client)
    answer = await client.post("/v1/devices/J1/key")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await answer.json())["apikey"] != first


async def test_a_deleted_device_is_gone_and_the_agent_words_it(client: TestClient) -> None:
    await provisioned(client)
    assert (await client.delete("/iot/devices/J1")).status == 204
    answer = await client.get("/iot/devices/J1")
    assert answer.status == 404
    assert (await answer.json())["name"] == "DEVICE_NOT_FOUND"


async def test_an_id_that_is_taken_is_a_conflict(client: TestClient) -> None:
    await provisioned(client)
    answer = await client.post("/iot/devices", json={"devices": [GATE]})
    assert answer.status == 409
    assert (await answer.json())["name"] == "DUPLICATE_DEVICE_ID"


async def test_configuration_groups_are_declared_to_be_unsupported(client: TestClient) -> None:
    answer = await client.post("/iot/services", json={"services": []})
    assert answer.status == 501
    assert "key of its own" in (await answer.json())["message"]


async def test_tenants_do_not_see_each_others_devices(client: TestClient) -> None:
    await provisioned(client)
    there = {"Fiware-Service": "Sapporo"}
    assert (await client.get("/iot/devices/J1", headers=there)).status == 404
    assert (await client.get("/iot/devices", headers={"Fiware-Service": "other"})).status == 403


async def test_without_the_scope_nothing_is_shown(client: TestClient) -> None:
    nobody = {"X-Auth-Token": "nobody"}
    for path in ("/iot/devices", "/iot/devices/J1", "/v1/devices", "/v1/devices/J1"):
        assert (await client.get(path, headers=nobody)).status == 403


CANARY = "02:42:ac:11:00:09"


@pytest.mark.parametrize(
    "changed",
    [
        {"device_id": CANARY},
        {"apikey": CANARY},
        {"deviceClass": CANARY},
        {"policy": CANARY},
        {"owner": [CANARY]},
        {"place": {"site": CANARY}},
        {"attributes": [{"name": CANARY}]},
        {"static_attributes": [{"name": "x", "value": {CANARY: CANARY}}]},
        {"reportIntervalS": CANARY},
        {"entity_type": "Thing", "deviceClass": None},
        {"place": GATE["place"] | {"location": {"type": "Point", "coordinates": [43, 141]}}},
    ],
)
async def test_a_wrong_body_is_refused_without_quoting_it(
    client: TestClient, changed: dict[str, Any]
) -> None:
    answer = await client.post("/iot/devices", json={"devices": [GATE | changed]})
    assert answer.status == 400
    assert CANARY not in await answer.text()


async def test_an_unknown_member_of_an_approval_is_refused_without_naming_it(
    client: TestClient,
) -> None:
    await provisioned(client)
    answer = await client.post("/v1/devices/J1/approval", json=APPROVAL | {CANARY: 1})
    assert answer.status == 400
    assert CANARY not in await answer.text()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"devices": []}', b'{"devices": "J1"}'])
async def test_a_body_that_is_no_provisioning_is_refused(client: TestClient, body: bytes) -> None:
    assert (await client.post("/iot/devices", data=body)).status == 400
    await provisioned(client)
    assert (await client.put("/iot/devices/J1", data=b"[1]")).status == 400


async def test_commands_are_not_promised(client: TestClient) -> None:
    wish = {"devices": [GATE | {"commands": [{"name": "reboot", "type": "command"}]}]}
    assert (await client.post("/iot/devices", json=wish)).status == 501


async def test_the_simulator_provisions_a_city_that_runs_elsewhere_and_gets_new_keys_each_time(
    client: TestClient,
) -> None:
    remote = RemoteRegistry(str(client.make_url("")), "office")
    first = await remote.provision()
    second = await remote.provision()
    assert first.keys() == second.keys() == {device.id for device in EVERY_DEVICE}
    assert all(first[device].key != second[device].key for device in first)
    there = (await (await client.get("/v1/devices?limit=100")).json())["devices"]
    assert {device["approval"]["state"] for device in there} == {"approved"}
    known = {device["device_id"]: device for device in there}
    assert known["J1-ultrasonic-2011"]["speaksFor"] == "J1"
    assert known["J1-ultrasonic-2011"]["approval"]["validUntil"] == "2023-09-30T15:00:00.000Z"


async def test_the_simulator_leaves_retired_devices_alone(client: TestClient) -> None:
    remote = RemoteRegistry(str(client.make_url("")), "office")
    await remote.provision(DEVICES[:2])
    await client.post("/v1/devices/J1/approval", json={"action": "retire", "role": "data-office"})
    assert (await remote.provision(DEVICES[:2])).keys() == {"J2"}


async def test_a_token_that_opens_nothing_is_told_from_a_city_that_is_away(
    client: TestClient,
) -> None:
    with pytest.raises(ForbiddenError):
        await RemoteRegistry(str(client.make_url("")), "nobody").provision()
    with pytest.raises(PeerError):
        await RemoteRegistry("http://127.0.0.1:9", "office").provision()

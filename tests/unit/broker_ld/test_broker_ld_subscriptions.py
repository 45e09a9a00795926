"""Subscriptions through NGSI-LD, and the notifications that they cause."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from support.ld_broker import listening
from support.memory import MemoryEngine

from broker.ld.library import CORE_URL, ContextLibrary
from broker.ld.notify import LdRenderer
from broker.ports import Outgoing
from kernel.clock import ManualClock
from kernel.json import JsonLimits, parse
from kernel.times import parse_instant

V1 = "/ngsi-ld/v1"
CITY_URL = "https://city.example/context.jsonld"
CITY = {"@context": {"name": "https://schema.org/name", "Car": "https://city.example/Car"}}
LIBRARY = ContextLibrary({CITY_URL: CITY})
LINK = {"Link": f'<{CITY_URL}>; rel="http://www.w3.org/ns/json-ld#context"'}
FAST = {
    "id": "urn:ngsi-ld:Subscription:fast",
    "type": "Subscription",
    "subscriptionName": "fast",
    "entities": [{"type": "Car"}],
    "watchedAttributes": ["speed"],
    "q": 'speed>50;name=="x"',
    "notification": {
        "attributes": ["speed"],
        "format": "concise",
        "endpoint": {
            "uri": "http://receiver.example/notify",
            "accept": "application/json",
            "receiverInfo": [{"key": "X-City", "value": "Sapporo"}],
        },
    },
}


class World:
    """A server, a client of it, and what it owes."""

    def __init__(self, client: ClientSession, engine: MemoryEngine) -> None:
        self._client = client
        self._engine = engine

    async def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with self._client.request(method, V1 + path, json=body, headers=LINK) as response:
            text = await response.read()
            return response.status, await response.json(content_type=None) if text else None

    async def subscribe(self, **members: Any) -> None:
        status, body = await self.send("POST", "/subscriptions", {**FAST, **members})
        assert status == 201, body

    async def owed(self) -> list[Outgoing]:
        renderer, found = LdRenderer(LIBRARY), []
        for notice in await self._engine.outbox.owed():
            one = await self._engine.subscriptions.get(notice.tenant, notice.subscription_id)
            assert one is not None
            outgoing = renderer.render(one, notice)
            assert outgoing is not None
            found.append(outgoing)
        return found


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock = ManualClock(parse_instant("2026-02-11T12:00:00Z"))
    engine = MemoryEngine(clock)
    async with (
        listening(engine, clock=clock, library=LIBRARY) as port,
        ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        yield World(client, engine)


def body_of(outgoing: Outgoing) -> Any:
    assert outgoing.body is not None
    return parse(outgoing.body, JsonLimits())


CAR = {"id": "urn:x:car", "type": "Car", "speed": 60, "name": "x", "colour": "red"}


async def test_a_subscription_comes_back_with_its_status(world: World) -> None:
    await world.subscribe()
    status, body = await world.send("GET", "/subscriptions/urn:ngsi-ld:Subscription:fast")
    assert (status, body) == (200, {**FAST, "isActive": True, "status": "active"})
    status, listed = await world.send("GET", "/subscriptions?count=true")
    assert listed == [body]


async def test_an_id_is_made_where_none_is_given(world: World) -> None:
    await world.subscribe(id="")
    _, [listed] = await world.send("GET", "/subscriptions")
    assert listed["id"].startswith("urn:ngsi-ld:Subscription:")


async def test_an_id_is_taken_once(world: World) -> None:
    await world.subscribe()
    assert (await world.send("POST", "/subscriptions", FAST))[0] == 409


async def test_a_change_is_told_in_the_subscribers_terms(world: World) -> None:
    await world.subscribe()
    await world.send("POST", "/entities", CAR)
    [outgoing] = await world.owed()
    assert outgoing.url == "http://receiver.example/notify"
    headers = dict(outgoing.headers)
    assert headers["Content-Type"] == "application/json"
    assert CITY_URL in headers["Link"]
    assert headers["X-City"] == "Sapporo"
    body = body_of(outgoing)
    assert body["type"] == "Notification"
    assert body["subscriptionId"] == FAST["id"]
    assert body["data"] == [{"id": "urn:x:car", "type": "Car", "speed": 60}]


async def test_what_the_filter_does_not_select_is_not_told(world: World) -> None:
    await world.subscribe()
    await world.send("POST", "/entities", {**CAR, "speed": 10})
    await world.send("POST", "/entities", {**CAR, "id": "urn:x:2", "name": "y"})
    await world.send("PATCH", "/entities/urn:x:car/attrs/colour", {"value": "blue"})
    assert await world.owed() == []


async def test_json_ld_receivers_find_the_context_in_the_body(world: World) -> None:
    endpoint = {"uri": "http://receiver.example/", "accept": "application/ld+json"}
    await world.subscribe(notification={"endpoint": endpoint})
    await world.send("POST", "/entities", CAR)
    [outgoing] = await world.owed()
    assert "Link" not in dict(outgoing.headers)
    body = body_of(outgoing)
    assert body["@context"] == [CITY_URL, CORE_URL]
    assert body["data"][0]["name"] == {"type": "Property", "value": "x"}


async def test_mqtt_receivers_get_headers_and_body_in_one(world: World) -> None:
    endpoint = {
        "uri": "mqtt://user:secret@broker.example/city/cars",
        "notifierInfo": [{"key": "MQTT-QoS", "value": "1"}],
    }
    await world.subscribe(notification={"endpoint": endpoint})
    await world.send("POST", "/entities", CAR)
    [outgoing] = await world.owed()
    assert (outgoing.url, outgoing.topic, outgoing.qos) == (
        "mqtt://broker.example:1883", "city/cars", 1,
    )  # fmt: skip
    assert (outgoing.user, outgoing.password) == ("user", "secret")
    assert set(body_of(outgoing)) == {"metadata", "body"}
    _, shown = await world.send("GET", f"/subscriptions/{FAST['id']}")
    assert "secret" not in str(shown)


async def test_a_deletion_is_told_to_those_who_ask_for_it(world: World) -> None:
    await world.subscribe(notificationTrigger=["entityDeleted"], q="speed")
    await world.send("POST", "/entities", CAR)
    await world.send("DELETE", "/entities/urn:x:car")
    [outgoing] = await world.owed()
    [entity] = body_of(outgoing)["data"]
    assert set(entity) == {"id", "type", "deletedAt"}


async def test_an_update_keeps_what_it_does_not_name(world: World) -> None:
    await world.subscribe()
    path = f"/subscriptions/{FAST['id']}"
    patch = {"isActive": False, "q": "speed>90", "notification": {"format": "keyValues"}}
    assert await world.send("PATCH", path, patch) == (204, None)
    _, body = await world.send("GET", path)
    assert (body["isActive"], body["status"], body["q"]) == (False, "paused", "speed>90")
    assert body["notification"]["endpoint"] == FAST["notification"]["endpoint"]  # type: ignore[index]
    await world.send("PATCH", path, {"q": "urn:ngsi-ld:null"})
    assert "q" not in (await world.send("GET", path))[1]


async def test_a_deleted_subscription_is_gone(world: World) -> None:
    await world.subscribe()
    path = f"/subscriptions/{FAST['id']}"
    assert await world.send("DELETE", path) == (204, None)
    assert (await world.send("GET", path))[0] == 404
    assert (await world.send("DELETE", path))[0] == 404


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"type": "Other"}, 400),
        ({"id": "x"}, 400),
        ({"colour": 1}, 400),
        ({"entities": []}, 400),
        ({"entities": [{}]}, 400),
        ({"entities": [{"idPattern": "("}]}, 400),
        ({"q": "a=="}, 400),
        ({"geoQ": {"georel": "near", "geometry": "Point", "coordinates": [1, 2]}}, 400),
        ({"scopeQ": "//"}, 400),
        ({"notificationTrigger": ["never"]}, 400),
        ({"isActive": "yes"}, 400),
        ({"expiresAt": "soon"}, 400),
        ({"throttling": -1}, 400),
        ({"notification": {}}, 400),
        ({"notification": {"endpoint": {"uri": "ftp://x"}}}, 400),
        ({"notification": {"endpoint": {"uri": "mqtt://x"}}}, 400),
        ({"notification": {"endpoint": {"uri": "http://x", "accept": "text/plain"}}}, 400),
        ({"notification": {"format": "odd", "endpoint": {"uri": "http://x"}}}, 400),
        (
            {
                "notification": {
                    "endpoint": {
                        "uri": "http://x",
                        "receiverInfo": [{"key": "a", "value": "b\r\nc: d"}],
                    }
                }
            },
            400,
        ),
        ({"timeInterval": 5}, 501),
        ({"csf": "x"}, 501),
    ],
)
async def test_what_is_no_subscription_is_refused(
    world: World, members: dict[str, Any], status: int
) -> None:
    assert (await world.send("POST", "/subscriptions", {**FAST, **members}))[0] == status


async def test_a_place_is_watched(world: World) -> None:
    near = {"georel": "near;maxDistance==500", "geometry": "Point", "coordinates": [141.35, 43.06]}
    await world.subscribe(geoQ=near, q="speed")
    _, body = await world.send("GET", f"/subscriptions/{FAST['id']}")
    assert body["geoQ"] == near
    await world.send("POST", "/entities", CAR)
    assert await world.owed() == []
    here = {"type": "Point", "coordinates": [141.351, 43.06]}
    await world.send("POST", "/entities/urn:x:car/attrs", {"location": here, "speed": 61})
    assert len(await world.owed()) == 1

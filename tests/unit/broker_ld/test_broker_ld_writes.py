"""Changing, merging and batches through NGSI-LD; what the other face sees of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from support.ld_broker import serving_ld

from kernel.clock import ManualClock
from kernel.times import parse_instant

V1 = "/ngsi-ld/v1"
CAR = "urn:ngsi-ld:Car:1"
SPEED = {
    "type": "Property",
    "value": 50,
    "unitCode": "KMH",
    "observedAt": "2026-02-11T12:00:00Z",
    "source": {"type": "Property", "value": "gps"},
}


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    clock = ManualClock(parse_instant("2026-02-11T12:00:00Z"))
    async with serving_ld(clock=clock) as session:
        await create(session, {"id": CAR, "type": "Car", "speed": SPEED, "colour": "red"})
        yield session


async def create(client: ClientSession, entity: dict[str, Any]) -> None:
    async with client.post(f"{V1}/entities", json=entity) as response:
        assert response.status == 201, await response.text()


async def send(client: ClientSession, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async with client.request(method, V1 + path, json=body) as response:
        text = await response.read()
        return response.status, await response.json(content_type=None) if text else None


async def car(client: ClientSession, query: str = "") -> dict[str, Any]:
    status, body = await send(client, "GET", f"/entities/{CAR}{query}")
    assert status == 200
    return dict(body)


async def values(client: ClientSession) -> dict[str, Any]:
    body = await car(client, "?options=keyValues")
    return {name: value for name, value in body.items() if name not in ("id", "type")}


async def test_appending_overwrites_unless_told_otherwise(client: ClientSession) -> None:
    path = f"/entities/{CAR}/attrs"
    assert await send(client, "POST", path, {"speed": 60, "doors": 4}) == (204, None)
    assert await values(client) == {"speed": 60, "colour": "red", "doors": 4}
    status, body = await send(client, "POST", f"{path}?options=noOverwrite", {"speed": 1, "km": 9})
    assert status == 207
    assert body["updated"] == ["km"]
    assert [one["attributeName"] for one in body["notUpdated"]] == ["speed"]
    assert (await values(client))["speed"] == 60


async def test_updating_tells_what_is_not_there(client: ClientSession) -> None:
    path = f"/entities/{CAR}/attrs"
    assert await send(client, "PATCH", path, {"speed": 70}) == (204, None)
    status, body = await send(client, "PATCH", path, {"speed": 80, "wings": 2})
    assert (status, body["updated"]) == (207, ["speed"])
    assert await values(client) == {"speed": 80, "colour": "red"}


async def test_amending_keeps_what_is_not_named(client: ClientSession) -> None:
    path = f"/entities/{CAR}/attrs/speed"
    assert await send(client, "PATCH", path, {"value": 55}) == (204, None)
    speed = (await car(client))["speed"]
    assert (speed["value"], speed["unitCode"], speed["source"]["value"]) == (55, "KMH", "gps")
    assert await send(client, "PATCH", path, {"unitCode": "MTS"}) == (204, None)
    speed = (await car(client))["speed"]
    assert (speed["value"], speed["unitCode"]) == (55, "MTS")
    assert await send(client, "PATCH", path, "urn:ngsi-ld:null") == (204, None)
    assert "speed" not in await car(client)


async def test_replacing_an_attribute_leaves_nothing_of_it(client: ClientSession) -> None:
    body = {"type": "Property", "value": 1}
    assert await send(client, "PUT", f"/entities/{CAR}/attrs/speed", body) == (204, None)
    assert (await car(client))["speed"] == body


async def test_deleting_takes_one_instance_or_all(client: ClientSession) -> None:
    other = {"value": 51, "datasetId": "urn:x:gps"}
    await send(client, "POST", f"/entities/{CAR}/attrs", {"speed": other})
    path = f"/entities/{CAR}/attrs/speed"
    assert await send(client, "DELETE", f"{path}?datasetId=urn:x:gps") == (204, None)
    assert (await values(client))["speed"] == 50
    await send(client, "POST", f"/entities/{CAR}/attrs", {"speed": other})
    assert await send(client, "DELETE", path) == (204, None)
    assert (await values(client))["speed"] == 51
    assert await send(client, "DELETE", f"{path}?deleteAll=true") == (204, None)
    assert await values(client) == {"colour": "red"}


async def test_merging_adds_keeps_and_removes(client: ClientSession) -> None:
    patch = {"speed": {"value": 10}, "doors": 5, "colour": "urn:ngsi-ld:null", "scope": "/Depot"}
    assert await send(client, "PATCH", f"/entities/{CAR}", patch) == (204, None)
    body = await car(client)
    assert body["speed"]["source"] == SPEED["source"]
    assert body["scope"] == "/Depot"
    assert await values(client) == {"speed": 10, "doors": 5, "scope": "/Depot"}


async def test_replacing_an_entity_leaves_what_the_body_says(client: ClientSession) -> None:
    assert await send(client, "PUT", f"/entities/{CAR}", {"type": "Car", "doors": 3}) == (204, None)
    assert await values(client) == {"doors": 3}


async def test_deleting_an_entity(client: ClientSession) -> None:
    assert await send(client, "DELETE", f"/entities/{CAR}") == (204, None)
    assert (await send(client, "GET", f"/entities/{CAR}"))[0] == 404


# Batches -----------------------------------------------------------------------------------------


async def test_a_batch_creates_what_it_can(client: ClientSession) -> None:
    good, bad = {"id": "urn:x:1", "type": "T"}, {"id": "urn:x:2"}
    path = "/entityOperations/create"
    assert await send(client, "POST", path, [good]) == (201, ["urn:x:1"])
    status, body = await send(client, "POST", path, [good, bad, {"id": "urn:x:3", "type": "T"}])
    assert (status, body["success"]) == (207, ["urn:x:3"])
    kinds = {one["entityId"]: one["error"]["type"].rpartition("/")[2] for one in body["errors"]}
    assert kinds == {"urn:x:1": "AlreadyExists", "urn:x:2": "BadRequestData"}


async def test_an_upsert_replaces_or_updates(client: ClientSession) -> None:
    path = "/entityOperations/upsert"
    new = {"id": "urn:x:1", "type": "T", "a": 1}
    changed = {"id": CAR, "type": "Car", "doors": 4}
    assert await send(client, "POST", f"{path}?options=update", [new, changed]) == (
        201,
        ["urn:x:1"],
    )
    assert await values(client) == {"speed": 50, "colour": "red", "doors": 4}
    assert await send(client, "POST", path, [changed]) == (204, None)
    assert await values(client) == {"doors": 4}


async def test_an_upsert_with_another_type_leaves_one_entity(client: ClientSession) -> None:
    other = {"id": CAR, "type": "Truck", "doors": 2}
    assert await send(client, "POST", "/entityOperations/upsert", [other]) == (204, None)
    status, body = await send(client, "GET", f"/entities?id={CAR}&options=keyValues")
    assert (status, body) == (200, [other])


async def test_a_batch_updates_merges_and_deletes(client: ClientSession) -> None:
    unknown = {"id": "urn:x:none", "type": "T", "a": 1}
    status, body = await send(
        client, "POST", "/entityOperations/update", [{"id": CAR, "km": 5}, unknown]
    )
    assert (status, body["success"]) == (207, [CAR])
    assert body["errors"][0]["error"]["status"] == 404
    merge = [{"id": CAR, "colour": "urn:ngsi-ld:null"}]
    assert await send(client, "POST", "/entityOperations/merge", merge) == (204, None)
    assert await values(client) == {"speed": 50, "km": 5}
    assert await send(client, "POST", "/entityOperations/delete", [CAR]) == (204, None)
    assert (await send(client, "POST", "/entityOperations/delete", [CAR]))[0] == 207


async def test_each_element_of_a_json_ld_batch_has_its_own_context(client: ClientSession) -> None:
    def entity(name: str) -> dict[str, Any]:
        context = {"Thing": f"https://{name}.example/Thing"}
        return {"@context": context, "id": f"urn:x:{name}", "type": "Thing"}

    async with client.post(
        f"{V1}/entityOperations/create",
        json=[entity("a"), entity("b")],
        headers={"Content-Type": "application/ld+json"},
    ) as response:
        assert response.status == 201
    _, body = await send(client, "GET", "/entities?id=urn:x:a,urn:x:b")
    assert [one["type"] for one in body] == ["https://a.example/Thing", "https://b.example/Thing"]


@pytest.mark.parametrize("body", [{}, [], "x", [5]])
async def test_what_is_no_batch_is_refused(client: ClientSession, body: Any) -> None:
    assert (await send(client, "POST", "/entityOperations/delete", body))[0] == 400


async def test_a_query_in_a_body(client: ClientSession) -> None:
    await create(client, {"id": "urn:x:1", "type": "Bike", "speed": 20})
    query = {"type": "Query", "entities": [{"type": "Car"}, {"idPattern": "x:1"}], "q": "speed<30"}
    status, body = await send(client, "POST", "/entityOperations/query?options=keyValues", query)
    assert (status, body) == (200, [{"id": "urn:x:1", "type": "Bike", "speed": 20}])
    for bad in ({"type": "Query"}, {"type": "Query", "entities": [{}]}, {"entities": []}):
        assert (await send(client, "POST", "/entityOperations/query", bad))[0] == 400


async def test_types_and_attributes_are_told(client: ClientSession) -> None:
    await create(
        client, {"id": "urn:x:1", "type": "Bike", "speed": 20, "owner": {"object": "urn:p"}}
    )
    _, types = await send(client, "GET", "/types")
    assert types["typeList"] == ["Bike", "Car"]
    _, bike = await send(client, "GET", "/types/Bike")
    details = {one["attributeName"]: one["attributeTypes"] for one in bike["attributeDetails"]}
    assert (bike["entityCount"], details) == (1, {"owner": ["Relationship"], "speed": ["Property"]})
    assert (await send(client, "GET", "/types/Boat"))[0] == 404
    _, attributes = await send(client, "GET", "/attributes")
    assert attributes["attributeList"] == ["colour", "owner", "speed"]
    _, speed = await send(client, "GET", "/attributes/speed")
    assert (speed["attributeCount"], speed["typeNames"]) == (2, ["Bike", "Car"])


# Across faces ------------------------------------------------------------------------------------


async def test_what_ngsi_ld_wrote_ngsi_v2_reads(client: ClientSession) -> None:
    async with client.get(f"/v2/entities/{CAR}?attrs=speed") as response:
        assert await response.json() == {
            "id": CAR,
            "type": "Car",
            "speed": {
                "type": "Number",
                "value": 50,
                "metadata": {
                    "source": {"type": "Text", "value": "gps"},
                    "unitCode": {"type": "Text", "value": "KMH"},
                    "observedAt": {"type": "DateTime", "value": "2026-02-11T12:00:00.000Z"},
                },
            },
        }


async def test_what_ngsi_v2_wrote_ngsi_ld_reads_queries_and_deletes(client: ClientSession) -> None:
    room = {
        "id": "Room1",
        "type": "Room",
        "temperature": {
            "value": 21.5,
            "type": "Number",
            "metadata": {"unitCode": {"value": "CEL"}},
        },
        "at": {"value": "2026-02-11T12:00:00Z", "type": "DateTime"},
        "location": {"value": "43.06, 141.35", "type": "geo:point"},
        "ref": {"value": "urn:x:1", "type": "Relationship"},
        "none": {"value": None},
    }
    headers = {"Fiware-ServicePath": "/park"}
    async with client.post("/v2/entities", json=room, headers=headers) as response:
        assert response.status == 201
    status, body = await send(client, "GET", "/entities/Room1")
    assert status == 200
    assert body == {
        "id": "Room1",
        "type": "Room",
        "temperature": {"type": "Property", "value": 21.5, "unitCode": "CEL"},
        "at": {
            "type": "Property",
            "value": {"@type": "DateTime", "@value": "2026-02-11T12:00:00Z"},
        },
        "location": {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [141.35, 43.06]},
        },
        "ref": {"type": "Relationship", "object": "urn:x:1"},
        "none": {"type": "JsonProperty", "json": None},
    }
    near = "georel=near;maxDistance==10&geometry=Point&coordinates=[141.35,43.06]"
    for query in (near, "q=temperature>21;at>=2026-02-11T12:00:00Z", "q=ref==urn:x:1"):
        _, found = await send(client, "GET", f"/entities?{query}")
        assert [one["id"] for one in found] == ["Room1"], query
    assert await send(client, "DELETE", "/entities/Room1") == (204, None)


async def test_metadata_named_like_members_keep_their_name(client: ClientSession) -> None:
    attribute = {"value": 1, "metadata": {"value": {"value": 2}, "object": {"value": 3}}}
    async with client.post(
        "/v2/entities", json={"id": "urn:x:9", "type": "T", "scope": {"value": 5}, "a": attribute}
    ) as response:
        assert response.status == 201
    _, body = await send(client, "GET", "/entities/urn:x:9")
    default = "https://uri.etsi.org/ngsi-ld/default-context/"
    assert body["a"] == {
        "type": "Property",
        "value": 1,
        f"{default}value": {"type": "Property", "value": 2},
        f"{default}object": {"type": "Property", "value": 3},
    }
    assert body[f"{default}scope"] == {"type": "Property", "value": 5}
    body["id"] = "urn:x:10"
    await create(client, body)
    async with client.get("/v2/entities/urn:x:10") as response:
        again = await response.json()
    assert set(again["a"]["metadata"]) == {"value", "object"}
    assert again["scope"]["value"] == 5

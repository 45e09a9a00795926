"""Entities through NGSI-LD, from request to answer, over the stores in memory."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession
from support.ld_broker import serving_ld

from broker.ld.library import CORE_URL, ContextLibrary
from kernel.clock import ManualClock
from kernel.times import parse_instant

V1 = "/ngsi-ld/v1"
CITY_URL = "https://city.example/context.jsonld"
CITY = {"@context": {"name": "https://schema.org/name", "Park": "https://city.example/Park"}}
LINK = {"Link": f'<{CITY_URL}>; rel="http://www.w3.org/ns/json-ld#context"'}
ODORI: dict[str, Any] = {
    "id": "urn:ngsi-ld:Park:Odori",
    "type": "Park",
    "scope": "/Sapporo/Chuo",
    "name": {"type": "LanguageProperty", "languageMap": {"ja": "大通公園", "en": "Odori Park"}},
    "visitors": {
        "type": "Property",
        "value": 1200,
        "unitCode": "IE",
        "observedAt": "2026-02-11T12:00:00Z",
        "accuracy": {"type": "Property", "value": 0.9},
    },
    "location": {
        "type": "GeoProperty",
        "value": {"type": "Point", "coordinates": [141.3465, 43.0599]},
    },
    "next": {"type": "Relationship", "object": "urn:ngsi-ld:Station:Odori"},
    "opened": {"type": "Property", "value": {"@type": "Date", "@value": "1911-01-01"}},
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(parse_instant("2026-02-11T12:00:00Z"))


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[ClientSession]:
    async with serving_ld(clock=clock, library=ContextLibrary({CITY_URL: CITY})) as session:
        yield session


async def create(client: ClientSession, *entities: dict[str, Any]) -> None:
    for entity in entities:
        async with client.post(f"{V1}/entities", json=entity, headers=LINK) as response:
            assert response.status == 201, await response.text()


async def get(client: ClientSession, path: str, **headers: str) -> Any:
    async with client.get(f"{V1}{path}", headers=LINK | headers) as response:
        assert response.status == 200, await response.text()
        return await response.json(content_type=None)


async def ids(client: ClientSession, query: str) -> list[str]:
    return [one["id"].rpartition(":")[2] for one in await get(client, f"/entities?{query}")]


async def problem(response: ClientResponse) -> str:
    assert response.content_type == "application/problem+json"
    body = await response.json(content_type=None)
    return str(body["type"]).rpartition("/")[2]


async def test_what_was_created_is_retrieved(client: ClientSession) -> None:
    async with client.post(f"{V1}/entities", json=ODORI, headers=LINK) as response:
        assert response.status == 201
        assert response.headers["Location"] == f"{V1}/entities/urn:ngsi-ld:Park:Odori"
    async with client.get(f"{V1}/entities/{ODORI['id']}", headers=LINK) as response:
        assert response.content_type == "application/json"
        assert CITY_URL in response.headers["Link"]
        assert await response.json() == ODORI


async def test_json_ld_answers_carry_the_context_in_the_body(client: ClientSession) -> None:
    await create(client, ODORI)
    async with client.get(
        f"{V1}/entities/{ODORI['id']}", headers=LINK | {"Accept": "application/ld+json"}
    ) as response:
        assert response.content_type == "application/ld+json"
        assert "Link" not in response.headers
        assert await response.json(content_type=None) == {"@context": [CITY_URL, CORE_URL], **ODORI}


async def test_another_context_sees_other_names(client: ClientSession) -> None:
    await create(client, ODORI)
    async with client.get(f"{V1}/entities/{ODORI['id']}") as response:
        body = await response.json()
    assert body["type"] == "https://city.example/Park"
    assert "https://schema.org/name" in body
    assert "visitors" in body


async def test_concise_and_simplified_forms(client: ClientSession) -> None:
    await create(client, ODORI)
    concise = await get(client, f"/entities/{ODORI['id']}?options=concise")
    assert concise["visitors"] == {
        "value": 1200, "unitCode": "IE", "observedAt": "2026-02-11T12:00:00Z", "accuracy": 0.9,
    }  # fmt: skip
    assert concise["location"] == ODORI["location"]["value"]
    assert concise["next"] == {"object": "urn:ngsi-ld:Station:Odori"}
    simplified = await get(client, f"/entities/{ODORI['id']}?format=simplified")
    assert simplified["visitors"] == 1200
    assert simplified["next"] == "urn:ngsi-ld:Station:Odori"
    assert simplified["name"] == {"languageMap": ODORI["name"]["languageMap"]}
    for form, body in (("concise", concise), ("keyValues", simplified)):
        again = {**body, "id": f"urn:x:{form}"}
        async with client.post(
            f"{V1}/entities?options={form}", json=again, headers=LINK
        ) as response:
            assert response.status == 201, await response.text()
        assert await get(client, f"/entities/urn:x:{form}?options={form}") == again


async def test_a_language_is_picked(client: ClientSession) -> None:
    await create(client, ODORI)
    body = await get(client, f"/entities/{ODORI['id']}?lang=ja&pick=name")
    assert body == {"name": {"type": "Property", "value": "大通公園", "lang": "ja"}}


async def test_members_are_picked_and_omitted(client: ClientSession) -> None:
    await create(client, ODORI)
    path = f"/entities/{ODORI['id']}"
    assert set(await get(client, f"{path}?pick=id,visitors")) == {"id", "visitors"}
    assert set(await get(client, f"{path}?attrs=visitors")) == {"id", "type", "scope", "visitors"}
    assert "visitors" not in await get(client, f"{path}?omit=visitors,scope")


async def test_system_attributes_are_shown_on_demand(client: ClientSession) -> None:
    await create(client, ODORI)
    body = await get(client, f"/entities/{ODORI['id']}?options=sysAttrs")
    assert body["createdAt"].startswith("2026-02-11T12:00:00")
    assert "modifiedAt" in body["visitors"]


async def test_instances_differ_in_their_dataset(client: ClientSession) -> None:
    speeds = [
        {"type": "Property", "value": 54},
        {"type": "Property", "value": 54.5, "datasetId": "urn:ngsi-ld:Dataset:gps"},
    ]
    await create(client, {"id": "urn:x:car", "type": "Car", "speed": speeds})
    assert (await get(client, "/entities/urn:x:car"))["speed"] == speeds
    assert (await get(client, "/entities/urn:x:car?datasetId=@none"))["speed"] == speeds[0]
    simplified = await get(client, "/entities/urn:x:car?options=keyValues")
    assert simplified["speed"] == {"dataset": {"@none": 54, "urn:ngsi-ld:Dataset:gps": 54.5}}
    assert await ids(client, "q=speed==54.5") == ["car"]


async def test_queries_select(client: ClientSession) -> None:
    nakajima = {
        **ODORI, "id": "urn:ngsi-ld:Park:Nakajima", "scope": ["/Sapporo/Chuo/South", "/Water"],
        "visitors": {"type": "Property", "value": 300},
        "kind": {"type": "VocabProperty", "vocab": "Garden"},
        "location": {"type": "Point", "coordinates": [141.3537, 43.0455]},
    }  # fmt: skip
    await create(client, ODORI, nakajima, {"id": "urn:x:S", "type": "Station"})
    near = "georel=near;maxDistance==500&geometry=Point&coordinates=[141.3465,43.06]"
    for query, found in (
        ("type=Park", ["Odori", "Nakajima"]),
        ("type=Park,Station", ["Odori", "Nakajima", "S"]),
        ("id=urn:x:S", ["S"]),
        ("idPattern=Naka", ["Nakajima"]),
        ("type=Park&q=visitors>500", ["Odori"]),
        ("q=visitors.observedAt>2026-01-01T00:00:00Z", ["Odori"]),
        ("q=visitors.unitCode==%22IE%22", ["Odori"]),
        ("q=name[ja]==%22大通公園%22", ["Odori", "Nakajima"]),
        ("q=name==%22Odori Park%22", ["Odori", "Nakajima"]),
        ("q=kind==Garden&expandValues=kind", ["Nakajima"]),
        ("q=kind!~=%22^x%22&jsonKeys=kind", ["Nakajima"]),
        ("q=opened<1912-01-01T00:00:00Z", ["Odori", "Nakajima"]),
        ("q=next==urn:ngsi-ld:Station:Odori;visitors==100..400", ["Nakajima"]),
        (near, ["Odori"]),
        ("scopeQ=/Sapporo/Chuo", ["Odori"]),
        ("scopeQ=/Sapporo/%23", ["Odori", "Nakajima"]),
        ("attrs=visitors", ["Odori", "Nakajima"]),
        ("local=true", ["Odori", "Nakajima", "S"]),
    ):
        assert await ids(client, query) == found, query


async def test_pages_are_linked_and_counted(client: ClientSession) -> None:
    await create(client, *({"id": f"urn:x:{n}", "type": "T"} for n in range(5)))
    async with client.get(f"{V1}/entities?type=T&limit=2&offset=2&count=true") as response:
        links = response.headers.getall("Link")
        assert response.headers["NGSILD-Results-Count"] == "5"
        assert [one["id"] for one in await response.json()] == ["urn:x:2", "urn:x:3"]
    assert any('rel="next"' in link and "offset=4" in link for link in links)
    assert any('rel="prev"' in link and "offset=0" in link for link in links)
    async with client.get(f"{V1}/entities?type=T&limit=0&count=true") as response:
        assert response.headers["NGSILD-Results-Count"] == "5"
        assert await response.json() == []
    async with client.get(f"{V1}/entities?type=T&limit=5") as response:
        assert not any('rel="next"' in link for link in response.headers.getall("Link"))


async def test_geojson_answers(client: ClientSession) -> None:
    await create(client, ODORI)
    body = await get(client, "/entities?type=Park&options=keyValues", Accept="application/geo+json")
    [feature] = body["features"]
    assert body["type"] == "FeatureCollection"
    assert feature["geometry"] == ODORI["location"]["value"]
    assert feature["properties"]["visitors"] == 1200


@pytest.mark.parametrize(
    ("method", "path", "body", "answer"),
    [
        ("POST", "/entities", {"id": "no uri", "type": "T"}, (400, "BadRequestData")),
        ("POST", "/entities", {"id": "urn:x:1"}, (400, "BadRequestData")),
        ("POST", "/entities", [], (400, "BadRequestData")),
        ("POST", "/entities", ODORI, (409, "AlreadyExists")),
        ("POST", "/entities", {**ODORI, "type": "Other"}, (409, "AlreadyExists")),
        ("GET", "/entities/urn:x:nothing", None, (404, "ResourceNotFound")),
        ("DELETE", "/entities/urn:x:nothing", None, (404, "ResourceNotFound")),
        ("GET", "/entities", None, (400, "BadRequestData")),
        ("GET", "/entities?type=T&q=a==", None, (400, "BadRequestData")),
        ("GET", "/entities?type=T&idPattern=(", None, (400, "BadRequestData")),
        ("GET", "/entities?type=T&limit=1001", None, (400, "InvalidRequest")),
        ("GET", "/entities?type=T&limit=x", None, (400, "InvalidRequest")),
        ("GET", "/entities?type=T&colour=red", None, (400, "InvalidRequest")),
        ("GET", "/entities?type=T&options=x", None, (400, "InvalidRequest")),
        ("GET", "/entities?type=T&attrs=a&pick=b", None, (400, "InvalidRequest")),
        ("GET", "/entities?type=T&join=inline", None, (501, "OperationNotSupported")),
        ("GET", "/nothing", None, (404, "ResourceNotFound")),
        ("PUT", "/entities", None, (405, "about:blank")),
        ("PATCH", f"/entities/{ODORI['id']}", {"id": "urn:x:other"}, (400, "BadRequestData")),
        ("PATCH", f"/entities/{ODORI['id']}/attrs/none", {"value": 1}, (404, "ResourceNotFound")),
        ("DELETE", f"/entities/{ODORI['id']}/attrs/none", None, (404, "ResourceNotFound")),
        ("POST", "/entities/urn:x:nothing/attrs", {"a": 1}, (404, "ResourceNotFound")),
    ],
)  # fmt: skip
async def test_errors_are_problem_details(
    client: ClientSession, method: str, path: str, body: Any, answer: tuple[int, str]
) -> None:
    await create(client, ODORI)
    async with client.request(method, V1 + path, json=body, headers=LINK) as response:
        assert (response.status, await problem(response)) == answer


@pytest.mark.parametrize(
    "members",
    [
        {"@context": CORE_URL},
        {"scope": 5},
        {"scope": "/"},
        {"expiresAt": "soon"},
        {"type": [5]},
        {"a<b": 1},
        {"a": {"value": None}},
        {"a": None},
        {"a": {"type": "Property"}},
        {"a": {"type": "Nothing", "value": 1}},
        {"a": {"value": 1, "object": "urn:x:2"}},
        {"a": {"unitCode": "CEL"}},
        {"a": {"value": 1, "unitCode": 5}},
        {"a": {"value": 1, "datasetId": "x"}},
        {"a": {"value": 1, "observedAt": "now"}},
        {"a": {"value": 1, "b": {"type": "Nothing"}}},
        {"a": {"type": "Property", "value": {"@type": "DateTime", "@value": "now"}}},
        {"a": {"type": "Relationship", "object": "x"}},
        {"a": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": []}}},
        {"a": {"type": "LanguageProperty", "languageMap": {"ja": 5}}},
        {"a": {"type": "VocabProperty", "vocab": 5}},
        {"a": {"type": "ListProperty", "valueList": 5}},
        {"a": {"type": "ListRelationship", "objectList": [{"object": 5}]}},
        {"a": [{"value": 1}, {"value": 2}]},
        {"a": 1, "https://uri.etsi.org/ngsi-ld/default-context/a": 2},
    ],
)
async def test_entities_that_break_the_standard_are_refused(
    client: ClientSession, members: dict[str, Any]
) -> None:
    entity = {"id": "urn:x:1", "type": "T", **members}
    async with client.post(f"{V1}/entities", json=entity) as response:
        assert (response.status, await problem(response)) == (400, "BadRequestData")


@pytest.mark.parametrize(
    ("headers", "body", "status", "kind"),
    [
        ({"Content-Type": "text/plain"}, b"{}", 415, "about:blank"),
        ({"Content-Type": "application/json"}, b"{", 400, "InvalidRequest"),
        ({"Content-Type": "application/json"}, b"", 411, "InvalidRequest"),
        (
            {"Content-Type": "application/ld+json"},
            b'{"id":"urn:x:1","type":"T"}',
            400,
            "BadRequestData",
        ),
        (
            {"Content-Type": "application/ld+json", **LINK},
            b'{"@context":{},"id":"urn:x:1","type":"T"}',
            400,
            "BadRequestData",
        ),
        (
            {"Content-Type": "application/ld+json"},
            b'{"@context":"https://unknown.example","id":"urn:x:1","type":"T"}',
            503,
            "LdContextNotAvailable",
        ),
        (
            {"Content-Type": "application/json", "NGSILD-Tenant": "a b"},
            b"{}",
            400,
            "InvalidRequest",
        ),
    ],
)
async def test_bodies_that_cannot_be_read(
    client: ClientSession, headers: dict[str, str], body: bytes, status: int, kind: str
) -> None:
    async with client.post(f"{V1}/entities", data=body, headers=headers) as response:
        assert (response.status, await problem(response)) == (status, kind)


async def test_an_answer_that_nobody_accepts_is_not_given(client: ClientSession) -> None:
    async with client.get(f"{V1}/types", headers={"Accept": "text/html"}) as response:
        assert response.status == 406


async def test_an_inline_context_is_read(client: ClientSession) -> None:
    entity = {"@context": [{"Z": "https://z.example/Z"}, CORE_URL], "id": "urn:x:1", "type": "Z"}
    async with client.post(
        f"{V1}/entities", json=entity, headers={"Content-Type": "application/ld+json"}
    ) as response:
        assert response.status == 201
    assert (await get(client, "/entities/urn:x:1"))["type"] == "https://z.example/Z"


async def test_tenants_are_apart(client: ClientSession) -> None:
    headers = {"NGSILD-Tenant": "sapporo"}
    entity = {"id": "urn:x:1", "type": "T"}
    async with client.post(f"{V1}/entities", json=entity, headers=headers) as response:
        assert response.headers["NGSILD-Tenant"] == "sapporo"
    async with client.get(f"{V1}/entities/urn:x:1") as response:
        assert response.status == 404
    assert await get(client, "/entities/urn:x:1", **headers) == entity


async def test_an_entity_ends_when_it_says(client: ClientSession, clock: ManualClock) -> None:
    await create(client, {"id": "urn:x:1", "type": "T", "expiresAt": "2026-02-11T12:01:00Z"})
    assert (await get(client, "/entities/urn:x:1"))["expiresAt"] == "2026-02-11T12:01:00Z"
    clock.advance(61)
    async with client.get(f"{V1}/entities/urn:x:1") as response:
        assert response.status == 404

"""No side door past the de-identification: what the intake writes, nobody writes through NGSI."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import pytest
from aiohttp import ClientResponse
from support.composed import AUTHORIZED, Composed, composed_city

from kernel.permission import Scope

GUARDED: Final = "WeatherObserved"
ID: Final = f"urn:ngsi-ld:{GUARDED}:W1"
NEW: Final = f"urn:ngsi-ld:{GUARDED}:New"
V2: Final = f"/v2/entities/{ID}"
LD: Final = f"/ngsi-ld/v1/entities/{ID}"
BATCH: Final = "/ngsi-ld/v1/entityOperations"
KEY: Final = "key-of-the-guarded-weather"
VALUE: Final = {"snowHeight": {"value": 1, "type": "Number"}}
PROPERTY: Final = {"snowHeight": {"type": "Property", "value": 1}}
EXPANDED: Final = f"https://uri.etsi.org/ngsi-ld/default-context/{GUARDED}"
TYPED: Final = {"id": ID, "type": GUARDED}
FRESH: Final = {"id": NEW, "type": GUARDED}
ALIAS: Final = {"Harmless": EXPANDED}


class Write(NamedTuple):
    """A request that would change a guarded entity.

    Attributes:
        status: 403, or what the standard says of a request that could not succeed anyway.
    """

    name: str
    method: str
    path: str
    body: Any = None
    media: str = "application/json"
    status: int = 403


def v2_batch(action: str, **entity: Any) -> Any:
    return {"actionType": action, "entities": [entity]}


V2_WRITES: Final = (
    Write("create", "POST", "/v2/entities", {"id": NEW, "type": GUARDED, **VALUE}),
    Write("create beside", "POST", "/v2/entities", {"id": ID, "type": GUARDED, **VALUE},
          status=422),
    Write("upsert", "POST", "/v2/entities?options=upsert", {"id": ID, "type": GUARDED, **VALUE}),
    Write("append", "POST", f"{V2}/attrs", VALUE),
    Write("append by type", "POST", f"{V2}/attrs?type={GUARDED}", VALUE),
    Write("append strictly", "POST", f"{V2}/attrs?options=append", {"new": {"value": 1}}),
    Write("update", "PATCH", f"{V2}/attrs", VALUE),
    Write("replace", "PUT", f"{V2}/attrs", VALUE),
    Write("put an attribute", "PUT", f"{V2}/attrs/snowHeight", {"value": 1}),
    Write("put a value", "PUT", f"{V2}/attrs/snowHeight/value", 1, "text/plain"),
    Write("delete an attribute", "DELETE", f"{V2}/attrs/snowHeight"),
    Write("delete", "DELETE", V2),
    Write("delete by type", "DELETE", f"{V2}?type={GUARDED}"),
    *(
        Write(f"batch {action} of {what}", "POST", "/v2/op/update",
              v2_batch(action, **entity, **VALUE), status=status)
        for action, what, entity, status in (
            ("append", "one", TYPED, 403),
            ("append", "one by id", {"id": ID}, 403),
            ("append", "a new one", FRESH, 403),
            ("appendStrict", "one", TYPED, 422),
            ("appendStrict", "one by id", {"id": ID}, 422),
            ("appendStrict", "a new one", FRESH, 403),
            ("update", "one", TYPED, 403),
            ("update", "one by id", {"id": ID}, 403),
            ("replace", "one", TYPED, 403),
            ("replace", "one by id", {"id": ID}, 403),
            ("replace", "a new one", FRESH, 404),
            ("delete", "one", TYPED, 403),
            ("delete", "one by id", {"id": ID}, 403),
        )
    ),
    Write("batch delete whole", "POST", "/v2/op/update", v2_batch("delete", id=ID)),
    Write("notify", "POST", "/v2/op/notify",
          {"subscriptionId": "x" * 24, "data": [{"id": ID, "type": GUARDED, **VALUE}]}),
)  # fmt: skip
LD_WRITES: Final = (
    Write("create", "POST", "/ngsi-ld/v1/entities", {"id": NEW, "type": GUARDED, **PROPERTY}),
    Write("create with the long name", "POST", "/ngsi-ld/v1/entities",
          {"id": NEW, "type": EXPANDED, **PROPERTY}),
    Write("create under another name", "POST", "/ngsi-ld/v1/entities",
          {"@context": ALIAS, "id": NEW, "type": "Harmless", **PROPERTY}, "application/ld+json"),
    Write("create with two types", "POST", "/ngsi-ld/v1/entities",
          {"id": NEW, "type": ["Room", GUARDED], **PROPERTY}),
    Write("replace", "PUT", LD, {"id": ID, "type": GUARDED, **PROPERTY}),
    Write("merge", "PATCH", LD, PROPERTY),
    Write("append", "POST", f"{LD}/attrs", PROPERTY),
    Write("update", "PATCH", f"{LD}/attrs", PROPERTY),
    Write("update an attribute", "PATCH", f"{LD}/attrs/snowHeight", {"value": 1}),
    Write("replace an attribute", "PUT", f"{LD}/attrs/snowHeight",
          {"type": "Property", "value": 1}),
    Write("delete an attribute", "DELETE", f"{LD}/attrs/snowHeight"),
    Write("delete", "DELETE", LD),
)  # fmt: skip
LD_BATCHES: Final = (
    Write("create", "POST", f"{BATCH}/create", [{"id": NEW, "type": GUARDED, **PROPERTY}]),
    Write("upsert", "POST", f"{BATCH}/upsert", [{"id": ID, "type": GUARDED, **PROPERTY}]),
    Write("upsert new", "POST", f"{BATCH}/upsert", [{"id": NEW, "type": GUARDED, **PROPERTY}]),
    Write("update", "POST", f"{BATCH}/update", [{"id": ID, "type": GUARDED, **PROPERTY}]),
    Write("merge", "POST", f"{BATCH}/merge", [{"id": ID, "type": GUARDED, **PROPERTY}]),
    Write("delete", "POST", f"{BATCH}/delete", [ID]),
)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Composed]:
    async with composed_city(tmp_path) as composed:
        await _measure(composed)
        yield composed


async def _measure(running: Composed) -> None:
    """One entity of a guarded type, written by the intake."""
    device = {
        "device_id": "W1",
        "apikey": KEY,
        "deviceClass": "weather",
        "owner": "city",
        "responsibleParty": "city",
        "contact": "city",
        "place": {
            "site": "chikaho",
            "municipality": "011002",
            "location": {"type": "Point", "coordinates": [141.35, 43.06]},
        },
    }
    approval = {"action": "approve", "role": "office"}
    for path, body in (
        ("/iot/devices", {"devices": [device]}),
        ("/v1/devices/W1/approval", approval),
        (f"/iot/json?k={KEY}&i=W1", {"snowHeight": 62.5}),
    ):
        async with running.client.post(path, json=body, headers=AUTHORIZED) as answer:
            assert answer.status < 300, await answer.text()


async def written(running: Composed, write: Write, headers: dict[str, str]) -> tuple[int, bytes]:
    data = None if write.body is None else orjson.dumps(write.body)
    media = {} if data is None else {"Content-Type": write.media}
    answer: ClientResponse
    async with running.client.request(
        write.method, write.path, data=data, headers={**headers, **media}
    ) as answer:
        return answer.status, await answer.read()


async def guarded(running: Composed) -> Any:
    """Every guarded entity, with the times of its changes, and its history."""
    options = "type=WeatherObserved&limit=1000&options=dateCreated,dateModified"
    shown = {}
    for path in (f"/v2/entities?{options}", f"{V2}/attrs/snowHeight?lastN=100"):
        async with running.client.get(path, headers=AUTHORIZED) as answer:
            shown[path] = await answer.json()
    return shown


@pytest.mark.parametrize("write", V2_WRITES, ids=lambda write: write.name)
async def test_ngsi_v2_does_not_write_what_the_intake_writes(
    running: Composed, write: Write
) -> None:
    before = await guarded(running)
    status, body = await written(running, write, AUTHORIZED)
    assert status == write.status, body
    assert await guarded(running) == before


@pytest.mark.parametrize("write", LD_WRITES, ids=lambda write: write.name)
async def test_ngsi_ld_does_not_write_what_the_intake_writes(
    running: Composed, write: Write
) -> None:
    before = await guarded(running)
    status, body = await written(running, write, AUTHORIZED)
    assert status == write.status, body
    assert await guarded(running) == before


@pytest.mark.parametrize("write", LD_BATCHES, ids=lambda write: write.name)
async def test_batches_of_ngsi_ld_do_not_write_what_the_intake_writes(
    running: Composed, write: Write
) -> None:
    before = await guarded(running)
    status, body = await written(running, write, AUTHORIZED)
    assert status == 403 or b'"status":403' in body, body
    assert await guarded(running) == before


async def test_an_entity_does_not_become_guarded_by_gaining_a_type(running: Composed) -> None:
    room = {"id": "urn:x:room", "type": "Room", **PROPERTY}
    await written(running, Write("", "POST", "/ngsi-ld/v1/entities", room), AUTHORIZED)
    before = await guarded(running)
    more = {"type": ["Room", GUARDED]}
    for method, path, body in (
        ("PATCH", "/ngsi-ld/v1/entities/urn:x:room", more),
        ("POST", "/ngsi-ld/v1/entities/urn:x:room/attrs", {**more, **PROPERTY}),
        ("PATCH", "/ngsi-ld/v1/entities/urn:x:room/attrs", {**more, **PROPERTY}),
        ("PUT", "/ngsi-ld/v1/entities/urn:x:room", {"id": "urn:x:room", **more, **PROPERTY}),
        ("POST", f"{BATCH}/update", [{"id": "urn:x:room", **more, **PROPERTY}]),
        ("POST", f"{BATCH}/merge", [{"id": "urn:x:room", **more, **PROPERTY}]),
    ):
        status, said = await written(running, Write("", method, path, body), AUTHORIZED)
        assert status == 403 or b'"status":403' in said, (method, path, status, said)
    assert await guarded(running) == before


async def test_not_even_every_scope_that_a_desk_issues_but_the_intakes_opens_them(
    running: Composed,
) -> None:
    scopes = [scope for scope in Scope if scope is not Scope.INGEST]
    wanted = {"name": "all", "scopes": scopes}
    async with running.client.post("/v1/tokens", json=wanted, headers=AUTHORIZED) as answer:
        token = (await answer.json())["token"]
    status, _ = await written(running, V2_WRITES[0], {"Authorization": f"Bearer {token}"})
    assert status == 403


async def test_an_own_type_is_written_through_both_faces(running: Composed) -> None:
    """The refusals above are about the type and nothing else."""
    entity = {"id": "urn:x:1", "type": "Room", **VALUE}
    assert (await written(running, Write("", "POST", "/v2/entities", entity), AUTHORIZED))[0] == 201
    path = "/ngsi-ld/v1/entities/urn:x:1"
    assert (await written(running, Write("", "PATCH", path, PROPERTY), AUTHORIZED))[0] == 204
    assert (await written(running, Write("", "DELETE", path), AUTHORIZED))[0] == 204

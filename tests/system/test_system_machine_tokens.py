"""A company's back end towards the broker: client_credentials, narrow, dead with its company."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import encode_basic_auth
from support.composed import AUTHORIZED, Composed, composed_city

from city.compose import World
from kernel.clock import ManualClock
from kernel.times import parse_instant

COMPANY = {
    "name": {"ja": "大通ガイド", "en": "Odori Guide"},
    "address": "札幌市中央区",
    "representative": "代表",
    "contact": "guide@odori.example",
}
MACHINE = {
    "name": {"ja": "連携", "en": "Feeder"},
    "kind": "machine",
    "scopes": ["ngsi:read", "ngsi:write"],
    "types": ["Bench"],
}
REMEMBERED_S = 1.1
"""Beyond what a guard remembers of a token."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(parse_instant("2026-11-21T00:00:00Z"))


@pytest.fixture
async def running(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Composed]:
    async with composed_city(tmp_path, world=World(clock=clock), http_port=1026) as composed:
        yield composed


async def operate(running: Composed, method: str, path: str, body: Any = None) -> Any:
    async with running.client.request(method, path, json=body, headers=AUTHORIZED) as answer:
        assert answer.status < 300, await answer.text()
        return await answer.json(content_type=None) if answer.status != 204 else None


async def token_of(running: Composed, client: Any) -> str:
    form = {"grant_type": "client_credentials", "scope": "ngsi:read ngsi:write"}
    headers = {"Authorization": encode_basic_auth(client["id"], client["secret"])}
    async with running.client.post("/oauth/token", data=form, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["access_token"])


async def ask(running: Composed, token: str, method: str = "GET", body: Any = None) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    path = "/v2/entities"
    async with running.client.request(method, path, json=body, headers=headers) as answer:
        return answer.status


async def test_a_machine_reads_and_writes_its_part_until_its_company_is_suspended(
    running: Composed, clock: ManualClock
) -> None:
    company = await operate(running, "POST", "/v1/companies", COMPANY)
    made = await operate(running, "POST", f"/v1/companies/{company['id']}/clients", MACHINE)
    token = await token_of(running, made)

    assert await ask(running, token) == 200
    assert await ask(running, token, "POST", {"id": "B1", "type": "Bench"}) == 201
    assert await ask(running, token, "POST", {"id": "R1", "type": "Room"}) == 403

    suspension = f"/v1/companies/{company['id']}/suspension"
    await operate(running, "PUT", suspension, {"reason": "breach"})
    clock.advance(REMEMBERED_S)
    assert await ask(running, token) == 401
    await operate(running, "DELETE", f"{suspension}?reason=cured")
    clock.advance(REMEMBERED_S)
    assert await ask(running, token) == 401  # MB4: what was dead stays dead
    assert await ask(running, await token_of(running, made)) == 200


async def test_an_ended_machine_is_refused_and_a_token_dies_with_its_time(
    running: Composed, clock: ManualClock
) -> None:
    company = await operate(running, "POST", "/v1/companies", COMPANY)
    made = await operate(running, "POST", f"/v1/companies/{company['id']}/clients", MACHINE)
    first, second = await token_of(running, made), ""
    clock.advance(301)
    assert await ask(running, first) == 401
    second = await token_of(running, made)
    await operate(running, "DELETE", f"/v1/clients/{made['id']}")
    clock.advance(REMEMBERED_S)
    assert await ask(running, second) == 401

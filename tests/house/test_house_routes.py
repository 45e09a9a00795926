"""Every door is declared, described and guarded; what is open is on a list, with its reason."""

import ast
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.composed import AUTHORIZED, Composed, composed_city

from kernel.permission import Scope
from serving.openapi import template

ROOT = Path(__file__).resolve().parents[2]
OPEN = {
    "GET /healthz",
    "GET /readyz",
    "GET /version",
    "GET /openapi.json",
    "GET /llms.txt",
    "GET /ns/odori-v1.jsonld",
    "GET /ns/sdm/device-v1.jsonld",
    "GET /ns/sdm/environment-v1.jsonld",
    "GET /ns/sdm/transportation-v1.jsonld",
    "GET /ns/sdm/weather-v1.jsonld",
    "GET /ns/schema/{type}.json",
    "GET /boards/static/{version}/{name}",
    "GET /.well-known/openid-configuration",
    "GET /.well-known/oauth-authorization-server",
    "GET /oauth/jwks",
    "GET /oauth/authorize",
    "POST /oauth/authorize",
    "GET /account/register",
    "POST /account/register",
    "GET /account/register/sent",
    "GET /account/verify",
    "POST /account/verify",
    "GET /account/verified",
    "GET /account/login",
    "POST /account/login",
    "GET /account/signed-out",
    "GET /account/recover",
    "POST /account/recover",
    "GET /account/recover/sent",
    "GET /account/static/{version}/{name}",
    "GET /terms/{terms}",
    "GET /members",
    "GET /v1/members",
    "GET /staff",
    "GET /staff/sign-in",
    "POST /staff/sign-in",
    "GET /staff/static/{version}/{name}",
}
NEEDS_MORE = {
    "GET /ns/schema/{type}.json",
    "GET /boards/static/{version}/{name}",
    "GET /account/static/{version}/{name}",
    "GET /staff/static/{version}/{name}",
    "GET /terms/{terms}",
    "GET /account/verify",
    "GET /oauth/authorize",
}
"""Open, but what is there has a name that this walk does not know."""
CATCH_ALL = "* /{anything}"
"""Refuses every request that no route is declared for."""

Operation = dict[str, Any]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Composed]:
    async with composed_city(tmp_path) as composed:
        yield composed


async def operations(running: Composed) -> dict[str, Operation]:
    """`GET /v2` → its operation in the document."""
    described = await (await running.client.get("/openapi.json")).json()
    return {
        f"{method.upper()} {path}": operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }


def schemes(operation: Operation) -> set[str]:
    return {name for one in operation["security"] for name in one}


async def without_token(running: Composed, name: str) -> int:
    method, path = name.split(" ")
    concrete = re.sub(r"{\w+}", "1", path)
    # A form is needed to get as far as the question who sends it.
    form = (
        {"token": "x", "csrf": "x"} if concrete.startswith("/oauth") and method == "POST" else None
    )
    async with running.client.request(method, concrete, data=form, allow_redirects=False) as answer:
        return answer.status


async def test_every_registered_route_is_in_the_document_and_the_other_way_round(
    running: Composed,
) -> None:
    registered = {
        f"{route.method} {template(route.resource.canonical)}"
        for route in running.city.app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    declared = set(await operations(running))
    # The same door with a slash at its end is not another door.
    aliases = {name for name in registered - declared if name.removesuffix("/") in declared}
    assert registered - aliases - {CATCH_ALL} == declared


async def test_every_route_says_what_it_does_and_how_it_answers(running: Composed) -> None:
    for name, operation in (await operations(running)).items():
        assert operation["summary"], name
        assert set(operation["responses"]) - {"default", "401", "403"}, name


async def test_every_route_of_a_standard_names_its_clause(running: Composed) -> None:
    spoken = ("/v2", "/ngsi-ld", "/iot/")
    for name, operation in (await operations(running)).items():
        if name.partition(" ")[2].startswith(spoken):
            assert operation.get("description"), name


async def test_the_names_of_operations_are_unique(running: Composed) -> None:
    names = [operation["operationId"] for operation in (await operations(running)).values()]
    assert len(names) == len(set(names))


async def test_nothing_is_open_but_what_is_on_the_list(running: Composed) -> None:
    declared = {name for name, one in (await operations(running)).items() if not one["security"]}
    assert declared == OPEN


def test_the_manual_lists_what_is_open() -> None:
    page = (ROOT / "docs" / "open-routes.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+ /\S*)`", page, re.MULTILINE)) == OPEN


async def test_without_a_token_every_guarded_route_answers_401(running: Composed) -> None:
    guarded = [
        name for name, one in (await operations(running)).items() if "bearer" in schemes(one)
    ]
    assert len(guarded) > 40
    answers = {name: await without_token(running, name) for name in guarded}
    assert {name: status for name, status in answers.items() if status != 401} == {}


async def test_without_a_key_every_route_of_devices_answers_403(running: Composed) -> None:
    keyed = [name for name, one in (await operations(running)).items() if "device" in schemes(one)]
    assert len(keyed) == 5
    assert {await without_token(running, name) for name in keyed} == {403}


async def test_without_their_credential_the_routes_of_the_identity_refuse_or_lead_to_the_login(
    running: Composed,
) -> None:
    refusals = {"client": {401}, "company": {401}, "session": {303, 403}, "staff": {303, 401}}
    answers: dict[str, list[int]] = {scheme: [] for scheme in refusals}
    for name, one in (await operations(running)).items():
        for scheme in schemes(one) & refusals.keys():
            status = await without_token(running, name)
            answers[scheme].append(status)
            assert status in refusals[scheme], (name, status)
    assert {scheme: len(found) > 2 for scheme, found in answers.items()} == dict.fromkeys(
        refusals, True
    )


async def test_open_routes_answer_without_a_token(running: Composed) -> None:
    reading = {name for name in OPEN if name.startswith("GET ")}
    for name in reading - NEEDS_MORE:
        assert await without_token(running, name) in {200, 303}, name


@pytest.mark.parametrize("path", ["/v3/entities", "/v1", "/admin", "/%2e%2e/etc/passwd"])
async def test_a_path_that_nobody_serves_is_not_there(running: Composed, path: str) -> None:
    for headers in ({}, AUTHORIZED):
        async with running.client.get(path, headers=headers) as answer:
            assert answer.status == 404


async def test_a_token_opens_what_its_scopes_say_and_no_more(running: Composed) -> None:
    wanted = {"name": "reader", "scopes": [Scope.NGSI_READ]}
    async with running.client.post("/v1/tokens", json=wanted, headers=AUTHORIZED) as answer:
        reader = {"Authorization": f"Bearer {(await answer.json())['token']}"}
    for path, status in (("/v2/entities", 200), ("/metrics", 403), ("/v1/devices", 403)):
        async with running.client.get(path, headers=reader) as answer:
            assert answer.status == status
    async with running.client.delete("/v2/entities/x", headers=reader) as answer:
        assert answer.status == 403


def test_routes_are_registered_in_one_place_behind_the_gate() -> None:
    """A handler that went to aiohttp's router directly would be open."""
    rooms = ("kernel", "serving", "broker", "storage", "ingest", "oauth", "sensors", "dashboard")
    registering = {
        str(path.relative_to(ROOT))
        for room in (*rooms, "city")
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"router", "add_route", "add_get", "add_static", "RouteTableDef"}
    }
    assert "serving/app.py" in registering
    assert registering <= {"serving/app.py", "serving/gate.py"}


async def test_the_plain_words_show_each_door_with_a_command(running: Composed) -> None:
    text = await (await running.client.get("/llms.txt")).text()
    assert text.startswith("# Odori\n")
    for prefix in ("/v2", "/ngsi-ld", "/iot", "/v1/devices", "/v1/tokens", "/ns"):
        assert re.search(rf"\(`{prefix}`\).*\n\n      curl .*\$ODORI{prefix}", text), prefix


async def test_the_document_says_which_key_or_scope_opens_a_door(running: Composed) -> None:
    described = await operations(running)
    assert described["GET /metrics"]["security"] == [
        {"bearer": ["operator"]},
        {"fiware": ["operator"]},
    ]
    assert described["POST /iot/json"]["security"] == [{"device": []}]

"""The attribute API over HTTP: where a token is read, and how errors are worded."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from support.consent_world import World

from kernel.errors import UnauthenticatedError
from kernel.permission import Principal
from oauth.attributes.api import AttributeApi
from oauth.model.items import Item
from oauth.model.kinds import CLIENTS
from oauth.model.token import PREFIX as OPERATOR_PREFIX
from serving.app import build_app

Client = TestClient[web.Request, web.Application]


class NobodyKnown:
    """These routes check their tokens themselves."""

    async def authenticate(self, _: web.Request) -> Principal:
        raise UnauthenticatedError


@pytest.fixture
async def world() -> World:
    made = World()
    await made.open()
    return made


@pytest.fixture
async def http(world: World) -> AsyncIterator[Client]:
    surface = AttributeApi(release=world.release, ids=world.ids).surface()
    app = build_app(
        [surface], authenticator=NobodyKnown(), registry=CollectorRegistry(), clock=world.clock
    )
    async with TestClient(TestServer(app)) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def get(http: Client, path: str, token: str) -> tuple[ClientResponse, Any]:
    response = await http.get(path, headers=bearer(token))
    return response, await response.json()


async def test_cn12_the_bytes_that_left_are_the_bytes_of_the_record(
    world: World, http: Client
) -> None:
    await world.agree()
    response = await http.get("/v1/attributes", headers=bearer(await world.token()))
    body = await response.read()
    (record,) = await world.records()
    assert response.status == 200
    assert hashlib.sha256(body).hexdigest() == record.answer_sha256
    assert response.headers["X-Request-Id"] == record.request_id
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("items", "status"),
    [
        ("profile.birth_year:decade,email", 200),
        ("profile.birth_year", 200),
        ("openid", 200),
        ("", 200),
        ("profile.birth_year:year", 403),
        ("profile.birth_year:century", 400),
        ("profile.shoe_size", 400),
        ("email,email:verified", 400),
        ("email," * 200, 400),
    ],
)
async def test_items_are_asked_for_by_name_and_granularity(
    world: World, http: Client, items: str, status: int
) -> None:
    await world.agree()
    response = await http.get(
        "/v1/attributes", params={"items": items}, headers=bearer(await world.token())
    )
    assert response.status == status


async def test_cn2_insufficient_scope_is_a_403_in_the_words_of_rfc_6750(
    world: World, http: Client
) -> None:
    await world.agree()
    token = await world.token()
    response, body = await get(http, "/v1/attributes?items=profile.birth_year:year", token)
    assert response.status == 403
    assert body["error"] == "insufficient_scope"
    assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]


async def test_a_dead_token_is_a_401_in_the_words_of_rfc_6750(world: World, http: Client) -> None:
    await world.agree()
    token = await world.token()
    await world.consents.withdraw("person", "app")
    told = set()
    for text in (token, "odori_at_unknown"):
        for path in ("/v1/attributes", "/oauth/userinfo"):
            response, body = await get(http, path, text)
            assert response.status == 401
            assert response.headers["Cache-Control"] == "no-store"
            told.add((body["error"], response.headers["WWW-Authenticate"]))
    challenge = 'Bearer realm="odori", error="invalid_token"'
    description = 'error_description="The access token is not valid"'
    assert told == {("invalid_token", f"{challenge}, {description}")}


async def test_check_42_a_token_anywhere_but_in_the_header_is_not_accepted(
    world: World, http: Client
) -> None:
    await world.agree()
    token = await world.token()
    for response in (
        await http.get("/v1/attributes", params={"access_token": token}),
        await http.get("/oauth/userinfo", params={"access_token": token}),
        await http.post("/oauth/userinfo", data={"access_token": token}),
        await http.get("/v1/attributes", headers={"X-Auth-Token": token}),
        await http.get("/v1/attributes", headers={"Authorization": f"Basic {token}"}),
        await http.get("/v1/attributes", headers={"Authorization": "Bearer "}),
    ):
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="odori"'
    assert await world.records() == []


async def test_two_authorization_headers_are_refused(world: World, http: Client) -> None:
    await world.agree()
    token = await world.token()
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", "Bearer other")]
    assert (await http.get("/v1/attributes", headers=headers)).status == 400


async def test_check_18_a_repeated_parameter_is_refused(world: World, http: Client) -> None:
    await world.agree()
    token = await world.token()
    response, body = await get(http, "/v1/attributes?items=email&items=profile.name", token)
    assert (response.status, body["error"]) == (400, "invalid_request")


async def test_userinfo_answers_get_and_post_alike(world: World, http: Client) -> None:
    await world.agree()
    token = await world.token()
    by_get = await (await http.get("/oauth/userinfo", headers=bearer(token))).json()
    by_post = await (await http.post("/oauth/userinfo", headers=bearer(token))).json()
    assert by_get == by_post
    assert by_get["birth_band"] == "1980s"


async def test_check_18_a_large_body_is_a_413(world: World, http: Client) -> None:
    await world.agree()
    response = await http.post(
        "/oauth/userinfo", headers=bearer(await world.token()), data=b"x" * 65_537
    )
    assert response.status == 413


async def test_cn11_an_answer_that_cannot_be_recorded_is_a_503(world: World, http: Client) -> None:
    await world.agree()
    token = await world.token()

    async def go_away() -> None:
        world.memory.away = True

    world.memory.meanwhile = go_away
    response, body = await get(http, "/v1/attributes", token)
    assert response.status == 503
    assert body == {
        "error": "temporarily_unavailable",
        "error_description": "The database is not available",
    }
    assert "Retry-After" in response.headers


async def test_unknown_people_and_people_without_consent_look_the_same(
    world: World, http: Client
) -> None:
    await world.person("silent")
    own = await world.own_token()
    silent = await world.subjects.sub(await world.value(CLIENTS, "app"), "silent")
    answers = [await get(http, f"/v1/attributes?sub={sub}", own) for sub in ("unknown", silent)]
    assert [response.status for response, _ in answers] == [404, 404]
    assert answers[0][1] == answers[1][1]


async def test_a_person_who_is_not_present_is_read_by_sub(world: World, http: Client) -> None:
    await world.agree({Item.NAME})
    sub = await world.subjects.sub(await world.value(CLIENTS, "app"), "person")
    response, body = await get(http, f"/v1/attributes?sub={sub}", await world.own_token())
    assert response.status == 200
    assert {one["item"] for one in body["items"]} == {"profile.name", "profile.birth_year"}


async def test_ids_come_in_pages(world: World, http: Client) -> None:
    await world.agree()
    token = await world.own_token()
    sub = await world.subjects.sub(await world.value(CLIENTS, "app"), "person")
    _, body = await get(http, "/v1/subjects?limit=1", token)
    assert body == {"subjects": [sub], "next": sub}
    _, body = await get(http, f"/v1/subjects?after={sub}", token)
    assert body == {"subjects": []}


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "１", "99999", ""])
async def test_a_limit_outside_its_range_is_refused(world: World, http: Client, limit: str) -> None:
    token = await world.own_token()
    response = await http.get("/v1/subjects", params={"limit": limit}, headers=bearer(token))
    assert response.status == 400


async def test_a_method_that_does_not_exist_is_worded_by_the_same_face(http: Client) -> None:
    response = await http.delete("/v1/attributes")
    assert response.status == 405
    assert "GET" in response.headers["Allow"]
    assert (await response.json())["error"] == "invalid_request"


async def test_tokens_of_operators_open_nothing_here(http: Client) -> None:
    response = await http.get("/v1/attributes", headers=bearer(OPERATOR_PREFIX + "x" * 43))
    assert response.status == 401

import pytest
from aiohttp import web
from support.asking import asking
from support.tokens import MemoryTokens

from kernel.clock import ManualClock
from kernel.ids import SeededIds
from kernel.permission import Principal, Scope
from kernel.times import Instant
from oauth.guard import OpenDoor, TokenGuard
from oauth.model.token import Secret
from oauth.routes import surface
from oauth.tokens.desk import TokenDesk, TokenRequest
from serving.access import OPEN, PRINCIPAL
from serving.app import Surface
from serving.replies import json_reply
from serving.routes import Route


class Desk:
    """A token desk, its guard and two routes to try them on."""

    def __init__(self) -> None:
        self.clock = ManualClock(Instant(1_700_000_000_000_000))
        self.store = MemoryTokens()
        self.guard = TokenGuard(store=self.store, clock=self.clock)
        self.tokens = TokenDesk(store=self.store, clock=self.clock, ids=SeededIds(1))
        self.surfaces = [
            surface(self.tokens),
            Surface(
                [
                    Route("GET", "/open", _say_who, OPEN, "Open"),
                    Route("GET", "/read", _say_who, Scope.NGSI_READ, "Needs a scope"),
                ]
            ),
        ]

    async def issue(self, *scopes: Scope, ttl_s: int = 0) -> dict[str, str]:
        wanted = TokenRequest("reader", frozenset(scopes), ttl_s=ttl_s)
        secret = await self.tokens.issue(wanted)
        return {"Authorization": f"Bearer {secret.reveal()}"}


async def _say_who(request: web.Request) -> web.Response:
    return json_reply({"name": request[PRINCIPAL].name})


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_without_a_token_only_open_routes_answer(desk: Desk) -> None:
    async with asking(desk.surfaces, desk.guard, clock=desk.clock) as client:
        assert (await client.get("/open")).status == 200
        assert (await client.get("/read")).status == 401
        assert (await client.get("/v1/tokens")).status == 401


async def test_a_token_opens_what_its_scopes_say_and_nothing_else(desk: Desk) -> None:
    headers = await desk.issue(Scope.NGSI_READ)
    async with asking(desk.surfaces, desk.guard, clock=desk.clock) as client:
        answer = await client.get("/read", headers=headers)
        assert (answer.status, await answer.json()) == (200, {"name": "reader"})
        assert (await client.get("/v1/tokens", headers=headers)).status == 403


async def test_fiware_clients_may_send_x_auth_token(desk: Desk) -> None:
    headers = await desk.issue(Scope.NGSI_READ)
    secret = headers["Authorization"].removeprefix("Bearer ")
    async with asking(desk.surfaces, desk.guard, clock=desk.clock) as client:
        assert (await client.get("/read", headers={"X-Auth-Token": secret})).status == 200
        assert (await client.get(f"/read?access_token={secret}")).status == 401


async def test_an_open_door_refuses_bearer_tokens_of_nobody_alone(desk: Desk) -> None:
    reader = Principal("anybody", frozenset({Scope.NGSI_READ}))
    door = OpenDoor(reader, desk.guard)
    known = (await desk.issue(Scope.OPERATOR))["Authorization"].removeprefix("Bearer ")
    async with asking(desk.surfaces, door, clock=desk.clock) as client:
        for headers, status in (
            ({}, 200),
            ({"Authorization": "Bearer nobody"}, 401),
            ({"X-Auth-Token": "nobody"}, 200),
            ({"X-Auth-Token": known}, 403),  # whoever is known has their own scopes
        ):
            assert (await client.get("/read", headers=headers)).status == status


async def test_an_expired_token_is_refused_like_an_unknown_one(desk: Desk) -> None:
    headers = await desk.issue(Scope.NGSI_READ, ttl_s=60)
    async with asking(desk.surfaces, desk.guard, clock=desk.clock) as client:
        desk.clock.advance(61)
        expired = await client.get("/read", headers=headers)
        unknown = await client.get("/read", headers={"Authorization": "Bearer nobody"})
        assert expired.status == unknown.status == 401
        assert await expired.read() == await unknown.read()


async def test_a_revoked_token_is_refused_after_a_second(desk: Desk) -> None:
    headers = await desk.issue(Scope.NGSI_READ)
    async with asking(desk.surfaces, desk.guard, clock=desk.clock) as client:
        assert (await client.get("/read", headers=headers)).status == 200
        await desk.tokens.revoke("reader")
        desk.clock.advance(1.01)
        assert (await client.get("/read", headers=headers)).status == 401


async def test_the_secret_is_shown_once_and_stored_as_a_digest(desk: Desk) -> None:
    headers = await desk.issue(Scope.OPERATOR)
    async with asking(desk.surfaces, desk.guard, clock=desk.clock) as client:
        body = {"name": "board", "scopes": ["boards"]}
        answer = await client.post("/v1/tokens", json=body, headers=headers)
        secret = (await answer.json())["token"]
        listed = await (await client.get("/v1/tokens", headers=headers)).text()
    assert answer.status == 201
    assert secret not in listed
    assert desk.store.tokens["board"].digest == Secret(secret).digest
    assert secret not in repr(desk.store.tokens)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"name": "x"}',
        b'{"name": "x", "scopes": ["root"]}',
        b'{"name": "x", "scopes": ["boards"], "ttl_s": -1}',
        b'{"name": "x", "scopes": ["boards"], "ttl_s": 9000000000000000}',
        b"\xff",
    ],
)
async def test_a_malformed_request_is_refused_without_an_echo(desk: Desk, body: bytes) -> None:
    headers = await desk.issue(Scope.OPERATOR)
    async with asking(desk.surfaces, desk.guard, clock=desk.clock) as client:
        answer = await client.post("/v1/tokens", data=body, headers=headers)
        assert answer.status == 400
        assert "root" not in await answer.text()


def test_a_secret_does_not_print() -> None:
    assert repr(Secret("odori_op_x")) == "Secret(…)"


async def test_of_two_authorization_headers_none_counts(desk: Desk) -> None:
    known = (await desk.issue(Scope.NGSI_READ))["Authorization"]
    async with asking(desk.surfaces, desk.guard, clock=desk.clock) as client:
        for sent in ([known, "Bearer other"], ["Basic eA==", known], [known, known]):
            answer = await client.get("/read", headers=[("Authorization", one) for one in sent])
            assert answer.status == 400
        assert (await client.get("/read", headers={"Authorization": known})).status == 200

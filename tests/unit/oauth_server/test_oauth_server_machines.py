import pytest
from aiohttp import web
from support.oauth_server import ServerWorld, Talk, bearer

from kernel.permission import Scope
from oauth.model.kinds import CLIENTS, CONTRACTS
from oauth.model.token import Secret, Token
from serving.access import PRINCIPAL
from serving.app import Surface
from serving.replies import json_reply
from serving.routes import Route

STANDING = "client:machine"
"""The token that nobody can show: it stands for the client."""


async def _tell(request: web.Request) -> web.Response:
    principal = request[PRINCIPAL]
    return json_reply(
        {
            "name": principal.name,
            "scopes": sorted(principal.scopes),
            "tenants": sorted(principal.tenants or ()),
            "types": sorted(principal.permission.types or ()),
        }
    )


NGSI = Surface([Route("GET", "/v2/entities", _tell, Scope.NGSI_READ, "A route of the broker")])


async def test_a_machines_token_opens_the_brokers_door_for_its_part_of_the_data(
    world: ServerWorld,
) -> None:
    async with world.served([NGSI]) as talk:
        issued = await talk.token("machine", grant_type="client_credentials")
        read = await talk.send("GET", "/v2/entities", headers=bearer(issued.json["access_token"]))
    assert issued.json["scope"] == "ngsi:read ngsi:write"
    assert (issued.json["token_type"], issued.json["expires_in"]) == ("Bearer", 300)
    assert "refresh_token" not in issued.json
    said = read.json
    assert said.pop("name").startswith("client:machine:")
    assert said == {
        "scopes": ["ngsi:read", "ngsi:write"],
        "tenants": ["sapporo"],
        "types": ["Room"],
    }


async def test_a_machine_may_ask_for_less_and_not_for_more(talk: Talk) -> None:
    less = await talk.token("machine", grant_type="client_credentials", scope="ngsi:read")
    assert less.json["scope"] == "ngsi:read"
    for scope in ("operator", "ngsi:read city:flow", "subjects"):
        answer = await talk.token("machine", grant_type="client_credentials", scope=scope)
        assert (answer.status, answer.error) == (400, "invalid_scope")


async def test_no_machine_is_ever_an_operator(world: ServerWorld, talk: Talk) -> None:
    await world.change(CLIENTS, "machine", scopes=frozenset({"operator", "ingest", "ngsi:read"}))
    issued = await talk.token("machine", grant_type="client_credentials")
    assert issued.json["scope"] == "ngsi:read"
    await world.change(CLIENTS, "machine", scopes=frozenset({"operator"}))
    refused = await talk.token("machine", grant_type="client_credentials")
    assert (refused.status, refused.error) == (400, "invalid_scope")


async def test_a_machines_token_expires_is_swept_and_takes_nobody_with_it(
    world: ServerWorld,
) -> None:
    operator = Token("client", Secret("x").digest, frozenset({Scope.OPERATOR}), world.clock.now())
    await world.store.put(operator)
    async with world.served([NGSI]) as talk:
        headers = bearer(
            (await talk.token("machine", grant_type="client_credentials")).json["access_token"]
        )
        world.clock.advance(299)
        assert await world.machines.sweep() == 0
        assert (await talk.send("GET", "/v2/entities", headers=headers)).status == 200
        world.clock.advance(1)
        assert (await talk.send("GET", "/v2/entities", headers=headers)).status == 401
    assert await world.machines.sweep() == 1
    assert list(world.store.tokens) == [operator.name, STANDING]


async def test_a_machine_revokes_its_own_tokens_and_nobody_elses(
    world: ServerWorld, talk: Talk
) -> None:
    await world.store.put(
        Token("board", Secret("op").digest, frozenset({Scope.BOARDS}), world.clock.now())
    )
    token = (await talk.token("machine", grant_type="client_credentials")).json["access_token"]
    assert (await talk.call("/oauth/revoke", "app", token=token)).error == "invalid_grant"
    assert (await talk.call("/oauth/revoke", "machine", token="op")).status == 200
    assert len(world.store.tokens) == 3
    assert (await talk.call("/oauth/revoke", "machine", token=token)).status == 200
    assert list(world.store.tokens) == ["board", STANDING]


async def test_shutting_a_client_out_ends_its_tokens_and_no_others(
    world: ServerWorld, talk: Talk
) -> None:
    await world.store.put(
        Token("machine", Secret("op").digest, frozenset({Scope.BOARDS}), world.clock.now())
    )
    for _ in range(2):
        await talk.token("machine", grant_type="client_credentials")
    await world.machines.end("mach")
    assert len(world.store.tokens) == 4
    await world.machines.end("machine")
    assert list(world.store.tokens) == ["machine"]


async def test_one_holder_stands_behind_all_tokens_of_a_client_until_it_is_shut_out(
    world: ServerWorld, talk: Talk
) -> None:
    async def holder(scope: str) -> str:
        issued = await talk.token("machine", grant_type="client_credentials", scope=scope)
        found = await world.machines.find(issued.json["access_token"])
        assert found is not None
        return found.held_by

    first = await holder("ngsi:read")
    world.clock.advance(301)
    await world.machines.sweep()
    assert await holder("ngsi:write") == first
    standing = await world.store.by_name(STANDING)
    assert standing is not None
    assert (standing.held_by, standing.expires_at) == (first, None)
    assert standing.scopes == {Scope.NGSI_READ, Scope.NGSI_WRITE}  # whatever was asked for first

    await world.machines.end("machine")
    assert await world.store.by_name(STANDING) is None
    assert await holder("ngsi:read") != first


async def test_a_service_gets_scopes_of_its_own(world: ServerWorld, talk: Talk) -> None:
    issued = await talk.token(grant_type="client_credentials")
    assert issued.json["scope"] == "attributes subjects"
    await talk.tokens()
    listed = await talk.send("GET", "/v1/subjects", headers=bearer(issued.json["access_token"]))
    assert len(listed.json["subjects"]) == 1
    outside = await talk.token(grant_type="client_credentials", scope="records")
    assert outside.error == "invalid_scope"
    await world.change(CONTRACTS, "contract-app", records=True)
    inside = await talk.token(grant_type="client_credentials", scope="records")
    assert inside.json["scope"] == "records"


@pytest.mark.parametrize("scope", ["openid", "email", "ngsi:read", "x"])
async def test_a_service_cannot_ask_for_a_person_in_its_own_name(talk: Talk, scope: str) -> None:
    answer = await talk.token(grant_type="client_credentials", scope=scope)
    assert answer.error == "invalid_scope"


async def test_a_service_without_a_contract_in_force_gets_nothing(
    world: ServerWorld, talk: Talk
) -> None:
    await world.change(CONTRACTS, "contract-app", signed_on=None)
    answer = await talk.token(grant_type="client_credentials")
    assert (answer.status, answer.error) == (400, "unauthorized_client")


async def test_a_resource_server_gets_no_token(talk: Talk) -> None:
    answer = await talk.token("rs", grant_type="client_credentials")
    assert (answer.status, answer.error) == (400, "unauthorized_client")

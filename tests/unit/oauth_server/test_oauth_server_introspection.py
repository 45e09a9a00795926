import msgspec
import pytest
from support.consent_world import ISSUER
from support.oauth_server import Answer, ServerWorld, Talk, bearer

from kernel.times import SECOND_US
from oauth.model.items import Item
from oauth.model.kinds import ACCESS_TOKENS, CONTRACTS

INACTIVE = b'{"active":false}'


async def ask(talk: Talk, token: str, client: str = "rs") -> Answer:
    return await talk.call("/oauth/introspect", client, token=token)


async def test_check_41_a_live_token_is_told_with_the_pairwise_id_of_its_client(
    world: ServerWorld, talk: Talk
) -> None:
    answer = await talk.tokens()
    now_s = world.clock.now() // SECOND_US
    told = await ask(talk, answer["access_token"])
    sub = (await talk.userinfo(answer["access_token"])).json["sub"]
    assert told.headers["Cache-Control"] == "no-store"
    assert told.json == {
        "active": True,
        "scope": "email openid profile.birth_year",
        "client_id": "app",
        "token_type": "Bearer",
        "aud": ISSUER,
        "iss": ISSUER,
        "sub": sub,
        "exp": now_s + 300,
        "iat": now_s,
    }


async def test_check_41_whoever_does_not_authenticate_is_refused(talk: Talk) -> None:
    answer = await talk.send("POST", "/oauth/introspect", data={"token": "x"})
    assert (answer.status, answer.error) == (401, "invalid_client")


async def test_check_41_a_service_may_not_ask(talk: Talk) -> None:
    answer = await talk.tokens()
    told = await ask(talk, answer["access_token"], "app")
    assert (told.status, told.error) == (400, "unauthorized_client")


async def test_check_41_a_question_names_a_token(talk: Talk) -> None:
    assert (await ask(talk, "")).error == "invalid_request"


@pytest.mark.parametrize("token", ["x", "odori_at_x", "odori_op_x", "é"])
async def test_check_41_an_unknown_token_is_inactive(talk: Talk, token: str) -> None:
    answer = await ask(talk, token)
    assert (answer.status, answer.body) == (200, INACTIVE)


async def test_check_41_whatever_ends_reading_makes_a_token_inactive(
    world: ServerWorld, talk: Talk
) -> None:
    answer = await talk.tokens()
    token = answer["access_token"]
    assert (await ask(talk, answer["refresh_token"])).body == INACTIVE
    stored = (await world.vault.shelf(ACCESS_TOKENS).all())[0].value
    await world.change(ACCESS_TOKENS, stored.digest, audience="https://other.example")
    assert (await ask(talk, token)).body == INACTIVE
    await world.change(ACCESS_TOKENS, stored.digest, audience=ISSUER)
    await world.change(CONTRACTS, "contract-app", signed_on=None)
    assert (await ask(talk, token)).body == INACTIVE
    await world.change(CONTRACTS, "contract-app", signed_on=world.clock.now())
    assert (await ask(talk, token)).json["active"]
    await world.consents.withdraw("person", "app")
    assert (await ask(talk, token)).body == INACTIVE


async def test_check_41_scopes_that_were_taken_back_are_not_told(
    world: ServerWorld, talk: Talk
) -> None:
    """A resource server elsewhere asks nobody but us, item by item."""
    cookie = await world.sign_in()
    await talk.code(cookie, ("email",))
    token = (await talk.tokens(cookie))["access_token"]
    assert (await ask(talk, token)).json["scope"] == "email openid profile.birth_year"
    await world.consents.withdraw_item("person", "app", Item.EMAIL)
    assert (await ask(talk, token)).json["scope"] == "openid profile.birth_year"
    contract = await world.value(CONTRACTS, "contract-app")
    fewer = tuple(one for one in contract.items if one.item is not Item.BIRTH_YEAR)
    await world.change(CONTRACTS, "contract-app", items=fewer, version=2)
    assert (await ask(talk, token)).json["scope"] == "openid"
    other = msgspec.structs.replace(contract.purpose, id="another")
    await world.change(CONTRACTS, "contract-app", purpose=other, version=3)
    assert (await ask(talk, token)).body == INACTIVE


async def test_check_41_an_expired_token_is_inactive(world: ServerWorld, talk: Talk) -> None:
    token = (await talk.tokens())["access_token"]
    world.clock.advance(300)
    assert (await ask(talk, token)).body == INACTIVE


async def test_check_41_a_companys_own_token_is_about_nobody(talk: Talk) -> None:
    issued = await talk.token(grant_type="client_credentials", scope="subjects")
    told = (await ask(talk, issued.json["access_token"])).json
    assert (told["active"], told["scope"]) == (True, "subjects")
    assert "sub" not in told


async def test_check_42_an_access_token_counts_in_the_header_alone(talk: Talk) -> None:
    token = (await talk.tokens())["access_token"]
    asked = await talk.send("GET", f"/oauth/userinfo?access_token={token}")
    posted = await talk.send("POST", "/oauth/userinfo", data={"access_token": token})
    read = await talk.send("GET", f"/v1/attributes?access_token={token}")
    assert asked.status == posted.status == 401
    assert read.status in {400, 401}
    assert (await talk.send("GET", "/oauth/userinfo", headers=bearer(token))).status == 200

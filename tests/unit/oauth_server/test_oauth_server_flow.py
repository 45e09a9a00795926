from joserfc import jwt
from joserfc.jwk import KeySet
from support.consent_world import ISSUER
from support.oauth_server import STATE, ServerWorld, Talk

from kernel.times import SECOND_US
from oauth.model.kinds import CLIENTS
from oauth.server.protocol.claims import ACR


async def test_oidcc_server_a_person_consents_and_the_service_reads_just_that(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    back = await talk.decide(page, cookie, **{"item:email": "on"})
    assert (back.carried["state"], back.carried["iss"]) == (STATE, ISSUER)
    answer = await talk.redeem(back.carried["code"])
    read = await talk.userinfo(answer.json["access_token"])
    assert read.status == 200
    assert read.json["email"] == "hanako@mail.example"
    assert read.json["birth_band"] == "1980s"
    assert "family_name" not in read.json


async def test_oidcc_server_the_id_token_says_who_logged_in_and_nothing_else(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    logged_in_s = world.clock.now() // SECOND_US
    world.clock.advance(20)
    answer = (await talk.redeem(await talk.code(cookie))).json
    keys = KeySet.import_key_set((await talk.send("GET", "/oauth/jwks")).json)
    token = jwt.decode(answer["id_token"], keys, algorithms=["ES256"])
    assert token.header["typ"] == "JWT"
    assert token.header["kid"] in {key.kid for key in keys}
    assert token.claims == {
        "iss": ISSUER,
        "sub": await world.subjects.sub(await world.value(CLIENTS, "app"), "person"),
        "aud": "app",
        "exp": logged_in_s + 20 + 300,
        "iat": logged_in_s + 20,
        "auth_time": logged_in_s,
        "acr": ACR,
        "nonce": "n-1",
    }


async def test_oidcc_ensure_request_without_nonce_succeeds(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    answer = await talk.redeem(await talk.code(cookie, nonce=""))
    keys = KeySet.import_key_set((await talk.send("GET", "/oauth/jwks")).json)
    assert "nonce" not in jwt.decode(answer.json["id_token"], keys, algorithms=["ES256"]).claims


async def test_oidcc_userinfo_sub_is_that_of_the_id_token(talk: Talk) -> None:
    answer = await talk.tokens()
    keys = KeySet.import_key_set((await talk.send("GET", "/oauth/jwks")).json)
    claims = jwt.decode(answer["id_token"], keys, algorithms=["ES256"]).claims
    assert (await talk.userinfo(answer["access_token"])).json["sub"] == claims["sub"]

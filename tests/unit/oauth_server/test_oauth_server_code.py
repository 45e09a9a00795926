import asyncio

import pytest
from msgspec.structs import replace
from support.oauth_server import (
    REDIRECT_URI,
    SECRETS,
    Answer,
    ServerWorld,
    Talk,
    basic,
)

from kernel.errors import UnavailableError
from oauth.model.grants import AccessToken
from oauth.model.kinds import ACCESS_TOKENS, CLIENTS, COMPANIES, GRANTS, PROVISIONS


async def is_dead(talk: Talk, token: str) -> bool:
    return (await talk.userinfo(token)).status == 401


def refused(answer: Answer, error: str = "invalid_grant", status: int = 400) -> bool:
    return (answer.status, answer.error) == (status, error)


@pytest.mark.parametrize("verifier", ["w" * 43, "v" * 44, "short", "v" * 42 + "é", "v" * 129])
async def test_check_20_a_wrong_verifier_burns_the_code(
    world: ServerWorld, talk: Talk, verifier: str
) -> None:
    code = await talk.code(await world.sign_in())
    assert refused(await talk.redeem(code, code_verifier=verifier))
    assert refused(await talk.redeem(code))
    assert [one.kind for one in await world.alarms()] == ["code-unproven"]


async def test_check_20_nothing_proves_a_code_that_has_no_challenge(
    world: ServerWorld, talk: Talk
) -> None:
    code = await talk.code(await world.sign_in())
    grant = (await world.grants())[0]
    assert grant.code is not None
    await world.change(GRANTS, grant.id, code=replace(grant.code, challenge=""))
    assert refused(await talk.redeem(code))


async def test_check_20_another_redirect_uri_burns_the_code(world: ServerWorld, talk: Talk) -> None:
    code = await talk.code(await world.sign_in())
    assert refused(await talk.redeem(code, redirect_uri=REDIRECT_URI + "?shop=1"))
    assert refused(await talk.redeem(code))


@pytest.mark.parametrize("name", ["code", "redirect_uri", "code_verifier", "grant_type"])
async def test_what_is_missing_is_an_invalid_request_and_burns_nothing(
    world: ServerWorld, talk: Talk, name: str
) -> None:
    code = await talk.code(await world.sign_in())
    assert refused(await talk.redeem(code, **{name: ""}), "invalid_request")
    assert (await talk.redeem(code)).status == 200


async def test_check_21_oidcc_codereuse_ends_what_the_first_use_made(
    world: ServerWorld, talk: Talk
) -> None:
    code = await talk.code(await world.sign_in())
    first = (await talk.redeem(code)).json
    assert not await is_dead(talk, first["access_token"])
    assert refused(await talk.redeem(code))
    assert await is_dead(talk, first["access_token"])
    assert refused(await talk.refresh(first["refresh_token"]))
    assert [one.kind for one in await world.alarms()] == ["code-replayed"]


async def test_check_21_oidcc_codereuse_30seconds(world: ServerWorld, talk: Talk) -> None:
    code = await talk.code(await world.sign_in())
    first = (await talk.redeem(code)).json
    world.clock.advance(90)
    assert refused(await talk.redeem(code))
    assert await is_dead(talk, first["access_token"])


async def test_check_21_the_code_of_another_client_is_no_grant(
    world: ServerWorld, talk: Talk
) -> None:
    code = await talk.code(await world.sign_in())
    assert refused(await talk.redeem(code, "other"))
    assert (await talk.redeem(code)).status == 200


async def test_a_refresh_token_is_no_code_and_a_code_no_refresh_token(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    token = (await talk.tokens(cookie))["refresh_token"]
    code = await talk.code(cookie)
    assert refused(await talk.redeem(token))
    assert refused(await talk.refresh(code))
    assert (await talk.refresh(token)).status == 200
    assert (await talk.redeem(code)).status == 200


async def test_check_22_a_code_dies_after_sixty_seconds(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    late, soon = await talk.code(cookie), ""
    world.clock.advance(1)
    soon = await talk.code(cookie)
    world.clock.advance(59.5)
    assert refused(await talk.redeem(late))
    assert (await talk.redeem(soon)).status == 200
    world.clock.advance(1.5)
    assert await world.alarms() == []


async def test_check_23_of_fifty_at_once_one_wins_and_its_tokens_die(
    world: ServerWorld, talk: Talk
) -> None:
    code = await talk.code(await world.sign_in())
    answers = await asyncio.gather(*(talk.redeem(code) for _ in range(50)))
    winners = [one for one in answers if one.status == 200]
    assert len(winners) == 1
    assert all(refused(one) for one in answers if one is not winners[0])
    assert await is_dead(talk, winners[0].json["access_token"])
    assert refused(await talk.refresh(winners[0].json["refresh_token"]))
    assert len(await world.vault.shelf(ACCESS_TOKENS).all()) == 1
    assert [one.kind for one in await world.alarms()] == ["code-replayed"]


@pytest.mark.parametrize(
    "grant_type",
    [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "AUTHORIZATION_CODE",
    ],
)
async def test_check_24_what_is_off_is_off(talk: Talk, grant_type: str) -> None:
    answer = await talk.token(grant_type=grant_type, username="hanako@mail.example", password="x")
    assert refused(answer, "unsupported_grant_type")


async def test_check_18_a_repeated_parameter_is_refused_at_the_token_endpoint(talk: Talk) -> None:
    answer = await talk.send(
        "POST",
        "/oauth/token",
        data=[("grant_type", "client_credentials"), ("scope", "subjects"), ("scope", "records")],
        headers=basic("app", SECRETS["app"]),
    )
    assert refused(answer, "invalid_request")


async def test_check_18_json_is_refused_and_so_is_more_than_64_kib(talk: Talk) -> None:
    headers = basic("app", SECRETS["app"])
    form = {"grant_type": "client_credentials"}
    assert refused(
        await talk.send("POST", "/oauth/token", json=form, headers=headers), "invalid_request"
    )
    large = await talk.token(grant_type="client_credentials", padding="x" * 65_536)
    assert (large.status, large.error) == (413, "invalid_request")
    beyond = await talk.token(grant_type="client_credentials", padding="x" * 1_048_000)
    assert beyond.status == 413


@pytest.mark.parametrize("body", [b"grant_type=%ff", b"\xff=x", b"a=1&" * 200])
async def test_a_form_that_cannot_be_read_is_an_invalid_request(talk: Talk, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await talk.send(
        "POST", "/oauth/token", data=body, headers=headers | basic("app", SECRETS["app"])
    )
    assert refused(answer, "invalid_request")


async def test_check_27_an_unknown_client_and_a_wrong_secret_get_the_same_answer(
    world: ServerWorld, talk: Talk
) -> None:
    await world.companies.end_client("other")
    answers = [
        await talk.token("app", "wrong", grant_type="client_credentials"),
        await talk.token("nobody", "wrong", grant_type="client_credentials"),
        await talk.token("other", SECRETS["other"], grant_type="client_credentials"),
        await talk.send("POST", "/oauth/token", data={"grant_type": "client_credentials"}),
    ]
    assert {(one.status, one.body) for one in answers} == {(401, answers[0].body)}
    assert answers[0].error == "invalid_client"
    assert {one.headers["WWW-Authenticate"] for one in answers} == {
        'Basic realm="odori", charset="UTF-8"'
    }


async def test_secrets_are_taken_from_the_header_alone_and_once(talk: Talk) -> None:
    body = {"grant_type": "client_credentials", "client_id": "app"}
    posted = await talk.send("POST", "/oauth/token", data={**body, "client_secret": SECRETS["app"]})
    assert refused(posted, "invalid_client", 401)
    twice = await talk.token(**body, client_secret=SECRETS["app"])
    assert refused(twice, "invalid_request")
    other = await talk.token(**(body | {"client_id": "other"}))
    assert refused(other, "invalid_request")
    headers = [*basic("app", SECRETS["app"]).items(), *basic("other", SECRETS["other"]).items()]
    two = await talk.send("POST", "/oauth/token", data=body, headers=headers)
    assert refused(two, "invalid_client", 401)


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic /w==", "Basic YXBw", "Bearer x"])
async def test_a_header_that_cannot_be_read_is_an_unknown_client(talk: Talk, header: str) -> None:
    answer = await talk.send(
        "POST", "/oauth/token", data={"grant_type": "x"}, headers={"Authorization": header}
    )
    assert refused(answer, "invalid_client", 401)


async def test_the_secret_before_is_good_while_it_is_exchanged(
    world: ServerWorld, talk: Talk
) -> None:
    fresh = await world.companies.rotate_secret("app")
    form = {"grant_type": "client_credentials"}
    assert (await talk.token(**form)).status == 200
    assert (await talk.token("app", fresh.secret.reveal(), **form)).status == 200
    world.clock.advance(24 * 3_600)
    assert refused(await talk.token(**form), "invalid_client", 401)


async def test_check_29_the_token_answer_is_whole_and_stored_by_nobody(
    world: ServerWorld, talk: Talk
) -> None:
    code = await talk.code(await world.sign_in(), ticked=())
    answer = await talk.redeem(code)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 300
    assert answer.json["scope"] == "openid profile.birth_year"
    assert answer.json["access_token"].startswith("odori_at_")
    assert answer.json["refresh_token"].startswith("odori_rt_")
    refusal = await talk.redeem(code)
    assert refusal.headers["Cache-Control"] == "no-store"


async def test_a_client_without_the_grant_type_is_unauthorized(
    world: ServerWorld, talk: Talk
) -> None:
    await world.change(CLIENTS, "app", grant_types=frozenset({"authorization_code"}))
    answer = await talk.tokens()
    assert "refresh_token" not in answer
    assert refused(await talk.refresh("odori_rt_x"), "unauthorized_client")
    grant = (await world.grants())[0]
    token = (await world.vault.shelf(ACCESS_TOKENS).all())[0].value
    assert grant.expires_at == token.expires_at


async def test_the_first_redemption_under_a_consent_records_the_id(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    answer = await talk.redeem(await talk.code(cookie))
    await talk.redeem(await talk.code(cookie))
    records = await world.records()
    assert [(one.by, [item.item for item in one.items]) for one in records] == [
        ("token", ["openid"])
    ]
    assert records[0].request_id == answer.headers["X-Request-Id"]


class Away:
    """A book of provisions that cannot be written."""

    async def openid(self, _token: AccessToken, _body: bytes, _request_id: str) -> None:
        raise UnavailableError("The database is not available")


async def test_cn11_without_the_record_no_token_leaves() -> None:
    world = ServerWorld(provisions=Away())
    await world.open()
    async with world.served() as talk:
        answer = await talk.redeem(await talk.code(await world.sign_in()))
    assert (answer.status, answer.error) == (503, "temporarily_unavailable")
    assert b"odori_" not in answer.body
    assert await world.vault.shelf(PROVISIONS).all() == []


async def test_a_code_is_worth_nothing_once_what_it_rests_on_is_gone(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    code = await talk.code(cookie)
    await world.consents.withdraw("person", "app")
    assert refused(await talk.redeem(code))
    code = await talk.code(cookie)
    await world.suspend()
    await world.reactivate()
    assert refused(await talk.redeem(code))


async def test_check_51_a_suspended_company_is_refused_everywhere_at_once(
    world: ServerWorld, talk: Talk
) -> None:
    answer = await talk.tokens()
    await world.suspend()
    for path in ("/oauth/token", "/oauth/revoke", "/oauth/introspect"):
        refusal = await talk.call(path, "app", grant_type="client_credentials", token="x")
        assert refused(refusal, "invalid_client", 401)
    assert await is_dead(talk, answer["access_token"])
    await world.reactivate()
    assert await is_dead(talk, answer["access_token"])
    assert refused(await talk.refresh(answer["refresh_token"]))
    assert (await world.value(COMPANIES, "shop")).epoch == 1


async def test_a_token_does_not_outlive_the_consent(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    await talk.code(cookie)
    world.clock.advance((await world.consent()).valid_until / 1e6 - world.clock.now() / 1e6 - 100)
    cookie = await world.sign_in()
    assert (await talk.redeem(await talk.code(cookie))).json["expires_in"] == 100

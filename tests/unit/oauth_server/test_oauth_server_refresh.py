import asyncio

import pytest
from support.oauth_server import Answer, ServerWorld, Talk

from kernel.times import SECOND_US
from oauth.model.items import Item
from oauth.model.kinds import ACCESS_TOKENS, ACCOUNTS, CLIENTS, GRANTS

DAY_S = 86_400


async def is_dead(talk: Talk, token: str) -> bool:
    return (await talk.userinfo(token)).status == 401


def refused(answer: Answer, error: str = "invalid_grant") -> bool:
    return (answer.status, answer.error) == (400, error)


async def test_check_37_oidcc_refresh_token(world: ServerWorld, talk: Talk) -> None:
    first = await talk.tokens()
    world.clock.advance(301)
    assert await is_dead(talk, first["access_token"])
    second = (await talk.refresh(first["refresh_token"])).json
    assert second["scope"] == first["scope"]
    assert second["refresh_token"] != first["refresh_token"]
    assert "id_token" not in second
    assert not await is_dead(talk, second["access_token"])
    assert (await talk.refresh(second["refresh_token"])).status == 200


async def test_check_37_another_client_gets_nothing_and_ends_nothing(talk: Talk) -> None:
    token = (await talk.tokens())["refresh_token"]
    assert refused(await talk.refresh(token, "other"))
    assert (await talk.refresh(token)).status == 200


async def test_check_37_a_wider_scope_is_refused_and_the_token_stays_good(talk: Talk) -> None:
    token = (await talk.tokens())["refresh_token"]
    for scope in ("openid profile.name", "openid profile.birth_year email x", "offline_access"):
        assert refused(await talk.refresh(token, scope=scope), "invalid_scope")
    assert (await talk.refresh(token)).status == 200


async def test_check_37_a_narrower_scope_is_for_this_token_alone(talk: Talk) -> None:
    first = await talk.tokens()
    narrow = (await talk.refresh(first["refresh_token"], scope="openid")).json
    assert narrow["scope"] == "openid"
    assert "email" not in (await talk.userinfo(narrow["access_token"])).json
    whole = (await talk.refresh(narrow["refresh_token"])).json
    assert whole["scope"] == first["scope"]


@pytest.mark.parametrize("writes", [0, 1])
async def test_a_database_that_goes_away_in_the_middle_leaves_the_token_good(
    world: ServerWorld, talk: Talk, writes: int
) -> None:
    token = (await talk.tokens())["refresh_token"]
    left = writes

    async def goes_away() -> None:
        nonlocal left
        world.memory.away = left == 0
        left -= 1
        world.memory.meanwhile = goes_away if left >= 0 else None

    world.memory.meanwhile = goes_away
    answer = await talk.refresh(token)
    assert (answer.status, answer.error) == (503, "temporarily_unavailable")
    world.memory.away = False
    assert (await talk.refresh(token)).status == 200
    assert await world.alarms() == []


async def test_check_38_a_rotated_token_that_is_shown_again_ends_the_family(
    world: ServerWorld, talk: Talk
) -> None:
    first = await talk.tokens()
    second = (await talk.refresh(first["refresh_token"])).json
    assert refused(await talk.refresh(first["refresh_token"]))
    assert refused(await talk.refresh(second["refresh_token"]))
    assert await is_dead(talk, first["access_token"])
    assert await is_dead(talk, second["access_token"])
    alarms = await world.alarms()
    assert [(one.kind, one.client_id) for one in alarms] == [("refresh-replayed", "app")]
    counted = world.registry.get_sample_value(
        "odori_oauth_security_events_total", {"kind": "refresh-replayed"}
    )
    assert counted == 1


async def test_check_38_however_long_ago_it_was_rotated(world: ServerWorld, talk: Talk) -> None:
    first = (await talk.tokens())["refresh_token"]
    token = first
    for _ in range(30):
        token = (await talk.refresh(token)).json["refresh_token"]
    assert refused(await talk.refresh(first))
    assert refused(await talk.refresh(token))
    assert len((await world.grants())[0].spent) == 0


async def test_check_38_of_many_at_once_one_wins_and_the_family_ends(
    world: ServerWorld, talk: Talk
) -> None:
    token = (await talk.tokens())["refresh_token"]
    answers = await asyncio.gather(*(talk.refresh(token) for _ in range(20)))
    assert sorted(one.status for one in answers) == [200] + [400] * 19
    assert len(await world.alarms()) == 1
    winner = next(one for one in answers if one.status == 200)
    assert await is_dead(talk, winner.json["access_token"])


async def test_check_39_after_a_withdrawal_nothing_is_refreshed(
    world: ServerWorld, talk: Talk
) -> None:
    token = (await talk.tokens())["refresh_token"]
    await world.consents.withdraw("person", "app")
    assert refused(await talk.refresh(token))
    cookie = await world.sign_in()
    await talk.code(cookie)
    assert refused(await talk.refresh(token))


async def test_check_39_after_a_suspension_nothing_is_refreshed(
    world: ServerWorld, talk: Talk
) -> None:
    token = (await talk.tokens())["refresh_token"]
    await world.suspend()
    assert (await talk.refresh(token)).status == 401
    await world.reactivate()
    assert refused(await talk.refresh(token))


async def test_check_39_after_a_change_of_password_nothing_is_refreshed(
    world: ServerWorld, talk: Talk
) -> None:
    token = (await talk.tokens())["refresh_token"]
    await world.change(ACCOUNTS, "person", epoch=1)
    assert refused(await talk.refresh(token))


async def test_check_39_after_an_erasure_nothing_is_refreshed(
    world: ServerWorld, talk: Talk
) -> None:
    token = (await talk.tokens())["refresh_token"]
    await world.erase()
    assert refused(await talk.refresh(token))


async def test_check_39_after_the_idle_limit_nothing_is_refreshed(
    world: ServerWorld, talk: Talk
) -> None:
    token = (await talk.tokens())["refresh_token"]
    world.clock.advance(29 * DAY_S)
    token = (await talk.refresh(token)).json["refresh_token"]
    world.clock.advance(30 * DAY_S)
    assert refused(await talk.refresh(token))
    assert await world.alarms() == []


async def test_check_39_after_the_consent_has_expired_nothing_is_refreshed(
    world: ServerWorld, talk: Talk
) -> None:
    token = (await talk.tokens())["refresh_token"]
    end = (await world.consent()).valid_until
    while end - world.clock.now() > 20 * DAY_S * SECOND_US:
        world.clock.advance(20 * DAY_S)
        token = (await talk.refresh(token)).json["refresh_token"]
    world.clock.advance((end - world.clock.now()) / SECOND_US)
    assert refused(await talk.refresh(token))


async def test_an_item_that_was_taken_back_is_in_no_later_token(
    world: ServerWorld, talk: Talk
) -> None:
    token = (await talk.tokens())["refresh_token"]
    await world.consents.withdraw_item("person", "app", Item.EMAIL)
    assert (await talk.refresh(token)).json["scope"] == "openid profile.birth_year"


@pytest.mark.parametrize(
    "token", ["x", "odori_rt_", "odori_rt_x", "odori_rt_" + "0" * 26 + "_x", "odori_rt_é" * 9]
)
async def test_a_refresh_token_that_nobody_knows_is_refused(talk: Talk, token: str) -> None:
    assert refused(await talk.refresh(token))


async def test_a_family_before_its_code_is_redeemed_has_no_refresh_token(
    world: ServerWorld, talk: Talk
) -> None:
    await talk.code(await world.sign_in())
    grant = (await world.grants())[0]
    assert refused(await talk.refresh(f"odori_rt_{grant.id}_{'x' * 43}"))
    assert (await world.grants())[0].revoked_at is None


async def test_check_40_oidcc_revocation_of_an_access_token(talk: Talk) -> None:
    answer = await talk.tokens()
    revoked = await talk.call("/oauth/revoke", token=answer["access_token"])
    assert (revoked.status, revoked.body) == (200, b"")
    assert await is_dead(talk, answer["access_token"])
    assert (await talk.refresh(answer["refresh_token"])).status == 200


async def test_check_40_revoking_a_refresh_token_ends_the_family_and_not_the_consent(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    first = await talk.tokens(cookie)
    second = (await talk.refresh(first["refresh_token"])).json
    revoked = await talk.call("/oauth/revoke", token=first["refresh_token"])
    assert revoked.status == 200
    assert await is_dead(talk, second["access_token"])
    assert refused(await talk.refresh(second["refresh_token"]))
    assert (await world.consent()).is_live(world.clock.now())
    assert "code" in (await talk.authorize(cookie)).carried


@pytest.mark.parametrize("token", ["x", "odori_at_x", "odori_rt_" + "0" * 26 + "_x", "é"])
async def test_check_40_an_unknown_token_is_revoked_already(talk: Talk, token: str) -> None:
    answer = await talk.call("/oauth/revoke", token=token, token_type_hint="whatever")
    assert answer.status == 200


async def test_check_40_another_clients_token_is_refused_and_lives(talk: Talk) -> None:
    answer = await talk.tokens()
    for token in (answer["access_token"], answer["refresh_token"]):
        assert refused(await talk.call("/oauth/revoke", "other", token=token))
    assert not await is_dead(talk, answer["access_token"])
    assert (await talk.refresh(answer["refresh_token"])).status == 200


async def test_check_40_revoking_needs_a_client_and_a_token(talk: Talk) -> None:
    assert (await talk.send("POST", "/oauth/revoke", data={"token": "x"})).status == 401
    assert refused(await talk.call("/oauth/revoke"), "invalid_request")


async def test_revoking_twice_is_no_error(world: ServerWorld, talk: Talk) -> None:
    answer = await talk.tokens()
    for token in (answer["access_token"], answer["refresh_token"]) * 2:
        assert (await talk.call("/oauth/revoke", token=token)).status == 200
    assert len(await world.vault.shelf(ACCESS_TOKENS).all()) == 1
    assert len(await world.vault.shelf(GRANTS).all()) == 1


async def test_a_service_that_has_ended_refreshes_nothing(world: ServerWorld, talk: Talk) -> None:
    token = (await talk.tokens())["refresh_token"]
    await world.change(CLIENTS, "app", ended_at=world.clock.now())
    assert (await talk.refresh(token)).status == 401

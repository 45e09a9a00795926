"""`id_token_hint` (OpenID Connect Core §3.1.2.1): a service says whom it means."""

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from support.consent_world import ISSUER
from support.oauth_server import ServerWorld, Talk

from kernel.times import DAY_US, SECOND_US
from oauth.model.kinds import SIGNING_KEYS


async def hint_of(talk: Talk, cookie: str, client: str = "app") -> str:
    """An ID token of whoever is signed in under the cookie."""
    return str((await talk.tokens(cookie, client))["id_token"])


async def test_oidcc_id_token_hint_of_the_person_who_is_there_leads_on(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    hint = await hint_of(talk, cookie)
    world.clock.advance(600)
    cookie = await world.sign_in()
    for prompt in (None, "none"):
        answer = await talk.authorize(cookie, id_token_hint=hint, prompt=prompt)
        assert "code" in answer.carried


async def test_another_person_gets_no_code_under_the_hint(world: ServerWorld, talk: Talk) -> None:
    hint = await hint_of(talk, await world.sign_in())
    await world.another_person("neighbour")
    cookie = await world.sign_in("neighbour")
    await talk.tokens(cookie)
    silent = await talk.authorize(cookie, id_token_hint=hint, prompt="none")
    assert silent.error == "login_required"
    asked = await talk.authorize(cookie, id_token_hint=hint)
    assert (asked.json["page"], asked.json["again"]) == ("login", True)


@pytest.mark.parametrize("person", ["person", "neighbour"])
async def test_after_the_login_the_hint_fits_or_the_service_is_told(
    world: ServerWorld, talk: Talk, person: str
) -> None:
    hint = await hint_of(talk, await world.sign_in())
    await world.another_person("neighbour")
    asked = await talk.authorize(await world.sign_in("neighbour"), id_token_hint=hint)
    world.clock.advance(1)
    answer = await talk.follow(asked.json["next"], await world.sign_in(person))
    assert answer.carried.get("error") == (None if person == "person" else "login_required")


async def test_a_hint_of_another_company_fits_nobody(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    foreign = await hint_of(talk, cookie, "other")
    answer = await talk.authorize(cookie, id_token_hint=foreign, prompt="none")
    assert answer.error == "login_required"


async def test_a_page_that_was_shown_to_one_person_is_no_yes_of_another(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    hint = await hint_of(talk, cookie)
    await world.another_person("neighbour")
    neighbour = await world.sign_in("neighbour")
    page = await talk.authorize(neighbour)
    request = page.json["fields"]["authorization"] + f"&id_token_hint={hint}"
    answer = await talk.decide(page, neighbour, authorization=request)
    assert answer.location.startswith("/oauth/authorize?")


@pytest.mark.parametrize("hint", ["nothing", "a.b.c", "..", "e30.e30.", "é", "x" * 5_000])
async def test_what_is_no_token_is_refused(world: ServerWorld, talk: Talk, hint: str) -> None:
    answer = await talk.authorize(await world.sign_in(), id_token_hint=hint)
    assert answer.error == "invalid_request"
    assert hint not in answer.location


async def test_a_hint_that_others_signed_is_refused(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    await hint_of(talk, cookie)
    kid = (await world.vault.shelf(SIGNING_KEYS).all())[0].value.kid
    claims = {"iss": ISSUER, "sub": "x", "exp": world.clock.now() // SECOND_US}
    header = {"alg": "ES256", "kid": kid, "typ": "JWT"}
    forged = jwt.encode(header, claims, ECKey.generate_key("P-256"))
    answer = await talk.authorize(cookie, id_token_hint=forged)
    assert answer.error == "invalid_request"
    bare = await world.keys_ring.sign({"iss": "https://else.example", "sub": "x"})
    assert (await talk.authorize(cookie, id_token_hint=bare)).error == "invalid_request"


async def test_a_hint_under_a_retired_key_counts_for_nothing(
    world: ServerWorld, talk: Talk
) -> None:
    hint = await hint_of(talk, await world.sign_in())
    world.clock.advance(91 * DAY_US // SECOND_US)
    await world.another_person("neighbour")
    cookie = await world.sign_in("neighbour")
    await talk.code(cookie)
    assert "code" in (await talk.authorize(cookie, id_token_hint=hint)).carried

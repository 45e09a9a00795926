import pytest
from support.consent_world import ISSUER
from support.oauth_server import CHALLENGE, REDIRECT_URI, STATE, Answer, ServerWorld, Talk, asking

from kernel.errors import MethodNotAllowedError
from kernel.times import SECOND_US
from oauth.model.companies import CompanyState
from oauth.model.items import Item
from oauth.model.kinds import ACCOUNTS, CLIENTS, COMPANIES, CONTRACTS, DOSSIERS
from oauth.server.face import OAuthFace
from oauth.server.protocol.authorization import LONGEST_STATE


def stays_here(answer: Answer, kind: str) -> bool:
    return (answer.status, answer.json["kind"]) == (400, kind) and "Location" not in answer.headers


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb/",
        "https://app.example/CB",
        "https://APP.example/cb",
        "https://app.example/cb?x=1",
        "https://app.example/cb?",
        "https://app.example:8443/cb",
        "https://app.example/cb#x",
        "http://app.example/cb",
        "https://evil.example/cb",
    ],
)
async def test_check_1_oidcc_ensure_registered_redirect_uri(talk: Talk, uri: str) -> None:
    assert stays_here(await talk.authorize(redirect_uri=uri), "redirect-uri")


async def test_check_1_a_query_that_is_registered_is_kept(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie, redirect_uri="https://app.example/cb?shop=1")
    back = await talk.decide(page, cookie)
    assert back.location.startswith("https://app.example/cb?shop=1&code=")


@pytest.mark.parametrize("kind", ["token", "code id_token", "none", "id_token", "code token"])
async def test_check_7_only_codes_are_answered(talk: Talk, kind: str) -> None:
    assert (await talk.authorize(response_type=kind)).error == "unsupported_response_type"


async def test_check_7_oidcc_response_type_missing(talk: Talk) -> None:
    assert (await talk.authorize(response_type=None)).error == "invalid_request"


@pytest.mark.parametrize("mode", ["fragment", "form_post", "jwt"])
async def test_no_other_response_mode_is_offered(talk: Talk, mode: str) -> None:
    assert (await talk.authorize(response_mode=mode)).error == "invalid_request"


@pytest.mark.parametrize(
    ("challenge", "method"),
    [
        (None, None),
        (None, "S256"),
        (CHALLENGE, None),
        (CHALLENGE, "plain"),
        (CHALLENGE, "s256"),
        (CHALLENGE[:-1], "S256"),
        (CHALLENGE + "A", "S256"),
        (CHALLENGE[:-1] + "=", "S256"),
        (CHALLENGE[:-1] + "é", "S256"),
    ],
)
async def test_check_8_a_challenge_by_s256_is_needed(
    talk: Talk, challenge: str | None, method: str | None
) -> None:
    answer = await talk.authorize(code_challenge=challenge, code_challenge_method=method)
    assert answer.error == "invalid_request"


async def test_check_10_iss_is_byte_equal_to_the_issuer(world: ServerWorld, talk: Talk) -> None:
    metadata = await talk.send("GET", "/.well-known/openid-configuration")
    cookie = await world.sign_in()
    good = await talk.decide(await talk.authorize(cookie), cookie)
    bad = await talk.authorize(cookie, scope="openid profile")
    assert metadata.json["issuer"] == good.carried["iss"] == bad.carried["iss"] == ISSUER
    assert good.carried["state"] == bad.carried["state"] == STATE
    assert set(good.carried) == {"code", "iss", "state"}
    assert set(bad.carried) == {"error", "error_description", "iss", "state"}


async def test_check_11_redirects_are_303_and_carry_no_credential(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    agreed = await talk.decide(page, cookie)
    reused = await talk.authorize(cookie)
    refused = await talk.authorize(cookie, scope="email")
    for answer in (agreed, reused, refused):
        assert answer.status == 303
        assert cookie not in answer.location
        assert "csrf" not in answer.location


async def test_check_12_every_answer_is_framed_by_nobody_and_kept_by_nobody(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    answers = [
        await talk.authorize(),
        await talk.authorize(cookie),
        await talk.authorize(client_id="nobody"),
        await talk.authorize(response_type="token"),
        await talk.send("POST", "/oauth/authorize/decision", data={}),
        await talk.send("DELETE", "/oauth/authorize"),
    ]
    assert [one.status for one in answers] == [200, 200, 400, 303, 403, 405]
    for answer in answers:
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_check_13_no_other_origin_may_read_the_authorization(talk: Talk) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    for method in ("OPTIONS", "GET"):
        answer = await talk.send(method, f"/oauth/authorize?{asking()}", headers=headers)
        assert not any(name.startswith("Access-Control") for name in answer.headers)
    decision = await talk.send("OPTIONS", "/oauth/authorize/decision", headers=headers)
    assert not any(name.startswith("Access-Control") for name in decision.headers)
    open_to_all = await talk.send("OPTIONS", "/oauth/token", headers=headers)
    assert "Access-Control-Allow-Origin" in open_to_all.headers


async def test_check_16_an_unverified_client_is_never_redirected_to(
    world: ServerWorld, talk: Talk
) -> None:
    await world.companies.end_client("other")
    for answer, kind in (
        (await talk.authorize(client_id="nobody"), "unknown-client"),
        (await talk.authorize(client_id="other"), "unknown-client"),
        (await talk.authorize(client_id=None), "malformed"),
        (await talk.authorize(redirect_uri=None), "malformed"),
        (await talk.authorize(client_id="machine"), "redirect-uri"),
        (await talk.follow(f"/oauth/authorize?{asking()}&client_id=other"), "malformed"),
        (await talk.follow(f"/oauth/authorize?{asking()}&redirect_uri=https://e"), "malformed"),
        (await talk.follow("/oauth/authorize?client_id=%ff&redirect_uri=x"), "malformed"),
        (await talk.follow("/oauth/authorize"), "malformed"),
    ):
        assert stays_here(answer, kind)


async def test_check_16_an_outage_before_the_client_is_known_stays_here(
    world: ServerWorld, talk: Talk
) -> None:
    world.memory.away = True
    answer = await talk.authorize()
    assert (answer.status, answer.json["kind"]) == (503, "unavailable")


NASTY = "'\"<script>\r\nSet-Cookie: a=b\r\n\r\n&state=2#%00+ é大" * 30


async def test_check_17_state_comes_back_intact_and_encoded(world: ServerWorld, talk: Talk) -> None:
    state = NASTY[:1_500]
    cookie = await world.sign_in()
    page = await talk.authorize(cookie, state=state)
    back = await talk.decide(page, cookie)
    wrong = await talk.authorize(cookie, state=state, scope="nothing")
    for answer in (back, wrong):
        assert answer.carried["state"] == state
        assert answer.location.isascii()
        assert answer.location.isprintable()
        assert "Set-Cookie" not in answer.headers
    assert "<script>" not in page.json["fields"]["authorization"]


async def test_a_state_that_is_too_long_is_refused_and_not_carried(talk: Talk) -> None:
    fits = await talk.authorize(state="s" * LONGEST_STATE)
    answer = await talk.authorize(state="s" * (LONGEST_STATE + 1))
    assert fits.json["page"] == "login"
    assert answer.error == "invalid_request"
    assert "state" not in answer.carried


async def test_without_state_none_comes_back(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    back = await talk.decide(await talk.authorize(cookie, state=None), cookie)
    assert set(back.carried) == {"code", "iss"}


@pytest.mark.parametrize("name", ["scope", "state", "code_challenge", "prompt", "anything"])
async def test_check_18_a_repeated_parameter_is_refused(talk: Talk, name: str) -> None:
    answer = await talk.follow(f"/oauth/authorize?{asking(**{name: 'x'})}&{name}=y")
    assert answer.error == "invalid_request"
    assert ("state" in answer.carried) == (name != "state")


async def test_check_19_oidcc_prompt_none_not_logged_in(talk: Talk) -> None:
    answer = await talk.authorize(prompt="none")
    assert (answer.status, answer.error, answer.body) == (303, "login_required", b"")


async def test_check_19_oidcc_prompt_none_logged_in(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    unasked = await talk.authorize(cookie, prompt="none")
    assert (unasked.error, unasked.body) == ("consent_required", b"")
    await talk.code(cookie)
    assert "code" in (await talk.authorize(cookie, prompt="none")).carried


async def test_check_19_prompt_none_stands_alone(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    assert (await talk.authorize(cookie, prompt="none login")).error == "invalid_request"
    assert (await talk.authorize(cookie, prompt="whatever")).error == "invalid_request"


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
async def test_oidcc_prompt_login_asks_for_the_password_once(
    world: ServerWorld, talk: Talk, prompt: str
) -> None:
    cookie = await world.sign_in()
    await talk.code(cookie)
    world.clock.advance(5)
    page = await talk.authorize(cookie, prompt=prompt)
    assert (page.json["page"], page.json["again"]) == ("login", True)
    still = await talk.follow(page.json["next"], cookie)
    assert still.json["page"] == "login"
    fresh = await world.sign_in()
    onward = await talk.follow(page.json["next"], fresh)
    assert onward.status == (200 if "consent" in prompt else 303)


async def test_oidcc_max_age_1_asks_again_and_10000_does_not(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    await talk.code(cookie)
    world.clock.advance(10)
    assert "code" in (await talk.authorize(cookie, max_age="10000")).carried
    page = await talk.authorize(cookie, max_age="1")
    assert page.json["page"] == "login"
    silent = await talk.authorize(cookie, max_age="1", prompt="none")
    assert silent.error == "login_required"
    fresh = await world.sign_in()
    assert "code" in (await talk.follow(page.json["next"], fresh)).carried


async def test_max_age_holds_for_the_decision_however_long_it_was_read(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie, max_age="1")
    world.clock.advance(120)
    assert "code" in (await talk.decide(page, cookie)).carried


@pytest.mark.parametrize("age", ["-1", "x", "1.5", "9" * 40, "²"])
async def test_max_age_is_a_number(talk: Talk, age: str) -> None:
    assert (await talk.authorize(max_age=age)).error == "invalid_request"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ],
)
async def test_oidcc_unsigned_request_object_is_not_supported(
    talk: Talk, name: str, error: str
) -> None:
    assert (await talk.authorize(**{name: "https://e"})).error == error


async def test_oidcc_ensure_other_parameters_are_ignored(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(
        cookie,
        claims='{"id_token":{"email":null}}',
        acr_values="1 2",
        login_hint="x@example.jp",
        ui_locales="se",
        display="page",
        extra="foobar",
    )
    assert page.json["page"] == "consent"


@pytest.mark.parametrize(
    "scope", ["", "email", "openid profile", "openid address", "openid x", "openid Email"]
)
async def test_scopes_that_are_not_offered_are_refused(talk: Talk, scope: str) -> None:
    assert (await talk.authorize(scope=scope)).error == "invalid_scope"


async def test_check_30_a_scope_outside_the_contract_is_refused_whatever_the_person_says(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    answer = await talk.authorize(cookie, scope="openid profile.gender")
    assert answer.error == "invalid_scope"
    page = await talk.authorize(cookie)
    tampered = page.json["fields"]["authorization"].replace("email", "profile.gender")
    decided = await talk.decide(page, cookie, authorization=tampered)
    assert decided.error == "invalid_scope"
    assert await world.vault.shelf(DOSSIERS).get("person/app") is not None
    assert (await world.value(DOSSIERS, "person/app")).consents == ()


async def test_oidcc_scope_offline_access_changes_nothing(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    code = await talk.code(cookie, scope="openid offline_access")
    answer = (await talk.redeem(code)).json
    assert answer["scope"] == "openid"
    assert "refresh_token" in answer


async def test_a_service_without_standing_sends_nobody_here(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    for kind, key, change in (
        (CONTRACTS, "contract-app", {"signed_on": None}),
        (CLIENTS, "app", {"terms": None}),
        (CLIENTS, "app", {"grant_types": frozenset({"client_credentials"})}),
        (COMPANIES, "shop", {"state": CompanyState.SUSPENDED}),
    ):
        before = await world.value(kind, key)
        await world.change(kind, key, **change)
        assert (await talk.authorize(cookie)).error == "unauthorized_client"
        await world.change(kind, key, **{name: getattr(before, name) for name in change})
    assert (await talk.authorize(cookie)).json["page"] == "consent"


async def test_without_a_session_the_login_leads_back_to_the_same_request(
    world: ServerWorld, talk: Talk
) -> None:
    page = await talk.authorize()
    assert (page.json["page"], page.json["again"]) == ("login", False)
    onward = await talk.follow(page.json["next"], await world.sign_in())
    assert onward.json["page"] == "consent"


async def test_a_session_that_is_over_is_none(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    await world.change(ACCOUNTS, "person", epoch=1)
    assert (await talk.authorize(cookie)).json["page"] == "login"


async def test_oidcc_server_post_is_read_like_get(world: ServerWorld, talk: Talk) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await talk.send("POST", "/oauth/authorize", data=asking(), headers=form)
    assert answer.status == 303
    page = await talk.follow(answer.location, await world.sign_in())
    assert page.json["page"] == "consent"
    broken = await talk.send("POST", "/oauth/authorize", json={"client_id": "app"})
    assert stays_here(broken, "malformed")


async def test_a_minor_can_log_in_but_grants_nothing(world: ServerWorld, talk: Talk) -> None:
    await world.another_person("child", minor_until=2026)
    cookie = await world.sign_in("child")
    page = await talk.authorize(cookie)
    assert (page.status, page.json["kind"]) == (403, "minor")
    assert page.json["onward"].startswith(REDIRECT_URI + "?error=access_denied")
    assert (await talk.authorize(cookie, prompt="none")).error == "access_denied"
    assert await world.grants() == []


async def test_an_outage_is_told_to_the_service(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)

    async def vanish() -> None:
        world.memory.away = True

    world.memory.meanwhile = vanish
    answer = await talk.decide(page, cookie)
    assert answer.error == "temporarily_unavailable"
    assert answer.carried["state"] == STATE


async def test_the_code_covers_what_was_asked_for_and_agreed_to(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    await talk.code(cookie)
    await talk.code(cookie, scope="openid email")
    first, second = sorted(await world.grants(), key=lambda one: one.id)
    assert first.scopes == {"openid", "profile.birth_year", "email"}
    assert second.scopes == {"openid", "email"}
    assert second.code is not None
    assert second.code.expires_at - second.created_at == 60 * SECOND_US


async def test_an_item_that_was_left_off_is_not_in_the_code_and_not_asked_for_again(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    await talk.code(cookie, ticked=())
    assert "code" in (await talk.authorize(cookie)).carried
    assert all(Item.EMAIL not in grant.scopes for grant in await world.grants())
    again = await talk.authorize(cookie, prompt="consent")
    assert again.json["page"] == "consent"


def test_the_face_words_a_method_that_is_not_there() -> None:
    error = MethodNotAllowedError("", allowed=("GET", "POST"))
    answer = OAuthFace().render_error(None, error)  # type: ignore[arg-type]
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")

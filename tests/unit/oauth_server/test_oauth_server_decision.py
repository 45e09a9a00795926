import pytest
from support.oauth_server import ServerWorld, Talk, asking

from oauth.model.companies import ContractItem
from oauth.model.consents import ConsentState, EventType
from oauth.model.items import Item
from oauth.model.kinds import CONTRACTS, DOSSIERS
from oauth.server.views import Decision


async def nothing_is_stored(world: ServerWorld) -> bool:
    """No consent and no grant."""
    kept = await world.vault.shelf(DOSSIERS).get("person/app")
    return (kept is None or kept.value.consents == ()) and await world.grants() == []


async def test_check_14_a_form_without_its_token_changes_nothing(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    stranger = await talk.authorize(await world.sign_in())
    for token in (None, "0" * 64, stranger.json["fields"]["csrf"]):
        answer = await talk.decide(page, cookie, csrf=token)
        assert (answer.status, answer.json["kind"]) == (403, "forbidden")
    assert await nothing_is_stored(world)


async def test_check_14_another_session_or_none_changes_nothing(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    await world.another_person("neighbour")
    ended = await world.sign_in()
    ended_page = await talk.authorize(ended)
    await world.sessions.close(ended)
    for form, sent in (
        (page, ""),
        (page, await world.sign_in("neighbour")),
        (page, await world.sign_in()),
        (ended_page, ended),
    ):
        answer = await talk.decide(form, sent)
        assert (answer.status, answer.json["kind"]) == (403, "forbidden")
    assert await nothing_is_stored(world)


async def test_check_15_a_refusal_is_an_event_and_nothing_else(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    answer = await talk.decide(await talk.authorize(cookie), cookie, Decision.REFUSE)
    assert (answer.status, answer.error) == (303, "access_denied")
    assert "code" not in answer.carried
    dossier = await world.value(DOSSIERS, "person/app")
    assert dossier.events[-1].type is EventType.REFUSED
    assert await nothing_is_stored(world)


async def test_check_15_a_refusal_leaves_a_consent_of_before_as_it_is(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    await talk.code(cookie)
    before = await world.consent()
    page = await talk.authorize(cookie, prompt="consent")
    await talk.decide(page, cookie, Decision.REFUSE)
    assert await world.consent() == before
    assert before.state is ConsentState.GIVEN


@pytest.mark.parametrize(
    "changes",
    [
        {"granularity:profile.birth_year": "year"},
        {"granularity:profile.birth_year": "x"},
        {"granularity:email": "verified"},
        {"granularity:profile.gender": "value"},
        {"item:profile.name": "on"},
        {"item:profile.gender": "on"},
        {"item:nothing": "on"},
        {"item:email": "yes"},
        {"language": "xx"},
        {"language": None},
        {"decision": "maybe"},
    ],
)
async def test_what_the_page_did_not_offer_is_refused_and_nothing_stored(
    world: ServerWorld, talk: Talk, changes: dict[str, str | None]
) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    answer = await talk.decide(page, cookie, **changes)  # type: ignore[arg-type]
    assert (answer.status, answer.json["kind"]) == (400, "malformed")
    assert await nothing_is_stored(world)


@pytest.mark.parametrize("twice", ["csrf", "authorization", "decision", "language", "screen"])
async def test_check_18_a_repeated_field_is_refused_and_nothing_stored(
    world: ServerWorld, talk: Talk, twice: str
) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    said = {**page.json["fields"], "decision": "agree"}
    fields = [*said.items(), (twice, said[twice])]
    answer = await talk.send(
        "POST",
        "/oauth/authorize/decision",
        data=fields,
        headers={"Cookie": f"odori_session={cookie}"},
    )
    assert (answer.status, answer.json["kind"]) == (400, "malformed")
    assert await nothing_is_stored(world)


@pytest.mark.parametrize("decision", [*Decision])
@pytest.mark.parametrize(
    "unknown",
    ["items", "item:", "item:nothing", "granularity:nothing", "CSRF", "scope"],
)
async def test_a_field_that_no_consent_page_has_is_refused_and_nothing_stored(
    world: ServerWorld, talk: Talk, decision: Decision, unknown: str
) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    before = await world.value(DOSSIERS, "person/app")
    for value in ("on", ""):
        answer = await talk.decide(page, cookie, decision, **{unknown: value})
        assert (answer.status, answer.json["kind"]) == (400, "malformed")
    assert await world.value(DOSSIERS, "person/app") == before
    assert await world.grants() == []


async def test_a_switch_that_has_gone_from_the_page_since_shows_the_page_again(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    before = await world.value(CONTRACTS, "contract-app")
    more = ContractItem(Item.HOUSEHOLD, "exact", required=True)
    await world.change(CONTRACTS, "contract-app", items=(*before.items, more), version=2)
    offered = await talk.authorize(cookie, scope="openid", prompt="consent")
    await world.change(CONTRACTS, "contract-app", items=before.items, version=3)
    answer = await talk.decide(offered, cookie, **{"item:profile.household": "on"})
    assert answer.location.startswith("/oauth/authorize?")
    assert await nothing_is_stored(world)


async def test_required_items_are_agreed_to_without_a_switch_and_others_are_not(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    rows = {row["item"]: row for row in page.json["rows"]}
    assert list(rows) == ["openid", "profile.birth_year", "email"]
    assert [row["required"] for row in rows.values()] == [True, True, False]
    assert [row["on"] for row in rows.values()] == [True, True, False]
    await talk.decide(page, cookie)
    consent = await world.consent()
    assert [one.item for one in consent.items] == [Item.OPENID, Item.BIRTH_YEAR]


async def test_a_person_may_choose_a_coarser_granularity(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    row = next(one for one in page.json["rows"] if one["item"] == "profile.birth_year")
    assert row["choices"] == {"decade": "1980s", "adult": "adult"}
    await talk.decide(page, cookie, **{"granularity:profile.birth_year": "adult"})
    found = (await world.consent()).item(Item.BIRTH_YEAR)
    assert found is not None
    assert found.granularity == "adult"
    again = await talk.authorize(cookie)
    assert "code" in again.carried


async def test_the_record_says_what_was_shown(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    await talk.decide(page, cookie)
    shown = (await world.consent()).shown
    assert shown.screen_sha256 == page.json["fields"]["screen"]
    assert shown.template == "plain-1"
    assert [one.id for one in shown.terms] == page.json["terms"]
    assert page.json["terms"] == [
        "association:id",
        "association:oauth",
        "company:shop:service",
    ]


async def test_a_page_that_has_changed_since_is_shown_again(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    before = await world.value(CONTRACTS, "contract-app")
    finer = tuple(
        ContractItem(one.item, "year", one.required) if one.item is Item.BIRTH_YEAR else one
        for one in before.items
    )
    await world.change(CONTRACTS, "contract-app", items=finer, version=2)
    answer = await talk.decide(page, cookie)
    assert answer.status == 303
    assert answer.location.startswith("/oauth/authorize?")
    assert await nothing_is_stored(world)
    again = await talk.follow(answer.location, cookie)
    assert "year" in next(one for one in again.json["rows"] if one["item"] != "openid")["choices"]


async def test_a_tampered_request_is_validated_again(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    for request, kind in (
        (asking(redirect_uri="https://evil.example"), "redirect-uri"),
        (asking(client_id="nobody"), "unknown-client"),
        ("", "malformed"),
    ):
        answer = await talk.decide(page, cookie, authorization=request or None)
        assert (answer.status, answer.json["kind"]) == (400, kind)
    for request in (asking(code_challenge=None), asking(response_type="token")):
        assert "error" in (await talk.decide(page, cookie, authorization=request)).carried
    assert await nothing_is_stored(world)


async def test_the_page_of_one_service_is_no_yes_to_another(world: ServerWorld, talk: Talk) -> None:
    cookie = await world.sign_in()
    page = await talk.authorize(cookie)
    answer = await talk.decide(page, cookie, authorization=asking(client_id="other"))
    assert answer.location.startswith("/oauth/authorize?client_id=other")
    assert await world.vault.shelf(DOSSIERS).get("person/other") is None


async def test_something_new_shows_the_page_with_it_marked_and_keeps_what_was_agreed_to(
    world: ServerWorld, talk: Talk
) -> None:
    cookie = await world.sign_in()
    await talk.code(cookie, scope="openid email")
    page = await talk.authorize(cookie, scope="openid profile.name")
    rows = {row["item"]: (row["new"], row["on"]) for row in page.json["rows"]}
    assert rows == {
        "openid": (False, True),
        "profile.name": (True, False),
        "profile.birth_year": (False, True),
        "email": (False, True),
    }


async def test_a_form_that_is_no_form_is_refused(talk: Talk) -> None:
    answer = await talk.send("POST", "/oauth/authorize/decision", json={"decision": "agree"})
    assert (answer.status, answer.json["kind"]) == (400, "malformed")
    large = await talk.send(
        "POST", "/oauth/authorize/decision", data={"authorization": "x" * 70_000}
    )
    assert large.status == 413

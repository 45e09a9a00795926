"""Facts, permit, record, answer: the only way out of the vault."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs
from support.consent_world import ITEMS, START, World

from kernel.errors import BadRequestError, TooManyRequestsError, UnavailableError
from kernel.times import DAY_US, Instant
from oauth.model.companies import CompanyState, ContractItem
from oauth.model.items import Item
from oauth.model.kinds import (
    ACCESS_TOKENS,
    ACCOUNTS,
    CLIENTS,
    COMPANIES,
    CONTRACTS,
    DOSSIERS,
    GRANTS,
    PROFILES,
)
from oauth.model.people import Profile
from oauth.release.decision import Asked, Question
from oauth.release.errors import (
    DeadTokenError,
    InsufficientScopeError,
    UnknownSubjectError,
)
from oauth.sealing.secrets import digest_of


@pytest.fixture
async def world() -> World:
    made = World()
    await made.open()
    return made


async def read(world: World, token: str, *asked: Asked) -> dict[str, Any]:
    question = Question.named(asked) if asked else None
    answer = await world.release.attributes(token, question, "request-1")
    found: dict[str, Any] = orjson.loads(answer.body)
    return found


def items_of(answer: dict[str, Any]) -> dict[str, Any]:
    return {one["item"]: one["value"] for one in answer["items"]}


async def test_everything_permitted_is_answered_as_finely_as_granted(world: World) -> None:
    consent = await world.agree()
    answer = await read(world, await world.token())
    assert answer["consent"] == {"id": consent.id, "version": 1}
    assert items_of(answer)["profile.birth_year"] == "1980s"
    assert items_of(answer)["email"] == {"email": "hanako@mail.example", "email_verified": False}
    assert answer["items"][0]["updated_at"] == "2026-11-21T00:00:00Z"
    assert "_denied" not in answer


async def test_cn1_an_item_that_was_not_ticked_is_named_nowhere(world: World) -> None:
    await world.agree({Item.NAME})
    token = await world.token()
    everything = (await world.release.attributes(token, None, "r")).body
    claims = (await world.release.userinfo(token, "r")).body
    for body in (everything, claims):
        assert b"email" not in body
        assert b"residence" not in body


async def test_what_was_asked_by_name_and_denied_is_told_with_its_reason(world: World) -> None:
    await world.agree({Item.NAME})
    asked = (Asked(Item.EMAIL), Asked(Item.GENDER), Asked(Item.NAME))
    answer = await read(world, await world.token(), *asked)
    assert answer["_denied"] == [
        {"item": "email", "reason": "not_granted"},
        {"item": "profile.gender", "reason": "not_in_contract"},
    ]
    assert list(items_of(answer)) == ["profile.name"]


async def test_cn2_asking_for_more_than_was_granted_ends_the_whole_request(world: World) -> None:
    await world.agree()
    token = await world.token()
    with pytest.raises(InsufficientScopeError):
        await read(world, token, Asked(Item.NAME), Asked(Item.BIRTH_YEAR, "year"))
    assert await world.records() == []


async def test_an_item_can_be_asked_for_more_coarsely(world: World) -> None:
    await world.agree()
    answer = await read(world, await world.token(), Asked(Item.RESIDENCE_AREA, "in-city"))
    assert items_of(answer) == {"profile.residence_area": {"in_city": True}}


async def test_what_the_person_hid_decides_nothing_coarser(world: World) -> None:
    await world.agree(RESIDENCE_AREA="prefecture")
    answer = await read(world, await world.token(), Asked(Item.RESIDENCE_AREA, "in-city"))
    assert answer["items"] == []
    assert answer["_denied"] == [{"item": "profile.residence_area", "reason": "no_value"}]


async def test_a_contract_that_becomes_coarser_counts_at_once(world: World) -> None:
    await world.agree()
    token = await world.token()
    coarser = tuple(
        replace(one, granularity="initials") if one.item is Item.NAME else one for one in ITEMS
    )
    await world.change(CONTRACTS, "contract-app", items=coarser, version=2)
    assert items_of(await read(world, token))["profile.name"] == {
        "family_name": "O",
        "given_name": "H",
    }


async def test_cn9_a_contract_that_drops_the_item_ends_its_provision(world: World) -> None:
    await world.agree()
    token = await world.token()
    await world.change(CONTRACTS, "contract-app", items=ITEMS[1:])
    answer = await read(world, token, Asked(Item.NAME))
    assert answer["_denied"] == [{"item": "profile.name", "reason": "not_in_contract"}]


async def test_cn9_a_contract_with_another_purpose_permits_nothing(world: World) -> None:
    await world.agree()
    token = await world.token()
    before = await world.value(CONTRACTS, "contract-app")
    await world.change(CONTRACTS, "contract-app", purpose=replace(before.purpose, id="adverts"))
    assert (await read(world, token))["items"] == []


async def test_mb14_a_wider_contract_widens_no_token(world: World) -> None:
    await world.agree()
    token = await world.token()
    wider = (*ITEMS[:1], ContractItem(Item.BIRTH_YEAR, "year"), ContractItem(Item.GENDER, "value"))
    await world.change(CONTRACTS, "contract-app", items=wider, version=2)
    items = items_of(await read(world, token))
    assert items["profile.birth_year"] == "1980s"
    assert "profile.gender" not in items


async def test_the_scopes_of_a_token_bound_it(world: World) -> None:
    await world.agree()
    answer = await read(world, await world.token({"openid", "profile.name"}))
    assert list(items_of(answer)) == ["profile.name"]


async def test_cn12_each_answer_has_a_record_with_the_hash_of_its_body(world: World) -> None:
    consent = await world.agree()
    token = await world.token()
    bodies = [
        (await world.release.attributes(token, None, "r-1")).body,
        (await world.release.userinfo(token, "r-2")).body,
        (await world.release.attributes(token, Question.named([Asked(Item.EMAIL)]), "r-3")).body,
    ]
    records = sorted(await world.records(), key=lambda one: one.request_id)
    assert [one.answer_sha256 for one in records] == [
        hashlib.sha256(body).hexdigest() for body in bodies
    ]
    assert [one.by for one in records] == ["attributes", "userinfo", "attributes"]
    last = records[-1]
    assert [(one.item, one.granularity) for one in last.items] == [(Item.EMAIL, "address")]
    assert last.id == orjson.loads(bodies[-1])["provision"]
    assert (last.consent_id, last.consent_version) == (consent.id, 1)
    assert last.recipient.representative == "代表"
    assert last.token_digest == digest_of(token)


async def test_an_answer_without_values_leaves_no_record(world: World) -> None:
    await world.agree()
    answer = await read(world, await world.token({"openid"}))
    assert set(answer) == {"sub", "consent", "items"}
    assert await world.records() == []


async def test_cn11_nothing_leaves_when_the_record_cannot_be_written(world: World) -> None:
    await world.agree()
    token = await world.token()

    async def go_away() -> None:
        world.memory.away = True

    world.memory.meanwhile = go_away
    with pytest.raises(UnavailableError):
        await world.release.attributes(token, None, "r")
    world.memory.away = False
    assert await world.records() == []


Change = Callable[[World], Awaitable[None]]


async def withdraw(world: World) -> None:
    await world.consents.withdraw("person", "app")


async def suspend(world: World) -> None:
    await world.suspend()


async def suspend_and_lift(world: World) -> None:
    await world.suspend()
    await world.reactivate()


async def expire_token(world: World) -> None:
    world.clock.advance(300)


async def revoke_token(world: World) -> None:
    for kept in await world.vault.shelf(ACCESS_TOKENS).all():
        await world.change(ACCESS_TOKENS, kept.value.digest, revoked=True)


async def revoke_grant(world: World) -> None:
    for kept in await world.vault.shelf(GRANTS).all():
        await world.change(GRANTS, kept.value.id, revoked_at=world.clock.now())


async def sign_out_everywhere(world: World) -> None:
    await world.change(ACCOUNTS, "person", epoch=1)


async def erase(world: World) -> None:
    await world.erase()


async def lock_minor(world: World) -> None:
    await world.change(ACCOUNTS, "person", minor_until=2026)


async def end_contract(world: World) -> None:
    await world.change(CONTRACTS, "contract-app", valid_until=world.clock.now())


async def unsign_contract(world: World) -> None:
    await world.change(CONTRACTS, "contract-app", signed_on=None)


async def end_client(world: World) -> None:
    await world.change(CLIENTS, "app", ended_at=world.clock.now())


async def consent_anew(world: World) -> None:
    await world.consents.withdraw("person", "app")
    await world.agree()


ENDS: tuple[Change, ...] = (
    withdraw,
    suspend,
    suspend_and_lift,
    revoke_token,
    revoke_grant,
    sign_out_everywhere,
    erase,
    lock_minor,
    end_contract,
    unsign_contract,
    end_client,
    consent_anew,
)


@pytest.mark.parametrize("end", [*ENDS, expire_token], ids=lambda one: one.__name__)
async def test_cn4_mb3_mb4_whatever_ends_access_ends_it_with_the_next_call(
    world: World, end: Change
) -> None:
    await world.agree()
    token = await world.token()
    await read(world, token)
    await end(world)
    with pytest.raises(DeadTokenError):
        await read(world, token)
    assert len(await world.records()) == 1


@pytest.mark.parametrize("end", ENDS, ids=lambda one: one.__name__)
async def test_whatever_ends_access_while_an_answer_is_made_stops_that_answer(
    world: World, end: Change
) -> None:
    await world.agree()
    token = await world.token()

    async def meanwhile() -> None:
        await end(world)

    await world.subjects.sub(await world.value(CLIENTS, "app"), "person")
    world.memory.meanwhile = meanwhile
    with pytest.raises(DeadTokenError):
        await read(world, token)
    assert await world.records() == []


async def test_a_value_that_is_removed_while_an_answer_is_made_does_not_leave(world: World) -> None:
    await world.agree()
    token = await world.token()
    await world.subjects.sub(await world.value(CLIENTS, "app"), "person")

    async def remove() -> None:
        profile: Profile = await world.value(PROFILES, "person")
        left = {item: one for item, one in profile.values.items() if item is not Item.EMAIL}
        await world.change(PROFILES, "person", values=left)

    world.memory.meanwhile = remove
    assert "email" not in items_of(await read(world, token))


async def test_an_answer_gives_up_when_the_facts_never_rest(world: World) -> None:
    await world.agree()
    token = await world.token()
    await world.subjects.sub(await world.value(CLIENTS, "app"), "person")

    async def restless() -> None:
        before = await world.value(COMPANIES, "shop")
        await world.change(COMPANIES, "shop", address=before.address + "1")
        world.memory.meanwhile = restless

    world.memory.meanwhile = restless
    with pytest.raises(UnavailableError):
        await read(world, token)
    assert await world.records() == []


async def test_cn5_one_item_less_leaves_the_others_under_the_next_version(world: World) -> None:
    await world.agree()
    token = await world.token()
    await world.consents.withdraw_item("person", "app", Item.EMAIL)
    answer = await read(world, token)
    assert answer["consent"]["version"] == 2
    assert "email" not in items_of(answer)
    assert "profile.name" in items_of(answer)


async def test_cn22_a_consent_ends_by_the_clock(world: World) -> None:
    consent = await world.agree()
    world.clock.advance((consent.valid_until - START) / 1_000_000 - 1)
    token = await world.token()
    await read(world, token)
    world.clock.advance(1)
    with pytest.raises(DeadTokenError):
        await read(world, token)


async def test_cn8_a_new_service_of_the_same_company_reads_nothing(world: World) -> None:
    await world.agree()
    await world.member("other", "shop")
    own = await world.own_token(client_id="other")
    sub = await world.subjects.sub(await world.value(CLIENTS, "app"), "person")
    with pytest.raises(UnknownSubjectError):
        await world.release.subject(own, sub, None, "r")


@pytest.mark.parametrize("verified", [True, False])
async def test_cn21_the_verified_state_never_misses_beside_an_address(
    world: World, verified: bool
) -> None:
    await world.change(ACCOUNTS, "person", email_verified=verified)
    await world.agree()
    claims = orjson.loads((await world.release.userinfo(await world.token(), "r")).body)
    assert (claims["email"], claims["email_verified"]) == ("hanako@mail.example", verified)


async def test_userinfo_names_standard_claims_only_where_their_form_fits(world: World) -> None:
    await world.agree()
    claims = orjson.loads((await world.release.userinfo(await world.token(), "r")).body)
    assert claims["birth_band"] == "1980s"
    assert "birthdate" not in claims
    assert claims["family_name#ja-Kana-JP"] == "オオドオリ"


async def test_userinfo_needs_the_scope_openid(world: World) -> None:
    await world.agree()
    with pytest.raises(InsufficientScopeError):
        await world.release.userinfo(await world.token({"profile.name"}), "r")


async def test_a_token_of_another_audience_or_unknown_is_dead(world: World) -> None:
    await world.agree()
    token = await world.token()
    await world.change(ACCESS_TOKENS, digest_of(token), audience="https://other.example")
    for text in (token, "odori_at_unknown", ""):
        with pytest.raises(DeadTokenError):
            await read(world, text)


async def test_a_value_that_was_never_entered_is_not_there(world: World) -> None:
    await world.person("other", {Item.BIRTH_YEAR: 1990})
    await world.agree(account_id="other")
    answer = await read(
        world, await world.token(account_id="other"), Asked(Item.NAME), Asked(Item.BIRTH_YEAR)
    )
    assert answer["_denied"] == [{"item": "profile.name", "reason": "no_value"}]


async def test_a_person_who_is_not_present_is_read_by_the_companys_own_token(world: World) -> None:
    await world.agree({Item.NAME})
    sub = await world.subjects.sub(await world.value(CLIENTS, "app"), "person")
    answer = orjson.loads(
        (await world.release.subject(await world.own_token(), sub, None, "r")).body
    )
    assert answer["sub"] == sub
    assert set(items_of(answer)) == {"profile.name", "profile.birth_year"}
    assert [one.account_id for one in await world.records()] == ["person"]


async def test_unknown_and_foreign_ids_answer_as_a_person_without_consent(world: World) -> None:
    await world.person("silent")
    await world.member("rival", "rival-co")
    own = await world.own_token()
    client, rival = await world.value(CLIENTS, "app"), await world.value(CLIENTS, "rival")
    subs = [
        "unknown",
        await world.subjects.sub(client, "silent"),
        await world.subjects.sub(rival, "person"),
    ]
    told = set()
    for sub in subs:
        with pytest.raises(UnknownSubjectError) as refusal:
            await world.release.subject(own, sub, None, "r")
        told.add(refusal.value.message)
    assert len(told) == 1


async def test_an_own_token_of_a_suspended_company_hears_nothing_of_ids(world: World) -> None:
    own = await world.own_token()
    await world.change(COMPANIES, "shop", state=CompanyState.SUSPENDED)
    with pytest.raises(DeadTokenError):
        await world.release.subject(own, "unknown", None, "r")


async def test_an_own_token_needs_its_scope_and_a_person(world: World) -> None:
    with pytest.raises(InsufficientScopeError):
        await world.release.subject(await world.own_token({"subjects"}), "x", None, "r")
    with pytest.raises(BadRequestError):
        await world.release.attributes(await world.own_token(), None, "r")


async def test_a_persons_token_reads_nobody_else(world: World) -> None:
    await world.agree()
    with pytest.raises(BadRequestError):
        await world.release.subject(await world.token(), "x", None, "r")


async def test_the_id_is_recorded_once_for_each_version_of_a_consent(world: World) -> None:
    await world.agree()
    for _ in range(2):
        token = await world.value(ACCESS_TOKENS, digest_of(await world.token()))
        await world.release.openid(token, b"body", "r")
    await world.consents.withdraw_item("person", "app", Item.EMAIL)
    await world.release.openid(token, b"body", "r")
    records = await world.records()
    assert sorted(one.consent_version for one in records) == [1, 2]
    assert {one.by for one in records} == {"token"}
    assert {one.item for record in records for one in record.items} == {Item.OPENID}


async def test_the_id_is_not_recorded_when_nothing_is_permitted_any_more(world: World) -> None:
    await world.agree()
    token = await world.value(ACCESS_TOKENS, digest_of(await world.token()))
    await world.consents.withdraw("person", "app")
    with pytest.raises(DeadTokenError):
        await world.release.openid(token, b"body", "r")
    assert await world.records() == []


async def test_a_person_sees_what_was_provided_to_one_service_and_to_all(world: World) -> None:
    await world.member("rival", "rival-co")
    for name in ("app", "rival"):
        await world.agree(client_id=name)
        await world.release.attributes(await world.token(client_id=name), None, "r")
    assert len(await world.release.provisions_of("person")) == 2
    one = await world.release.provisions_of("person", "rival")
    assert [record.client_id for record in one] == ["rival"]
    assert await world.release.provisions_of("nobody") == []


async def test_cn10_member_data_flows_only_from_sources_in_good_standing(world: World) -> None:
    for source in ("cafe", "cinema", "gym"):
        await world.member(source, source)
        world.members.told[source] = [{"source": source}]
    items = (*ITEMS, ContractItem(Item.MEMBER_DATA, "records"))
    await world.change(CONTRACTS, "contract-app", items=items, sources=("cafe", "cinema"))
    await world.agree()
    token = await world.token()
    assert items_of(await read(world, token))["member_data"] == [
        {"source": "cafe"},
        {"source": "cinema"},
    ]
    await world.suspend("cinema")
    assert items_of(await read(world, token))["member_data"] == [{"source": "cafe"}]
    await world.suspend("cafe")
    answer = await read(world, token, Asked(Item.MEMBER_DATA))
    assert answer["_denied"] == [{"item": "member_data", "reason": "source_unavailable"}]


async def test_member_data_of_a_source_that_came_later_is_not_covered(world: World) -> None:
    await world.member("cafe", "cafe")
    await world.member("gym", "gym")
    world.members.told = {"cafe": [{"source": "cafe"}], "gym": [{"source": "gym"}]}
    items = (*ITEMS, ContractItem(Item.MEMBER_DATA, "records"))
    await world.change(CONTRACTS, "contract-app", items=items, sources=("cafe",))
    await world.agree()
    await world.change(CONTRACTS, "contract-app", sources=("cafe", "gym"), version=2)
    answer = items_of(await read(world, await world.token()))
    assert answer["member_data"] == [{"source": "cafe"}]


async def test_cn24_more_reads_than_the_contract_lets_be_are_a_429(world: World) -> None:
    await world.change(CONTRACTS, "contract-app", reads_per_day=2)
    consent = await world.agree()
    for _ in range(2):
        token = await world.token()
        await world.release.openid(await world.value(ACCESS_TOKENS, digest_of(token)), b"body", "r")
        await read(world, token)
    with capture_logs() as told, pytest.raises(TooManyRequestsError):
        await read(world, await world.token())
    assert [one["client"] for one in told] == ["app"]
    world.clock.advance(86_401)
    assert (await read(world, await world.token()))["consent"]["id"] == consent.id


async def test_answers_do_not_print(world: World) -> None:
    await world.agree()
    answer = await world.release.attributes(await world.token(), None, "r")
    assert "hanako" not in repr(answer)


async def test_a_consent_under_another_dossier_says_nothing(world: World) -> None:
    await world.agree()
    dossier = await world.value(DOSSIERS, "person/app")
    assert dossier.current is not None
    assert dossier.current.valid_until <= Instant(START + 366 * DAY_US)

"""The desk: every change is one compare-and-swap, whoever else is at it."""

import asyncio

import pytest
from support.consent_world import World, account

from kernel.errors import ConflictError, ForbiddenError, UnavailableError
from oauth.consents.tidying import Tidying
from oauth.model.consents import ConsentState, EventType
from oauth.model.items import Item
from oauth.model.kinds import ACCESS_TOKENS, ACCOUNTS, CLIENTS, DOSSIERS, GRANTS
from oauth.model.people import AccountState


@pytest.fixture
async def world() -> World:
    made = World()
    await made.open()
    return made


async def test_giving_returns_the_consent_that_lives(world: World) -> None:
    consent = await world.agree()
    assert await world.consent() == consent
    assert len(consent.id) == 26
    assert await world.agree() == consent


async def test_cn23_two_tabs_leave_what_the_later_commit_says(world: World) -> None:
    await world.agree()

    async def other_tab() -> None:
        await world.consents.withdraw("person", "app")

    world.memory.meanwhile = other_tab
    await world.agree({Item.NAME})
    dossier = await world.value(DOSSIERS, "person/app")
    assert [one.state for one in dossier.consents] == [ConsentState.WITHDRAWN, ConsentState.GIVEN]
    assert [one.type for one in dossier.events] == [
        EventType.GIVEN,
        EventType.WITHDRAWN,
        EventType.GIVEN,
    ]


async def test_cn23_many_tabs_at_once_lose_no_event(world: World) -> None:
    app = await world.value(CLIENTS, "app")
    await asyncio.gather(
        *(world.consents.refuse("person", app, [Item.NAME]) for _ in range(10)),
        *(world.agree() for _ in range(10)),
        *(world.consents.withdraw("person", "app") for _ in range(5)),
    )
    dossier = await world.value(DOSSIERS, "person/app")
    kinds = [one.type for one in dossier.events]
    assert kinds.count(EventType.REFUSED) == 10
    assert kinds.count(EventType.GIVEN) + kinds.count(EventType.RECONFIRMED) == 10
    assert [one.state for one in dossier.consents].count(ConsentState.GIVEN) <= 1


async def test_the_first_two_tabs_begin_one_dossier(world: World) -> None:
    app = await world.value(CLIENTS, "app")

    async def other_tab() -> None:
        await world.consents.requested("person", app, [Item.NAME])

    world.memory.meanwhile = other_tab
    await world.consents.refuse("person", app, [Item.NAME])
    dossier = await world.value(DOSSIERS, "person/app")
    assert [one.type for one in dossier.events] == [EventType.REQUESTED, EventType.REFUSED]


async def test_whoever_is_erased_while_agreeing_leaves_no_consent_that_lives(world: World) -> None:
    world.memory.meanwhile = world.erase
    with pytest.raises(ForbiddenError):
        await world.agree()
    dossier = await world.value(DOSSIERS, "person/app")
    assert [one.state for one in dossier.consents] == [ConsentState.WITHDRAWN]


async def test_a_dossier_that_never_rests_is_given_up(world: World) -> None:
    await world.agree()
    app = await world.value(CLIENTS, "app")
    changes = iter(range(1_000))

    async def restless() -> None:
        kept = await world.kept(DOSSIERS, "person/app")
        world.memory.put(DOSSIERS, kept.value)
        if next(changes) < 100:
            world.memory.meanwhile = restless

    world.memory.meanwhile = restless
    with pytest.raises(UnavailableError):
        await world.consents.refuse("person", app, [])


async def test_cn18_a_minor_grants_nothing(world: World) -> None:
    await world.change(ACCOUNTS, "person", minor_until=2026)
    with pytest.raises(ForbiddenError):
        await world.agree()
    assert await world.consents.dossier("person", "app") is None


async def test_who_is_erased_grants_nothing(world: World) -> None:
    await world.change(ACCOUNTS, "person", state=AccountState.ERASED)
    with pytest.raises(ForbiddenError):
        await world.agree()


async def test_an_expired_consent_is_shown_as_expired(world: World) -> None:
    consent = await world.agree()
    world.clock.advance((consent.valid_until - consent.given_at) / 1_000_000)
    kept = await world.consents.dossier("person", "app")
    assert kept is not None
    assert kept.value.consents[-1].state is ConsentState.EXPIRED
    (listed,) = await world.consents.of_person("person")
    assert listed == kept.value


async def test_withdrawing_where_there_was_nothing_says_so(world: World) -> None:
    assert await world.consents.withdraw("person", "app") is None
    assert await world.consents.withdraw_item("person", "app", Item.NAME) is None


async def test_an_item_that_is_required_is_refused_and_nothing_changes(world: World) -> None:
    consent = await world.agree()
    with pytest.raises(ConflictError):
        await world.consents.withdraw_item("person", "app", Item.BIRTH_YEAR)
    assert await world.consent() == consent


async def test_everything_of_a_person_can_be_ended_at_once(world: World) -> None:
    for number in range(3):
        await world.member(f"app-{number}", "shop")
        await world.agree(client_id=f"app-{number}")
    await world.consents.end_all("person")
    states = [one.consents[-1].state for one in await world.consents.of_person("person")]
    assert states == [ConsentState.WITHDRAWN] * 3


async def test_a_service_that_ends_ends_the_consents_of_everybody(world: World) -> None:
    for number in range(105):
        await world.vault.shelf(ACCOUNTS).add(account(f"p{number:03}"))
        await world.agree(account_id=f"p{number:03}")
    await world.consents.end_client("app")
    assert await world.vault.shelf(DOSSIERS).find("given", "app") == []
    assert (await world.consent("p104")).state is ConsentState.TERMINATED


async def test_what_a_withdrawn_consent_handed_out_is_taken_away(world: World) -> None:
    await world.agree()
    for _ in range(3):
        await world.token()
    await world.consents.withdraw("person", "app")
    assert not await world.vault.shelf(GRANTS).all()
    assert not await world.vault.shelf(ACCESS_TOKENS).all()


async def test_what_a_later_consent_hands_out_stays(world: World) -> None:
    await world.agree()
    dossier = await world.consents.withdraw("person", "app")
    assert dossier is not None
    await world.agree()
    await world.token()
    await Tidying(world.vault).after(dossier)  # that was slow
    assert len(await world.vault.shelf(GRANTS).all()) == 1
    assert len(await world.vault.shelf(ACCESS_TOKENS).all()) == 1


async def test_a_withdrawal_stands_although_nothing_can_be_taken_away(world: World) -> None:
    await world.agree()
    await world.token()

    async def goes_away() -> None:
        world.memory.away = True

    async def after_the_withdrawal() -> None:
        world.memory.meanwhile = goes_away

    world.memory.meanwhile = after_the_withdrawal
    dossier = await world.consents.withdraw("person", "app")
    world.memory.away = False
    assert dossier is not None
    assert (await world.consent()).state is ConsentState.WITHDRAWN
    assert len(await world.vault.shelf(GRANTS).all()) == 1


async def test_one_item_less_takes_no_token_away(world: World) -> None:
    await world.agree({Item.NAME})
    await world.token()
    await world.consents.withdraw_item("person", "app", Item.NAME)
    assert len(await world.vault.shelf(ACCESS_TOKENS).all()) == 1


async def test_whoever_leaves_leaves_no_token(world: World) -> None:
    await world.agree()
    await world.token()
    await world.consents.end_all("person")
    assert not await world.vault.shelf(GRANTS).all()
    assert not await world.vault.shelf(ACCESS_TOKENS).all()

"""`/v1/subjects`: IDs of people whose consent lives while the page is made."""

import pytest
from support.consent_world import World, account

from kernel.errors import BadRequestError
from oauth.model.kinds import ACCOUNTS, CLIENTS
from oauth.model.people import AccountState
from oauth.release.errors import DeadTokenError, InsufficientScopeError

NAMES = [f"p{number}" for number in range(7)]


@pytest.fixture
async def world() -> World:
    made = World()
    await made.member()
    await made.member("other", "shop")
    for name in NAMES:
        await made.vault.shelf(ACCOUNTS).add(account(name))
        await made.agree(account_id=name)
    return made


async def sub_of(world: World, name: str, client_id: str = "app") -> str:
    return await world.subjects.sub(await world.value(CLIENTS, client_id), name)


async def test_pages_follow_each_other_by_the_last_id(world: World) -> None:
    token = await world.own_token()
    first = await world.release.subjects(token, "", 3)
    second = await world.release.subjects(token, first.next, 3)
    third = await world.release.subjects(token, second.next, 3)
    assert [*first.subs, *second.subs, *third.subs] == [await sub_of(world, one) for one in NAMES]
    assert third.next == ""


async def test_cn3_who_withdraws_during_paging_is_missing_from_later_pages(world: World) -> None:
    token = await world.own_token()
    first = await world.release.subjects(token, "", 3)
    for name in ("p2", "p4"):
        await world.consents.withdraw(name, "app")
    later = await world.release.subjects(token, first.next, 100)
    assert list(later.subs) == [await sub_of(world, one) for one in ("p3", "p5", "p6")]


async def test_expired_consents_locked_and_erased_people_are_not_listed(world: World) -> None:
    await world.change(ACCOUNTS, "p0", minor_until=2026)
    await world.change(ACCOUNTS, "p1", state=AccountState.ERASED)
    page = await world.release.subjects(await world.own_token(), "", 100)
    assert list(page.subs) == [await sub_of(world, one) for one in NAMES[2:]]
    world.clock.advance(366 * 86_400)
    page = await world.release.subjects(await world.own_token(), "", 2)
    assert (page.subs, page.next) == ((), "")


async def test_another_service_of_the_company_lists_nobody(world: World) -> None:
    page = await world.release.subjects(await world.own_token(client_id="other"), "", 10)
    assert page.subs == ()


async def test_the_scope_is_needed_and_a_persons_token_lists_nobody(world: World) -> None:
    for token in (await world.own_token({"attributes"}), await world.token(account_id="p0")):
        with pytest.raises(InsufficientScopeError):
            await world.release.subjects(token, "", 10)


async def test_a_suspended_company_lists_nobody(world: World) -> None:
    token = await world.own_token()
    await world.suspend()
    with pytest.raises(DeadTokenError):
        await world.release.subjects(token, "", 10)


async def test_a_page_after_an_unknown_id_is_refused(world: World) -> None:
    with pytest.raises(BadRequestError):
        await world.release.subjects(await world.own_token(), "unknown", 10)

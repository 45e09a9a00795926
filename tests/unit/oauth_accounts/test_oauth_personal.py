import asyncio

import pytest
from support.accounts import HANAKO, AccountBench

from kernel.errors import BadRequestError
from oauth.accounts.refusals import BadBirthYearError
from oauth.model.items import Item
from oauth.model.kinds import PROFILES
from oauth.sealing.sealer import BrokenSealError, ErasedError

NAME = {"family_name": "Odori", "given_name": "Hanako"}


async def test_a_value_comes_back_with_the_time_it_was_entered(bench: AccountBench) -> None:
    account_id = await bench.register()
    bench.clock.advance(60)
    await bench.personal.put(account_id, Item.NAME, NAME)
    value = (await bench.personal.read(account_id))[Item.NAME]
    assert value.value == NAME
    assert value.updated_at == bench.clock.now()
    assert await bench.personal.present(account_id) == {Item.EMAIL, Item.BIRTH_YEAR, Item.NAME}


async def test_a_value_is_checked_before_it_is_sealed(bench: AccountBench) -> None:
    account_id = await bench.register()
    with pytest.raises(BadRequestError):
        await bench.personal.put(account_id, Item.HOUSEHOLD, {"size": "many", "children": 0})
    with pytest.raises(BadBirthYearError):
        await bench.personal.put(account_id, Item.BIRTH_YEAR, 2199)
    with pytest.raises(BadRequestError):
        await bench.personal.put(account_id, Item.OPENID, "x")


async def test_removing_a_value_removes_it_alone(bench: AccountBench) -> None:
    account_id = await bench.register()
    await bench.personal.put(account_id, Item.NAME, NAME)
    await bench.personal.remove(account_id, Item.NAME)
    await bench.personal.remove(account_id, Item.GENDER)
    assert await bench.personal.present(account_id) == {Item.EMAIL, Item.BIRTH_YEAR}


async def test_the_address_is_neither_entered_nor_removed_by_hand(bench: AccountBench) -> None:
    account_id = await bench.register()
    with pytest.raises(BadRequestError):
        await bench.personal.put(account_id, Item.EMAIL, {"email": "other@example.jp"})
    with pytest.raises(BadRequestError):
        await bench.personal.remove(account_id, Item.EMAIL)
    address = await bench.personal.email(account_id)
    assert address is not None
    assert address.text == HANAKO


async def test_values_that_are_entered_at_once_are_all_kept(bench: AccountBench) -> None:
    account_id = await bench.register()
    await asyncio.gather(
        bench.personal.put(account_id, Item.NAME, NAME),
        bench.personal.put(account_id, Item.LANGUAGE, ["ja"]),
        bench.personal.put(account_id, Item.HOUSEHOLD, {"size": 3, "children": 1}),
    )
    bench.vault.meanwhile = lambda: bench.personal.put(account_id, Item.LANGUAGE, ["en"])
    await bench.personal.put(account_id, Item.HOUSEHOLD, {"size": 4, "children": 2})
    values = {item: one.value for item, one in (await bench.personal.read(account_id)).items()}
    assert values[Item.NAME] == NAME
    assert values[Item.LANGUAGE] == ["en"]
    assert values[Item.HOUSEHOLD] == {"size": 4, "children": 2}


async def test_nobody_has_no_values_and_can_be_given_none(bench: AccountBench) -> None:
    assert await bench.personal.read("nobody") == {}
    assert await bench.personal.present("nobody") == frozenset()
    with pytest.raises(ErasedError):
        await bench.personal.put("nobody", Item.NAME, NAME)


async def test_values_that_change_places_in_the_database_do_not_open(bench: AccountBench) -> None:
    one = await bench.register("one@example.jp")
    other = await bench.register("other@example.jp")
    shelf = bench.vault.shelf(PROFILES)
    mine, theirs = await shelf.get(one), await shelf.get(other)
    assert mine is not None
    assert theirs is not None
    assert await shelf.swap(mine, type(mine.value)(one, theirs.value.values))
    with pytest.raises(BrokenSealError):
        await bench.personal.read(one)


async def test_cn18_entering_another_birth_year_never_ends_the_lock_of_a_minor(
    bench: AccountBench,
) -> None:
    account_id = await bench.register(birth_year=2012)
    await bench.personal.put(account_id, Item.BIRTH_YEAR, 1984)
    assert (await bench.account(account_id)).minor_until == 2028
    await bench.personal.put(account_id, Item.BIRTH_YEAR, 2014)
    assert (await bench.account(account_id)).minor_until == 2030
    await bench.personal.remove(account_id, Item.BIRTH_YEAR)
    assert (await bench.account(account_id)).minor_until == 2030


async def test_cn18_an_adult_who_enters_a_younger_year_is_locked(bench: AccountBench) -> None:
    account_id = await bench.register(birth_year=1984)
    await bench.personal.put(account_id, Item.BIRTH_YEAR, 2015)
    assert (await bench.account(account_id)).minor_until == 2031


async def test_a_lock_that_is_over_leaves_no_birth_year_behind(bench: AccountBench) -> None:
    account_id = await bench.register(birth_year=2010)
    bench.clock.advance(366 * 24 * 3600)
    await bench.personal.put(account_id, Item.BIRTH_YEAR, 2010)
    assert (await bench.account(account_id)).minor_until is None


async def test_values_do_not_print(bench: AccountBench) -> None:
    account_id = await bench.register()
    await bench.personal.put(account_id, Item.NAME, NAME)
    values = await bench.personal.read(account_id)
    assert "Hanako" not in repr(values)
    assert HANAKO not in repr(values)
    assert HANAKO not in repr(await bench.personal.email(account_id))

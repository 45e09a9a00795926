"""A citizen's life in the vault of every engine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from support.accounts import HANAKO, OTHER_PASSWORD, PASSWORD, AccountBench
from support.engines import ENGINES, PLACES, SqlitePlace

from kernel.errors import TooManyRequestsError
from oauth.accounts.refusals import SignInFailedError
from oauth.model.items import Item
from oauth.model.kinds import ACCOUNTS, LINKS, LOGIN_NAMES, PROFILES, SESSIONS, WRAPPED_KEYS
from oauth.model.people import AccountState

NEW = "hanako.odori@example.com"
NAME = {"family_name": "Konohana", "given_name": "Sakuya"}


@pytest.fixture(params=ENGINES)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[AccountBench]:
    """Accounts over an engine's vault and key store, the terms in force."""
    place = PLACES[request.param](request)
    async with AsyncExitStack() as opened:
        vault = await opened.enter_async_context(place.open_vault())
        keys = await opened.enter_async_context(place.open_keys())
        bench = AccountBench(vault=vault, keys=keys)
        opened.callback(bench.close)
        await bench.publish_terms()
        yield bench


async def test_from_registration_to_erasure_and_back(bench: AccountBench) -> None:
    account_id = await bench.register()
    await bench.accounts.verify(bench.mail.sent[-1].token)
    await bench.personal.put(account_id, Item.NAME, NAME)
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    visitor = await bench.accounts.who(secret)
    assert visitor is not None
    assert visitor.account.email_verified

    await bench.accounts.ask_email_change(account_id, PASSWORD, NEW)
    await bench.post.flush()
    await bench.accounts.verify(bench.mail.sent[-1].token)
    await bench.accounts.change_password(account_id, PASSWORD, OTHER_PASSWORD)
    assert await bench.accounts.who(secret) is None
    secret = await bench.accounts.log_in(NEW, OTHER_PASSWORD)
    assert (await bench.personal.read(account_id))[Item.NAME].value == NAME

    await bench.accounts.erase(account_id, OTHER_PASSWORD)
    assert (await bench.account(account_id)).state is AccountState.ERASED
    assert await bench.accounts.finish_erasures() == 0
    for kind in (LOGIN_NAMES, PROFILES, SESSIONS, LINKS):
        assert not await bench.vault.shelf(kind).all(), kind.name
    assert not await bench.keys.shelf(WRAPPED_KEYS).all()
    assert await bench.accounts.who(secret) is None
    with pytest.raises(SignInFailedError):
        await bench.accounts.log_in(NEW, OTHER_PASSWORD)
    assert await bench.register(NEW) != account_id


async def test_of_many_registrations_of_one_address_at_once_one_account_is_left(
    bench: AccountBench,
) -> None:
    forms = [await bench.application() for _ in range(5)]
    await asyncio.gather(*(bench.accounts.register(form) for form in forms))
    await bench.post.flush()
    (account,) = await bench.vault.shelf(ACCOUNTS).all()
    (name,) = await bench.vault.shelf(LOGIN_NAMES).all()
    assert name.value.account_id == account.value.id
    assert account.value.state is AccountState.OPEN
    assert len(await bench.keys.shelf(WRAPPED_KEYS).all()) == 1


async def test_of_many_guesses_at_once_five_are_compared(bench: AccountBench) -> None:
    await bench.register()

    async def guess() -> type[Exception]:
        try:
            await bench.accounts.log_in(HANAKO, "wrong")
        except (SignInFailedError, TooManyRequestsError) as error:
            return type(error)
        raise AssertionError("signed in")

    answers = await asyncio.gather(*(guess() for _ in range(12)))
    assert answers.count(SignInFailedError) == 5


async def test_values_that_are_entered_at_once_are_all_kept(bench: AccountBench) -> None:
    account_id = await bench.register()
    entered = {
        Item.NAME: NAME,
        Item.LANGUAGE: ["ja"],
        Item.HOUSEHOLD: {"size": 3, "children": 1},
    }
    await asyncio.gather(
        *(bench.personal.put(account_id, item, value) for item, value in entered.items())
    )
    assert await bench.personal.present(account_id) >= set(entered)


async def test_check_50_no_file_of_the_vault_holds_what_a_person_entered(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """E-mail, name, birth year, password, link and cookie, while open and afterwards."""
    directory = tmp_path_factory.mktemp("vault")
    place = SqlitePlace(directory)
    async with place.open_vault() as vault, place.open_keys() as keys:
        bench = AccountBench(vault=vault, keys=keys)
        await bench.publish_terms()
        account_id = await bench.register()
        await bench.personal.put(account_id, Item.NAME, NAME)
        secret = await bench.accounts.log_in(HANAKO, PASSWORD, network="198.51.100.7")
        token = bench.mail.sent[-1].token
        hidden = [HANAKO, "Sakuya", "Konohana", PASSWORD, secret, token, "198.51.100.7"]
        while_open = _bytes_below(directory)
        bench.close()
    for files in (while_open, _bytes_below(directory)):
        assert account_id.encode() in files
        assert not [one for one in hidden if one.encode() in files]


def _bytes_below(directory: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(directory.iterdir()) if one.is_file())

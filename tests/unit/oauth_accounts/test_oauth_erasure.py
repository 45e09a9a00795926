from collections.abc import Awaitable, Callable

import pytest
from support.accounts import HANAKO, PASSWORD, AccountBench

from kernel.errors import UnavailableError
from kernel.times import Instant
from oauth.accounts.refusals import DeadLinkError, SignInFailedError, WrongPasswordError
from oauth.accounts.registration import Application
from oauth.accounts.service import Visitor
from oauth.model.companies import CompanyState
from oauth.model.items import Item
from oauth.model.kinds import (
    ACCOUNTS,
    LINKS,
    LOGIN_NAMES,
    MEMBER_RECORDS,
    PROFILES,
    PROVISIONS,
    SESSIONS,
    WRAPPED_KEYS,
)
from oauth.model.people import AccountState, MemberRecord
from oauth.model.provisions import Provision, Recipient
from oauth.model.texts import Bilingual
from oauth.sealing.sealer import ErasedError

BOTH = Bilingual("店", "shop")


async def furnished(bench: AccountBench) -> str:
    """A person with a session, a link, a record of a company and one of a provision."""
    account_id = await bench.register()
    await bench.accounts.log_in(HANAKO, PASSWORD)
    now = bench.clock.now()
    sealed = await bench.sealer.seal(account_id, Item.MEMBER_DATA, b"{}")
    record = MemberRecord(f"{account_id}.1", account_id, "c", "s", "visits", now, now, sealed)
    await bench.vault.shelf(MEMBER_RECORDS).add(record)
    await bench.vault.shelf(PROVISIONS).add(provision(account_id, now))
    return account_id


def provision(account_id: str, now: Instant) -> Provision:
    recipient = Recipient("c", BOTH, "Sapporo", "A. Sato")
    return Provision(
        id="p1",
        at=now,
        account_id=account_id,
        client_id="s",
        recipient=recipient,
        service=BOTH,
        consent_id="k",
        consent_version=1,
        contract_id="t",
        contract_version=1,
        purpose_id="u",
        purpose=BOTH,
        terms=(),
        items=(),
        by="userinfo",
        token_digest="0" * 64,
        request_id="r",
        answer_sha256="0" * 64,
        company_state=CompanyState.ACTIVE,
    )


GOES = (LOGIN_NAMES, PROFILES, MEMBER_RECORDS, SESSIONS, LINKS)


async def assert_is_gone(bench: AccountBench, account_id: str) -> None:
    for kind in GOES:
        assert not await bench.vault.shelf(kind).all(), kind.name
    assert not await bench.keys.shelf(WRAPPED_KEYS).all()
    account = await bench.account(account_id)
    assert account.state is AccountState.ERASED
    assert account.erased_at == bench.clock.now()
    assert (account.password, account.minor_until, account.email_verified) == ("", None, False)
    assert account.epoch == 1
    assert set(bench.ended) == {account_id}


async def test_erasing_takes_everything_but_the_records_of_provision(bench: AccountBench) -> None:
    account_id = await furnished(bench)
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    await bench.accounts.erase(account_id, PASSWORD)
    await assert_is_gone(bench, account_id)
    assert len(await bench.vault.shelf(PROVISIONS).all()) == 1
    assert await bench.accounts.who(secret) is None
    with pytest.raises(SignInFailedError):
        await bench.accounts.log_in(HANAKO, PASSWORD)


async def test_erasing_needs_the_password(bench: AccountBench) -> None:
    account_id = await furnished(bench)
    with pytest.raises(WrongPasswordError):
        await bench.accounts.erase(account_id, "wrong")
    assert not bench.ended
    assert await bench.accounts.log_in(HANAKO, PASSWORD)


async def test_the_person_is_told_after_the_address_is_gone_from_the_vault(
    bench: AccountBench,
) -> None:
    account_id = await bench.register()
    await bench.accounts.erase(account_id, PASSWORD)
    await bench.post.flush()
    assert bench.mail.sent[-1].to == HANAKO
    assert bench.mail.sent[-1].subject == "IDを削除しました"


async def test_consents_end_before_anything_else(bench: AccountBench) -> None:
    account_id = await furnished(bench)
    states: list[AccountState] = []

    async def end_consents(ended: str) -> None:
        bench.ended.append(ended)
        states.append((await bench.account(ended)).state)

    accounts = bench.accounts_with(bench.passwords, end_consents)
    await accounts.erase(account_id, PASSWORD)
    assert states[0] is AccountState.OPEN
    assert states[-1] is AccountState.ERASED  # again, for one that was given in between


async def test_the_address_can_register_again_and_is_somebody_new(bench: AccountBench) -> None:
    old_id = await furnished(bench)
    await bench.accounts.erase(old_id, PASSWORD)
    new_id = await bench.register()
    assert new_id != old_id
    assert set(await bench.personal.read(new_id)) == {Item.EMAIL, Item.BIRTH_YEAR}


async def test_a_restored_backup_of_the_vault_stays_unreadable(bench: AccountBench) -> None:
    account_id = await furnished(bench)
    (profile,) = await bench.vault.shelf(PROFILES).all()
    await bench.accounts.erase(account_id, PASSWORD)
    await bench.vault.shelf(PROFILES).add(profile.value)
    assert await bench.personal.read(account_id) == {}
    assert await bench.personal.present(account_id) == frozenset()
    assert await bench.personal.email(account_id) is None
    with pytest.raises(ErasedError):
        await bench.sealer.open(account_id, Item.EMAIL, profile.value.values[Item.EMAIL])


class CrashError(Exception):
    """The process dies here."""


@pytest.mark.parametrize("writes", range(10))
async def test_an_erasure_that_is_cut_short_anywhere_is_finished_by_repeating(
    bench: AccountBench, writes: int
) -> None:
    account_id = await furnished(bench)
    await signed_in(bench)
    bench.vault.meanwhile = dying_after(bench, writes)
    with pytest.raises(CrashError):
        await bench.accounts.erase(account_id, PASSWORD)
    bench.vault.meanwhile = None
    if (await bench.account(account_id)).state is AccountState.OPEN:
        await bench.accounts.erase(account_id, PASSWORD)
    else:
        assert await bench.accounts.finish_erasures() == 1
    await assert_is_gone(bench, account_id)
    assert await bench.accounts.finish_erasures() == 0


def dying_after(bench: AccountBench, writes: int) -> Callable[[], Awaitable[None]]:
    """What happens before each write: nothing, until one is the last."""

    async def before_writing() -> None:
        nonlocal writes
        if writes == 0:
            raise CrashError
        writes -= 1
        bench.vault.meanwhile = before_writing

    return before_writing


async def signed_in(bench: AccountBench) -> Visitor:
    visitor = await bench.accounts.who(await bench.accounts.log_in(HANAKO, PASSWORD))
    assert visitor is not None
    return visitor


async def test_an_erasure_whose_key_store_went_away_is_finished_when_it_is_back(
    bench: AccountBench,
) -> None:
    account_id = await furnished(bench)

    async def away() -> None:
        bench.keys.away = True

    bench.keys.meanwhile = away
    with pytest.raises(UnavailableError):
        await bench.accounts.erase(account_id, PASSWORD)
    assert (await bench.account(account_id)).erased_at is None
    bench.keys.away = False
    assert await bench.accounts.finish_erasures() == 1
    await assert_is_gone(bench, account_id)


async def test_links_that_were_mailed_before_are_dead(bench: AccountBench) -> None:
    account_id = await bench.register()
    token = bench.mail.sent[0].token
    await bench.accounts.erase(account_id, PASSWORD)
    with pytest.raises(DeadLinkError):
        await bench.accounts.verify(token)


async def test_an_open_account_is_never_finished(bench: AccountBench) -> None:
    account_id = await bench.register()
    bench.clock.advance(7_200)
    assert await bench.accounts.finish_erasures() == 0
    assert (await bench.account(account_id)).state is AccountState.OPEN
    assert len(await bench.vault.shelf(ACCOUNTS).all()) == 1


def test_an_application_does_not_print() -> None:
    form = Application(HANAKO, PASSWORD, 1984, None, (), None)  # type: ignore[arg-type]
    assert HANAKO not in repr(form)
    assert PASSWORD not in f"{form}"

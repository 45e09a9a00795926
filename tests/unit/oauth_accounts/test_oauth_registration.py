from dataclasses import replace

import msgspec
import pytest
from support.accounts import HANAKO, ISSUER, PASSWORD, AccountBench

from kernel.errors import TooManyRequestsError, UnavailableError
from kernel.times import parse_instant
from oauth.accounts.refusals import (
    BadAddressError,
    BadBirthYearError,
    DeadLinkError,
    SignInFailedError,
    TermsError,
    WeakPasswordError,
)
from oauth.model.ids import ulid
from oauth.model.items import Item
from oauth.model.kinds import ACCOUNTS, LINKS, LOGIN_NAMES, PROFILES, TERMS, WRAPPED_KEYS
from oauth.model.people import Account, AccountState, LinkPurpose
from oauth.model.texts import Language
from oauth.terms.packaged import DOCUMENTS


async def test_a_new_account_is_open_unverified_and_holds_address_and_birth_year(
    bench: AccountBench,
) -> None:
    account = await bench.account(await bench.register())
    terms = await bench.accounts.terms()
    assert account.state is AccountState.OPEN
    assert not account.email_verified
    assert account.terms == (terms.ref,)
    values = await bench.personal.read(account.id)
    assert {item: one.value for item, one in values.items()} == {
        Item.EMAIL: {"email": HANAKO},
        Item.BIRTH_YEAR: 1984,
    }


async def test_the_letter_leads_to_a_page_whose_button_verifies_the_address_once(
    bench: AccountBench,
) -> None:
    account_id = await bench.register()
    (letter,) = bench.mail.sent
    assert letter.to == HANAKO
    assert f"{ISSUER}/account/verify?token=" in letter.text
    assert await bench.accounts.purpose_of(letter.token) is LinkPurpose.VERIFY
    assert await bench.accounts.verify(letter.token) is LinkPurpose.VERIFY
    assert (await bench.account(account_id)).email_verified
    with pytest.raises(DeadLinkError):
        await bench.accounts.verify(letter.token)


async def test_looking_at_a_link_as_a_mail_scanner_does_uses_nothing(bench: AccountBench) -> None:
    account_id = await bench.register()
    for _ in range(3):
        await bench.accounts.purpose_of(bench.mail.sent[0].token)
    assert not (await bench.account(account_id)).email_verified


@pytest.mark.parametrize(("seconds", "good"), [(30 * 60 - 1, True), (30 * 60, False)])
async def test_a_link_is_good_for_thirty_minutes(
    bench: AccountBench, seconds: int, good: bool
) -> None:
    await bench.register()
    bench.clock.advance(seconds)
    token = bench.mail.sent[0].token
    if good:
        await bench.accounts.verify(token)
    else:
        with pytest.raises(DeadLinkError):
            await bench.accounts.verify(token)


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, None, 7, "\ud800", b"bytes"])
async def test_a_text_that_is_no_link_is_dead(bench: AccountBench, token: object) -> None:
    with pytest.raises(DeadLinkError):
        await bench.accounts.verify(token)


async def test_a_second_registration_of_an_address_tells_its_owner_and_changes_nothing(
    bench: AccountBench,
) -> None:
    account_id = await bench.register()
    before = await bench.account(account_id)
    again = await bench.application("HANAKO@Example.JP", password="an attacker's 88 guess")
    assert await bench.accounts.register(again) is None
    await bench.post.flush()
    letter = bench.mail.sent[-1]
    assert letter.to == HANAKO
    assert letter.subject == "このメールアドレスは登録済みです"
    assert "token=" not in letter.text
    assert await bench.account(account_id) == before
    with pytest.raises(SignInFailedError):
        await bench.accounts.log_in(HANAKO, "an attacker's 88 guess")
    assert await bench.accounts.log_in(HANAKO, PASSWORD)


async def test_nothing_is_left_of_a_registration_whose_address_was_taken(
    bench: AccountBench,
) -> None:
    await bench.register()
    await bench.accounts.register(await bench.application())
    await bench.post.flush()
    for kind in (ACCOUNTS, PROFILES, LINKS, LOGIN_NAMES):
        assert len(await bench.vault.shelf(kind).all()) == 1, kind.name
    assert len(await bench.keys.shelf(WRAPPED_KEYS).all()) == 1


async def test_both_registrations_write_equally_often_before_they_answer(
    bench: AccountBench,
) -> None:
    async def writes() -> int:
        before = bench.vault._revision + bench.keys._revision
        await bench.accounts.register(await bench.application())
        count = bench.vault._revision + bench.keys._revision - before
        await bench.post.flush()
        return count

    new, taken = await writes(), await writes()
    assert new - taken == 1  # the name itself: an insert that finds its key taken


async def test_of_two_registrations_at_once_one_gets_the_address(bench: AccountBench) -> None:
    other = await bench.application()

    async def meanwhile() -> None:
        await bench.accounts.register(other)

    mine = await bench.application(password="who comes first? 42")
    bench.vault.meanwhile = meanwhile
    await bench.accounts.register(mine)
    await bench.post.flush()
    assert len(await bench.vault.shelf(ACCOUNTS).all()) == 1
    assert len(await bench.vault.shelf(LOGIN_NAMES).all()) == 1


async def test_an_account_that_was_half_made_when_the_process_died_goes_after_an_hour(
    bench: AccountBench,
) -> None:
    now = bench.clock.now()
    half = Account(ulid(now, bench.ids), now, "", Language.JA, (), AccountState.OPENING)
    await bench.vault.shelf(ACCOUNTS).add(half)
    await bench.sealer.create(half.id)
    assert await bench.accounts.finish_erasures() == 0
    bench.clock.advance(3_601)
    assert await bench.accounts.finish_erasures() == 1
    assert await bench.accounts.get(half.id) is None
    assert await bench.keys.shelf(WRAPPED_KEYS).get(half.id) is None


async def test_an_unfinished_account_cannot_do_anything(bench: AccountBench) -> None:
    account_id = await bench.register()
    kept = await bench.accounts.get(account_id)
    assert kept is not None
    opening = msgspec.structs.replace(kept.value, state=AccountState.OPENING)
    assert await bench.vault.shelf(ACCOUNTS).swap(kept, opening)
    with pytest.raises(SignInFailedError):
        await bench.accounts.log_in(HANAKO, PASSWORD)


async def test_the_address_itself_is_nowhere_in_the_vault(bench: AccountBench) -> None:
    await bench.register()
    stored = b"".join(one.body for kind in bench.vault._documents.values() for one in kind.values())
    assert b"hanako" not in stored
    assert b"1984" not in stored
    assert bench.mail.sent[0].token.encode() not in stored


async def test_cn18_whoever_may_be_sixteen_this_year_is_marked_until_that_year_is_over(
    bench: AccountBench,
) -> None:
    young = await bench.account(await bench.register("taro@example.jp", birth_year=2010))
    assert young.minor_until == 2026
    adult = await bench.account(await bench.register("jiro@example.jp", birth_year=2009))
    assert adult.minor_until is None


async def test_the_year_is_that_of_japan() -> None:
    bench = AccountBench()
    await bench.publish_terms()
    bench.clock.advance((parse_instant("2026-12-31T15:30:00Z") - bench.clock.now()) / 1_000_000)
    account = await bench.account(await bench.register(birth_year=2010))
    assert account.minor_until is None  # 2027 in Sapporo
    bench.close()


async def test_registration_needs_terms_in_force() -> None:
    bench = AccountBench()
    with pytest.raises(UnavailableError):
        await bench.accounts.terms()
    await bench.vault.shelf(TERMS).add(
        msgspec.structs.replace(DOCUMENTS[0], effective_from=parse_instant("2027-01-01"))
    )
    with pytest.raises(UnavailableError):
        await bench.accounts.terms()
    bench.close()


async def test_only_the_terms_in_force_with_both_clauses_can_be_accepted(
    bench: AccountBench,
) -> None:
    good = await bench.application()
    older = msgspec.structs.replace(good.terms, version="0")
    one_clause = list(good.clauses)[:1]
    assert len(good.clauses) == 2
    for bad in (replace(good, terms=older), replace(good, clauses=one_clause)):
        with pytest.raises(TermsError):
            await bench.accounts.register(bad)
    assert not await bench.vault.shelf(ACCOUNTS).all()


@pytest.mark.parametrize("year", [2027, 1800, "1984", 1984.0, True, None])
async def test_a_birth_year_is_a_year_that_somebody_alive_was_born_in(
    bench: AccountBench, year: object
) -> None:
    with pytest.raises(BadBirthYearError):
        await bench.accounts.register(replace(await bench.application(), birth_year=year))


async def test_a_bad_address_and_a_weak_password_are_refused_without_being_quoted(
    bench: AccountBench,
) -> None:
    good = await bench.application()
    with pytest.raises(BadAddressError) as address:
        await bench.accounts.register(replace(good, address="no-address-at-all"))
    with pytest.raises(WeakPasswordError) as password:
        await bench.accounts.register(replace(good, password="hanako loves kame"))
    assert "no-address" not in str(address.value)
    assert "kame" not in str(password.value)


async def test_mail_to_one_address_is_throttled_whether_or_not_it_has_an_account(
    bench: AccountBench,
) -> None:
    for address in ("new@example.jp", HANAKO):
        if address == HANAKO:
            await bench.register()
        asked = 1 if address == HANAKO else 0
        for _ in range(5 - asked):
            await bench.accounts.ask_recovery(address)
        with pytest.raises(TooManyRequestsError) as raised:
            await bench.accounts.ask_recovery(address)
        assert raised.value.retry_after_s == 60


async def test_a_person_is_written_to_in_the_language_of_the_form(bench: AccountBench) -> None:
    await bench.register(language=Language.EN)
    assert bench.mail.sent[0].subject == "Confirm your e-mail address"


async def test_mail_that_the_server_did_not_take_is_tried_again(bench: AccountBench) -> None:
    bench.mail.away = True
    await bench.accounts.register(await bench.application())
    bench.mail.away = False
    await bench.post.flush()
    assert len(bench.mail.sent) == 1


async def test_mail_that_is_given_up_stops_nothing_and_logs_no_address(
    bench: AccountBench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.mail.away = True
    await bench.register()
    bench.mail.away = False
    printed = capsys.readouterr()
    assert "mail is given up" in printed.out + printed.err
    assert "hanako" not in printed.out + printed.err
    assert not bench.mail.sent
    visitor = await bench.accounts.who(await bench.accounts.log_in(HANAKO, PASSWORD))
    assert visitor is not None
    await bench.accounts.ask_verification(visitor.account.id)
    await bench.post.flush()
    await bench.accounts.verify(bench.mail.sent[-1].token)
    assert (await bench.account(visitor.account.id)).email_verified


async def test_whoever_is_verified_gets_no_further_link(bench: AccountBench) -> None:
    account_id = await bench.register()
    await bench.accounts.verify(bench.mail.sent[-1].token)
    await bench.accounts.ask_verification(account_id)
    await bench.post.flush()
    assert len(bench.mail.sent) == 1


@pytest.mark.parametrize("known", [False, True])
async def test_nobody_is_registered_whose_link_cannot_be_mailed(
    bench: AccountBench, *, known: bool
) -> None:
    if known:
        await bench.register()
    before = [kept.value for kept in await bench.vault.shelf(ACCOUNTS).all()]
    application = await bench.application()
    bench.fill_the_post()
    with pytest.raises(UnavailableError):
        await bench.accounts.register(application)
    assert [kept.value for kept in await bench.vault.shelf(ACCOUNTS).all()] == before

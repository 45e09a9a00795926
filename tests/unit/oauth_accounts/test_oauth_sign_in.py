import asyncio

import pytest
from support.accounts import CHEAP, HANAKO, OTHER_PASSWORD, PASSWORD, AccountBench

from kernel.errors import TooManyRequestsError
from oauth.accounts.parts import AccountRules
from oauth.accounts.passwords import Cost, Passwords
from oauth.accounts.refusals import SignInFailedError, WrongPasswordError
from oauth.accounts.sessions import SessionLimits
from oauth.model.kinds import SESSIONS, THROTTLES
from oauth.sealing.secrets import digest_of

SUZUKI = "suzuki@example.jp"
DEARER = Cost(passes=2, memory_kib=16, lanes=1)
WRONG = "wrong"


async def failed(bench: AccountBench, address: object, password: object = WRONG) -> Exception:
    try:
        await bench.accounts.log_in(address, password)
    except (SignInFailedError, TooManyRequestsError) as error:
        return error
    raise AssertionError("signed in")


async def test_a_person_signs_in_and_is_known_by_the_cookie(bench: AccountBench) -> None:
    account_id = await bench.register()
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    visitor = await bench.accounts.who(secret)
    assert visitor is not None
    assert visitor.account.id == account_id
    assert visitor.secret_digest == digest_of(secret)
    assert visitor.is_fresh(bench.clock.now(), 0)


@pytest.mark.parametrize(
    "typed", ["Hanako@EXAMPLE.jp", " hanako@example.jp ", "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ"]
)
async def test_capitals_blanks_and_full_width_letters_do_not_keep_anybody_out(
    bench: AccountBench, typed: str
) -> None:
    await bench.register()
    assert await bench.accounts.log_in(typed, PASSWORD)


async def test_a_password_typed_in_another_normal_form_is_the_same(bench: AccountBench) -> None:
    await bench.register()
    assert await bench.accounts.log_in(HANAKO, "ｕｓａｇｉ ｔｏ ｋａｍｅ ７３")


async def test_unknown_address_and_wrong_password_are_one_answer(bench: AccountBench) -> None:
    await bench.register()
    answers = [
        await failed(bench, HANAKO),
        await failed(bench, SUZUKI),
        await failed(bench, "no address"),
        await failed(bench, None),
        await failed(bench, "\ud800"),
        await failed(bench, HANAKO, None),
        await failed(bench, HANAKO, "x" * 100_000),
        await failed(bench, HANAKO, "\ud800"),
    ]
    assert {type(one) for one in answers} == {SignInFailedError}
    assert len({str(one) for one in answers}) == 1


class Counted(Passwords):
    """Passwords that count what costs time, instead of measuring it."""

    calls = 0

    async def matches(self, phc: str, text: object) -> bool:
        self.calls += 1
        return await super().matches(phc, text)


async def test_unknown_address_and_wrong_password_are_hashed_equally_often(
    bench: AccountBench,
) -> None:
    await bench.register()
    with Counted(ids=bench.ids, cost=CHEAP) as counted:
        accounts = bench.accounts_with(counted)
        for number, address in enumerate([HANAKO, SUZUKI, "no address"], start=1):
            with pytest.raises(SignInFailedError):
                await accounts.log_in(address, "wrong")
            assert counted.calls == number


@pytest.mark.parametrize("address", [HANAKO, SUZUKI])
async def test_after_five_failures_a_name_waits_longer_each_time_and_never_over_15_minutes(
    bench: AccountBench, address: str
) -> None:
    await bench.register()
    waits = []
    for _ in range(5):
        assert isinstance(await failed(bench, address), SignInFailedError)
    for _ in range(12):
        refused = await failed(bench, address)
        assert isinstance(refused, TooManyRequestsError)
        waits.append(refused.retry_after_s)
        bench.clock.advance(refused.retry_after_s)
        assert isinstance(await failed(bench, address), SignInFailedError)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


async def test_the_right_password_waits_too(bench: AccountBench) -> None:
    await bench.register()
    for _ in range(5):
        await failed(bench, HANAKO)
    assert isinstance(await failed(bench, HANAKO, PASSWORD), TooManyRequestsError)
    bench.clock.advance(1)
    assert await bench.accounts.log_in(HANAKO, PASSWORD)
    assert isinstance(await failed(bench, HANAKO), SignInFailedError)  # counted anew


async def test_guesses_at_once_are_no_better_than_guesses_in_a_row(bench: AccountBench) -> None:
    await bench.register()
    answers = await asyncio.gather(*(failed(bench, HANAKO) for _ in range(20)))
    assert [type(one) for one in answers].count(SignInFailedError) == 5


async def test_failures_from_one_network_address_count_whatever_name_they_try(
    bench: AccountBench,
) -> None:
    await bench.register()
    for number in range(5):
        with pytest.raises(SignInFailedError):
            await bench.accounts.log_in(f"a{number}@example.jp", "wrong", network="198.51.100.7")
    with pytest.raises(TooManyRequestsError):
        await bench.accounts.log_in(HANAKO, PASSWORD, network="198.51.100.7")
    assert await bench.accounts.log_in(HANAKO, PASSWORD, network="198.51.100.8")


async def test_failures_are_forgotten_after_a_day_and_swept(bench: AccountBench) -> None:
    for _ in range(6):
        await failed(bench, SUZUKI)
    bench.clock.advance(24 * 3600)
    assert isinstance(await failed(bench, SUZUKI), SignInFailedError)
    bench.clock.advance(24 * 3600)
    await bench.vault.sweep(bench.clock.now())
    assert not await bench.vault.shelf(THROTTLES).all()


async def test_neither_names_nor_network_addresses_are_stored(bench: AccountBench) -> None:
    with pytest.raises(SignInFailedError):
        await bench.accounts.log_in(SUZUKI, "wrong", network="198.51.100.7")
    stored = b"".join(one.body for one in bench.vault._documents["throttles"].values())
    assert b"suzuki" not in stored
    assert b"198.51" not in stored


async def test_a_new_session_at_each_sign_in_ends_the_one_of_this_browser_before(
    bench: AccountBench,
) -> None:
    await bench.register()
    first = await bench.accounts.log_in(HANAKO, PASSWORD)
    other_browser = await bench.accounts.log_in(HANAKO, PASSWORD)
    second = await bench.accounts.log_in(HANAKO, PASSWORD, replacing=first)
    assert len({first, other_browser, second}) == 3
    assert await bench.accounts.who(first) is None
    assert await bench.accounts.who(other_browser)
    assert await bench.accounts.who(second)


async def test_a_browser_is_signed_out_after_15_minutes_without_use(bench: AccountBench) -> None:
    await bench.register()
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    bench.clock.advance(15 * 60 - 1)
    assert await bench.accounts.who(secret)
    bench.clock.advance(15 * 60 - 1)
    assert await bench.accounts.who(secret)
    bench.clock.advance(15 * 60)
    assert await bench.accounts.who(secret) is None


async def test_a_browser_is_signed_out_after_12_hours_however_much_it_is_used(
    bench: AccountBench,
) -> None:
    await bench.register()
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    for _ in range(12 * 6 - 1):
        bench.clock.advance(600)
        assert await bench.accounts.who(secret)
    bench.clock.advance(600)
    assert await bench.accounts.who(secret) is None


async def test_a_session_is_written_at_most_once_a_minute(bench: AccountBench) -> None:
    await bench.register()
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    shelf = bench.vault.shelf(SESSIONS)
    before = (await shelf.all())[0].revision
    for _ in range(5):
        bench.clock.advance(10)
        await bench.accounts.who(secret)
    assert (await shelf.all())[0].revision == before
    bench.clock.advance(10)
    await bench.accounts.who(secret)
    assert (await shelf.all())[0].revision != before


async def test_a_short_idle_limit_is_kept_by_touching_more_often() -> None:
    bench = AccountBench(AccountRules(session=SessionLimits(idle_s=60)))
    await bench.publish_terms()
    await bench.register()
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    for _ in range(10):
        bench.clock.advance(30)
        assert await bench.accounts.who(secret)
    bench.close()


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "\ud800"])
async def test_a_cookie_that_nobody_was_given_is_nobodys(bench: AccountBench, secret: str) -> None:
    await bench.register()
    await bench.accounts.log_in(HANAKO, PASSWORD)
    assert await bench.accounts.who(secret) is None


async def test_the_secret_of_a_session_is_not_stored(bench: AccountBench) -> None:
    await bench.register()
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    stored = b"".join(one.body for kind in bench.vault._documents.values() for one in kind.values())
    assert secret.encode() not in stored


async def test_signing_out_ends_this_browser_alone(bench: AccountBench) -> None:
    await bench.register()
    mine = await bench.accounts.log_in(HANAKO, PASSWORD)
    other = await bench.accounts.log_in(HANAKO, PASSWORD)
    await bench.accounts.log_out(mine)
    assert await bench.accounts.who(mine) is None
    assert await bench.accounts.who(other)


async def test_signing_out_everywhere_ends_every_browser_and_counts_the_epoch_up(
    bench: AccountBench,
) -> None:
    account_id = await bench.register()
    secrets = [await bench.accounts.log_in(HANAKO, PASSWORD) for _ in range(3)]
    assert await bench.accounts.sessions(await bench.account(account_id)) == 3
    await bench.accounts.sign_out_everywhere(account_id)
    assert [await bench.accounts.who(one) for one in secrets] == [None] * 3
    assert (await bench.account(account_id)).epoch == 1
    assert await bench.accounts.who(await bench.accounts.log_in(HANAKO, PASSWORD))


async def test_a_session_of_an_older_epoch_is_dead_even_if_its_row_is_still_there(
    bench: AccountBench,
) -> None:
    account_id = await bench.register()
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    (row,) = await bench.vault.shelf(SESSIONS).all()
    await bench.accounts.sign_out_everywhere(account_id)
    await bench.vault.shelf(SESSIONS).add(row.value)
    assert await bench.accounts.who(secret) is None
    assert await bench.accounts.sessions(await bench.account(account_id)) == 0


async def test_a_session_that_ends_while_it_is_touched_stays_ended(bench: AccountBench) -> None:
    await bench.register()
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    bench.clock.advance(120)
    bench.vault.meanwhile = lambda: bench.accounts.log_out(secret)
    await bench.accounts.who(secret)
    assert await bench.accounts.who(secret) is None


async def test_giving_the_password_again_makes_a_session_fresh(bench: AccountBench) -> None:
    await bench.register()
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    bench.clock.advance(600)
    stale = await bench.accounts.who(secret)
    assert stale is not None
    assert not stale.is_fresh(bench.clock.now(), 300)
    assert await bench.accounts.confirm(stale, PASSWORD)
    fresh = await bench.accounts.who(secret)
    assert fresh is not None
    assert fresh.is_fresh(bench.clock.now(), 300)


async def test_a_stolen_session_does_not_help_to_guess_the_password(bench: AccountBench) -> None:
    await bench.register()
    visitor = await bench.accounts.who(await bench.accounts.log_in(HANAKO, PASSWORD))
    assert visitor is not None
    for _ in range(5):
        with pytest.raises(WrongPasswordError):
            await bench.accounts.confirm(visitor, "wrong")
    with pytest.raises(TooManyRequestsError):
        await bench.accounts.confirm(visitor, PASSWORD)


async def test_hashes_follow_the_cost_when_it_rises(bench: AccountBench) -> None:
    account_id = await bench.register()
    old = (await bench.account(account_id)).password
    with Passwords(ids=bench.ids, cost=DEARER) as passwords:
        accounts = bench.accounts_with(passwords)
        assert await accounts.log_in(HANAKO, PASSWORD)
        new = (await bench.account(account_id)).password
        assert new != old
        assert "m=16,t=2" in new
        assert await accounts.log_in(HANAKO, PASSWORD)
        assert (await bench.account(account_id)).password == new


async def test_a_rehash_never_undoes_a_change_of_password(bench: AccountBench) -> None:
    account_id = await bench.register()

    class Overtaken(Passwords):
        async def hash(self, text: str) -> str:
            await bench.accounts.change_password(account_id, PASSWORD, OTHER_PASSWORD)
            return await super().hash(text)

    with Overtaken(ids=bench.ids, cost=DEARER) as passwords:
        secret = await bench.accounts_with(passwords).log_in(HANAKO, PASSWORD)
    assert await bench.accounts.who(secret) is None
    assert await bench.accounts.log_in(HANAKO, OTHER_PASSWORD)

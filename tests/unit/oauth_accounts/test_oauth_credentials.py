from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from itertools import count

import pytest
from support.accounts import CHEAP, HANAKO, ISSUER, OTHER_PASSWORD, PASSWORD, AccountBench
from support.shelves import MemoryShelves

from oauth.accounts.address import read_address
from oauth.accounts.names import LoginNames
from oauth.accounts.passwords import Passwords
from oauth.accounts.refusals import (
    AddressTakenError,
    BadAddressError,
    DeadLinkError,
    SignInFailedError,
    WeakPasswordError,
    WrongPasswordError,
)
from oauth.model.items import Item
from oauth.model.kinds import LINKS, LOGIN_NAMES
from oauth.model.people import LinkPurpose

NEW = "hanako.odori@example.com"


async def address_of(bench: AccountBench, account_id: str) -> object:
    return (await bench.personal.read(account_id))[Item.EMAIL].value


async def asked(bench: AccountBench, account_id: str, wanted: str = NEW) -> str:
    """The token that was mailed to the new address."""
    await bench.accounts.ask_email_change(account_id, PASSWORD, wanted)
    await bench.post.flush()
    assert bench.mail.sent[-1].to == wanted
    return bench.mail.sent[-1].token


async def test_the_old_address_stays_until_the_new_one_is_proved(bench: AccountBench) -> None:
    account_id = await bench.register()
    token = await asked(bench, account_id)
    assert await address_of(bench, account_id) == {"email": HANAKO}
    assert await bench.accounts.log_in(HANAKO, PASSWORD)
    with pytest.raises(SignInFailedError):
        await bench.accounts.log_in(NEW, PASSWORD)
    assert await bench.accounts.verify(token) is LinkPurpose.CHANGE_EMAIL
    assert await address_of(bench, account_id) == {"email": NEW}
    assert (await bench.account(account_id)).email_verified
    assert await bench.accounts.log_in(NEW, PASSWORD)
    with pytest.raises(SignInFailedError):
        await bench.accounts.log_in(HANAKO, PASSWORD)


async def test_the_old_address_is_told_of_the_change(bench: AccountBench) -> None:
    account_id = await bench.register()
    await bench.accounts.verify(await asked(bench, account_id))
    await bench.post.flush()
    assert bench.mail.sent[-1].to == HANAKO
    assert bench.mail.sent[-1].subject == "メールアドレスが変更されました"


async def test_the_old_address_is_free_for_others_afterwards(bench: AccountBench) -> None:
    account_id = await bench.register()
    await bench.accounts.verify(await asked(bench, account_id))
    other_id = await bench.register(HANAKO)
    assert other_id != account_id


async def test_asking_for_an_address_does_not_keep_its_owner_from_registering(
    bench: AccountBench,
) -> None:
    account_id = await bench.register()
    token = await asked(bench, account_id)
    owner_id = await bench.register(NEW)
    with pytest.raises(AddressTakenError):
        await bench.accounts.verify(token)
    assert await address_of(bench, account_id) == {"email": HANAKO}
    assert await address_of(bench, owner_id) == {"email": NEW}


async def test_asking_for_somebody_elses_address_tells_them_and_answers_the_same(
    bench: AccountBench,
) -> None:
    await bench.register(NEW)
    account_id = await bench.register()
    assert await bench.accounts.ask_email_change(account_id, PASSWORD, NEW) is None
    await bench.post.flush()
    assert bench.mail.sent[-1].to == NEW
    assert bench.mail.sent[-1].subject == "このメールアドレスは登録済みです"


async def test_an_address_changes_with_the_password_alone(bench: AccountBench) -> None:
    account_id = await bench.register()
    with pytest.raises(WrongPasswordError):
        await bench.accounts.ask_email_change(account_id, "wrong", NEW)
    with pytest.raises(BadAddressError):
        await bench.accounts.ask_email_change(account_id, PASSWORD, "nowhere")


async def test_a_first_link_proves_nothing_about_an_address_that_came_later(
    bench: AccountBench,
) -> None:
    account_id = await bench.register()
    first = bench.mail.sent[0].token
    await bench.accounts.verify(await asked(bench, account_id))
    with pytest.raises(DeadLinkError):
        await bench.accounts.verify(first)


async def test_recovery_overtakes_a_change_of_address_that_was_asked_for_before(
    bench: AccountBench,
) -> None:
    """Who steals a session and asks for another address loses to whoever reads the mail."""
    account_id = await bench.register()
    stolen = await asked(bench, account_id)
    await bench.accounts.ask_recovery(HANAKO)
    await bench.post.flush()
    await bench.accounts.recover(bench.mail.sent[-1].token, OTHER_PASSWORD)
    with pytest.raises(DeadLinkError):
        await bench.accounts.verify(stolen)


async def test_check_39_a_changed_password_signs_everybody_out(bench: AccountBench) -> None:
    account_id = await bench.register()
    secrets = [await bench.accounts.log_in(HANAKO, PASSWORD) for _ in range(2)]
    await bench.accounts.change_password(account_id, PASSWORD, OTHER_PASSWORD)
    assert [await bench.accounts.who(one) for one in secrets] == [None, None]
    assert (await bench.account(account_id)).epoch == 1
    with pytest.raises(SignInFailedError):
        await bench.accounts.log_in(HANAKO, PASSWORD)
    assert await bench.accounts.log_in(HANAKO, OTHER_PASSWORD)
    await bench.post.flush()
    assert bench.mail.sent[-1].subject == "パスワードが変更されました"


async def test_a_password_changes_with_the_present_one_alone_and_to_no_weak_one(
    bench: AccountBench,
) -> None:
    account_id = await bench.register()
    with pytest.raises(WrongPasswordError):
        await bench.accounts.change_password(account_id, "wrong", OTHER_PASSWORD)
    with pytest.raises(WeakPasswordError):
        await bench.accounts.change_password(account_id, PASSWORD, "password1234")
    with pytest.raises(WeakPasswordError):
        await bench.accounts.change_password(account_id, PASSWORD, "my name is hanako")
    assert await bench.accounts.log_in(HANAKO, PASSWORD)


async def test_two_tabs_that_change_the_password_at_once_leave_one_of_them(
    bench: AccountBench,
) -> None:
    account_id = await bench.register()
    third = "neko no te 55 karita"

    class OtherTabIsFaster(Passwords):
        async def hash(self, text: str) -> str:
            await bench.accounts.change_password(account_id, PASSWORD, third)
            return await super().hash(text)

    with OtherTabIsFaster(ids=bench.ids, cost=CHEAP) as passwords:
        accounts = bench.accounts_with(passwords)
        with pytest.raises(WrongPasswordError):
            await accounts.change_password(account_id, PASSWORD, OTHER_PASSWORD)
    assert await bench.accounts.log_in(HANAKO, third)


async def test_what_was_done_is_no_failure_because_mail_waits(bench: AccountBench) -> None:
    account_id = await bench.register()
    move = await asked(bench, account_id)
    bench.fill_the_post()
    assert await bench.accounts.verify(move) is LinkPurpose.CHANGE_EMAIL
    assert (await bench.account(account_id)).email_verified
    await bench.accounts.change_password(account_id, PASSWORD, OTHER_PASSWORD)
    assert await bench.accounts.log_in(NEW, OTHER_PASSWORD)
    await bench.accounts.erase(account_id, OTHER_PASSWORD)
    assert (await bench.account(account_id)).erased_at is not None


async def test_recovery_sets_a_password_proves_the_address_and_signs_everybody_out(
    bench: AccountBench,
) -> None:
    account_id = await bench.register()
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    await bench.accounts.ask_recovery("HANAKO@example.jp")
    await bench.post.flush()
    letter = bench.mail.sent[-1]
    assert letter.to == HANAKO
    assert f"{ISSUER}/account/recover?token=" in letter.text
    await bench.accounts.recover(letter.token, OTHER_PASSWORD)
    account = await bench.account(account_id)
    assert account.email_verified
    assert account.epoch == 1
    assert await bench.accounts.who(secret) is None
    assert await bench.accounts.log_in(HANAKO, OTHER_PASSWORD)
    with pytest.raises(DeadLinkError):
        await bench.accounts.recover(letter.token, PASSWORD)


async def test_a_weak_password_does_not_use_the_link_up(bench: AccountBench) -> None:
    await bench.register()
    await bench.accounts.ask_recovery(HANAKO)
    await bench.post.flush()
    token = bench.mail.sent[-1].token
    with pytest.raises(WeakPasswordError):
        await bench.accounts.recover(token, "short")
    await bench.accounts.recover(token, OTHER_PASSWORD)


async def test_recovery_of_an_unknown_address_is_the_same_answer_and_no_mail(
    bench: AccountBench,
) -> None:
    before = bench.vault._revision
    assert await bench.accounts.ask_recovery("nobody@example.jp") is None
    writes = bench.vault._revision - before
    await bench.post.flush()
    assert not bench.mail.sent
    await bench.register()
    before = bench.vault._revision
    assert await bench.accounts.ask_recovery(HANAKO) is None
    assert bench.vault._revision - before == writes


async def test_one_recovery_link_that_was_used_kills_the_others(bench: AccountBench) -> None:
    await bench.register()
    for _ in range(2):
        await bench.accounts.ask_recovery(HANAKO)
    await bench.post.flush()
    first, second = (one.token for one in bench.mail.sent[-2:])
    await bench.accounts.recover(second, OTHER_PASSWORD)
    with pytest.raises(DeadLinkError):
        await bench.accounts.recover(first, PASSWORD)


async def test_a_link_serves_its_own_purpose_alone(bench: AccountBench) -> None:
    await bench.register()
    verify = bench.mail.sent[0].token
    await bench.accounts.ask_recovery(HANAKO)
    await bench.post.flush()
    with pytest.raises(DeadLinkError):
        await bench.accounts.recover(verify, OTHER_PASSWORD)
    with pytest.raises(DeadLinkError):
        await bench.accounts.verify(bench.mail.sent[-1].token)


async def test_of_a_link_used_twice_at_once_one_use_succeeds(bench: AccountBench) -> None:
    account_id = await bench.register()
    token = bench.mail.sent[0].token
    bench.vault.meanwhile = lambda: bench.accounts.verify(token)
    with pytest.raises(DeadLinkError):
        await bench.accounts.verify(token)
    assert (await bench.account(account_id)).email_verified


async def test_recovery_after_too_many_failures_lets_the_owner_in(bench: AccountBench) -> None:
    await bench.register()
    for _ in range(5):
        with pytest.raises(SignInFailedError):
            await bench.accounts.log_in(HANAKO, "wrong")
    await bench.accounts.ask_recovery(HANAKO)
    await bench.post.flush()
    await bench.accounts.recover(bench.mail.sent[-1].token, OTHER_PASSWORD)
    assert await bench.accounts.log_in(HANAKO, OTHER_PASSWORD)


async def test_links_store_neither_secret_nor_address_and_are_swept(bench: AccountBench) -> None:
    await bench.register()
    (link,) = bench.vault._documents["links"].values()
    assert bench.mail.sent[0].token.encode() not in link.body
    assert b"hanako" not in link.body
    bench.clock.advance(1_800)
    await bench.vault.sweep(bench.clock.now())
    assert not await bench.vault.shelf(LINKS).all()


async def test_a_crash_between_the_names_leaves_both_and_the_next_change_one(
    bench: AccountBench,
) -> None:
    account_id = await bench.register()
    names = LoginNames(bench.vault, bench.master)
    assert await names.claim(read_address(NEW), account_id)
    assert await bench.accounts.log_in(NEW, PASSWORD)
    await bench.accounts.verify(await asked(bench, account_id))
    (name,) = await bench.vault.shelf(LOGIN_NAMES).all()
    assert name.value.digest == names.digest(read_address(NEW))


class Interrupting:
    """Lets somebody else act before the write of that number, counted from when it is set."""

    def __init__(
        self, bench: AccountBench, number: int, act: Callable[[], Awaitable[object]]
    ) -> None:
        assert isinstance(bench.vault, MemoryShelves)
        self._vault, self._left, self._act = bench.vault, number, act
        self.acted = False
        self._vault.meanwhile = self._before_write

    async def _before_write(self) -> None:
        if self._left:
            self._left -= 1
            self._vault.meanwhile = self._before_write
        else:
            self.acted = True
            await self._act()


async def _moved(bench: AccountBench, token: str) -> None:
    with suppress(DeadLinkError):
        await bench.accounts.verify(token)


async def test_whoever_is_erased_in_the_middle_of_moving_leaves_no_name() -> None:
    for number in count():
        bench = AccountBench()
        await bench.publish_terms()
        account_id = await bench.register()
        token = await asked(bench, account_id)
        erase = partial(bench.accounts.erase, account_id, PASSWORD)
        erasing = Interrupting(bench, number, erase)
        await _moved(bench, token)
        await bench.post.flush()
        bench.close()
        if not erasing.acted:
            assert number > 3
            return
        assert not await bench.vault.shelf(LOGIN_NAMES).all(), number
        assert not (await bench.account(account_id)).email_verified, number


async def test_two_links_that_are_used_at_once_leave_the_name_of_the_address() -> None:
    for number in count():
        bench = AccountBench()
        await bench.publish_terms()
        account_id = await bench.register()
        tokens = [await asked(bench, account_id, one) for one in (NEW, "b@example.com")]
        other = Interrupting(bench, number, partial(bench.accounts.verify, tokens[1]))
        await _moved(bench, tokens[0])
        bench.close()
        if not other.acted:
            assert number > 3
            return
        email = await bench.personal.email(account_id)
        assert email is not None
        names = LoginNames(bench.vault, bench.master)
        assert await names.owner(email) == account_id, number
        assert len(await bench.vault.shelf(LOGIN_NAMES).all()) == 1, number

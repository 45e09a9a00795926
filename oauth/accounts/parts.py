"""What the acts of an account work with, put together once."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from kernel.clock import Clock
from kernel.ids import IdSource
from oauth.accounts.changes import change
from oauth.accounts.letters import Letters
from oauth.accounts.links import Links
from oauth.accounts.names import LoginNames
from oauth.accounts.passwords import Passwords
from oauth.accounts.personal import PersonalData
from oauth.accounts.post import Post
from oauth.accounts.refusals import WrongPasswordError
from oauth.accounts.sessions import SessionLimits, Sessions
from oauth.accounts.throttles import Throttled, Throttles
from oauth.model.kinds import ACCOUNTS
from oauth.model.people import Account, AccountState
from oauth.ports import Shelf, Shelves
from oauth.sealing.master import MasterKey
from oauth.sealing.sealer import Sealer

NOBODY: Final = "nobody"
"""A key that no account has: looking for it costs what looking for somebody costs."""


@dataclass(frozen=True, slots=True)
class AccountRules:
    """What settings say: lives in seconds, ages in years."""

    session: SessionLimits = field(default_factory=SessionLimits)
    link_ttl_s: int = 1_800
    minor_age: int = 16


@dataclass(frozen=True, slots=True, repr=False)
class Parts:
    """The collaborators."""

    vault: Shelves
    accounts: Shelf[Account]
    names: LoginNames
    sessions: Sessions
    links: Links
    throttles: Throttles
    letters: Letters
    personal: PersonalData
    sealer: Sealer
    passwords: Passwords
    post: Post
    clock: Clock
    ids: IdSource
    rules: AccountRules

    async def open_account(self, account_id: str | None) -> Account | None:
        """An account that can do things; None looks for nobody, at the same cost."""
        kept = await self.accounts.get(account_id or NOBODY)
        if kept is None or kept.value.state is not AccountState.OPEN:
            return None
        return kept.value

    async def confirm(self, account_id: str, password: object) -> Account:
        """The account of somebody who is signed in and gives the password again.

        Raises:
            WrongPasswordError: another password, or no such account any more.
            TooManyRequestsError: too many wrong ones before.
        """
        await self.throttles.attempt(Throttled.PASSWORD_AGAIN, account_id)
        account = await self.open_account(account_id)
        matches = await self.passwords.matches(account.password if account else "", password)
        if account is None or not matches:
            raise wrong_password()
        await self.throttles.forget(Throttled.PASSWORD_AGAIN, account_id)
        return account

    async def end_sessions(self, account_id: str) -> None:
        """Every session and token of a person dies at once; afterwards their rows go."""
        await change(self.accounts, account_id, next_epoch)
        await self.sessions.close_all(account_id)


def next_epoch(account: Account) -> Account:
    """The account after everything that was signed in on it has died."""
    return msgspec.structs.replace(account, epoch=account.epoch + 1)


def wrong_password() -> WrongPasswordError:
    """The one text for it."""
    return WrongPasswordError("The password is not the one of this account")


def put_together(
    *,
    vault: Shelves,
    sealer: Sealer,
    personal: PersonalData,
    passwords: Passwords,
    post: Post,
    master: MasterKey,
    issuer: str,
    clock: Clock,
    ids: IdSource,
    rules: AccountRules | None = None,
) -> Parts:
    """The collaborators, made from what the composition root has."""
    rules = AccountRules() if rules is None else rules
    return Parts(
        vault=vault,
        accounts=vault.shelf(ACCOUNTS),
        names=LoginNames(vault, master),
        sessions=Sessions(vault, limits=rules.session, clock=clock, ids=ids),
        links=Links(vault, sealer=sealer, ttl_s=rules.link_ttl_s, clock=clock, ids=ids),
        throttles=Throttles(vault, master=master, clock=clock),
        letters=Letters(issuer, link_ttl_s=rules.link_ttl_s),
        personal=personal,
        sealer=sealer,
        passwords=passwords,
        post=post,
        clock=clock,
        ids=ids,
        rules=rules,
    )

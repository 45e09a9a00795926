"""Erasing a person: each step can be repeated, so that a crash between two is finished later."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import msgspec

from kernel.times import HOUR_US
from oauth.accounts.changes import change
from oauth.accounts.letters import Occasion
from oauth.accounts.parts import Parts
from oauth.model.kinds import ACCOUNTS, MEMBER_RECORDS
from oauth.model.people import Account, AccountState
from oauth.paging import marked

EndConsents: TypeAlias = Callable[[str], Awaitable[object]]
"""Ends every consent of an account. Called again for the same account it changes nothing."""

_OPENING_US: Final = HOUR_US


class Erasure:
    """Takes a person's data away. Records of provision stay, with an id that says nothing more."""

    def __init__(self, parts: Parts, end_consents: EndConsents) -> None:
        self._parts = parts
        self._end_consents = end_consents

    async def erase(self, account: Account) -> None:
        """Erase. What makes the account useless comes first, the key that cannot come back last."""
        address = await self._parts.personal.email(account.id)
        await self._end_consents(account.id)
        await change(self._parts.accounts, account.id, _erased)
        await self.finish(account.id)
        if address is not None:
            letter = self._parts.letters.write(Occasion.ERASED, account.language)
            self._parts.post.tell(address.text, letter)

    async def finish(self, account_id: str) -> None:
        """Take away everything that belongs to an account that is not open; as often as wanted."""
        kept = await self._parts.accounts.get(account_id)
        if kept is None or kept.value.state is AccountState.OPEN:
            return
        await self._take_away(account_id)
        if kept.value.state is AccountState.OPENING:
            await self._parts.accounts.remove(account_id)  # nobody ever had it
        else:
            await change(self._parts.accounts, account_id, self._finished)

    async def finish_all(self) -> int:
        """Finish what crashes left half-erased or half-born; how many. For a start and a timer."""
        shelf, now = self._parts.accounts, self._parts.clock.now()
        found = [
            kept.value
            for state in (AccountState.ERASED, AccountState.OPENING)
            async for kept in marked(shelf, ACCOUNTS, "unfinished", state)
        ]
        left = [one for one in found if _is_erased(one) or one.created_at < now - _OPENING_US]
        for account in left:
            await self.finish(account.id)
        return len(left)

    async def _take_away(self, account_id: str) -> None:
        parts = self._parts
        await self._end_consents(account_id)  # one may have been given before the account closed
        await parts.names.drop_others(account_id)
        await parts.personal.erase(account_id)
        records = parts.vault.shelf(MEMBER_RECORDS)
        async for record in marked(records, MEMBER_RECORDS, "account", account_id):
            await records.remove(record.value.id)
        await parts.sessions.close_all(account_id)
        await parts.links.remove_all(account_id)
        await parts.sealer.destroy(account_id)

    def _finished(self, account: Account) -> Account:
        if account.erased_at is not None:
            return account
        return msgspec.structs.replace(account, erased_at=self._parts.clock.now())


def _is_erased(account: Account) -> bool:
    return account.state is AccountState.ERASED


def _erased(account: Account) -> Account:
    if _is_erased(account):
        return account
    return msgspec.structs.replace(
        account,
        state=AccountState.ERASED,
        password="",
        email_verified=False,
        minor_until=None,
        epoch=account.epoch + 1,
    )

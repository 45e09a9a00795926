"""Where people give, narrow and withdraw consent. Each is one compare-and-swap on one document."""

from collections.abc import Callable, Sequence
from typing import Final

from kernel.clock import Clock
from kernel.errors import ForbiddenError, UnavailableError
from kernel.ids import IdSource
from kernel.times import Instant
from oauth.consent import is_minor_locked
from oauth.consents import transitions
from oauth.consents.tidying import Tidying
from oauth.model.companies import Client, Contract
from oauth.model.consents import Consent, ConsentedItem, Dossier, Shown, dossier_key
from oauth.model.ids import ulid
from oauth.model.items import Item
from oauth.model.kinds import ACCOUNTS, DOSSIERS
from oauth.model.people import AccountState
from oauth.paging import marked
from oauth.ports import Kept, Shelves

Transition = Callable[[Dossier, Instant], Dossier]

_ATTEMPTS: Final = 50


class Consents:
    """What people agreed to. Two browser tabs at once leave what the later commit says."""

    def __init__(self, *, vault: Shelves, clock: Clock, ids: IdSource) -> None:
        self._dossiers = vault.shelf(DOSSIERS)
        self._accounts = vault.shelf(ACCOUNTS)
        self._tidying = Tidying(vault)
        self._clock = clock
        self._ids = ids

    async def dossier(self, account_id: str, client_id: str) -> Kept[Dossier] | None:
        """Everything between a person and a service, or None. What has expired is shown so."""
        kept = await self._dossiers.get(dossier_key(account_id, client_id))
        return None if kept is None else self._settled(kept)

    async def of_person(self, account_id: str) -> Sequence[Dossier]:
        """All dossiers of a person, in order of service."""
        found = marked(self._dossiers, DOSSIERS, "account", account_id)
        return [self._settled(kept).value async for kept in found]

    async def requested(self, account_id: str, client: Client, items: Sequence[Item]) -> None:
        """Note that the person was shown these items of the service."""
        await self._change(
            account_id, client, lambda one, now: transitions.requested(one, items, now)
        )

    async def refuse(self, account_id: str, client: Client, items: Sequence[Item]) -> None:
        """Note that the person said no. A consent of before stands."""
        await self._change(
            account_id, client, lambda one, now: transitions.refused(one, items, now)
        )

    async def give(
        self,
        account_id: str,
        client: Client,
        contract: Contract,
        items: Sequence[ConsentedItem],
        shown: Shown,
    ) -> Consent:
        """Give consent; the record that then lives, a new one or the equal one of before.

        Raises:
            BadRequestError: `items` are not what the contract offers.
            ConflictError: the contract is not in force.
            ForbiddenError: the account may not consent: its holder may be too young.
        """
        await self._check_of_age(account_id)
        consent_id = ulid(self._clock.now(), self._ids)
        dossier = await self._change(
            account_id,
            client,
            lambda one, now: transitions.given(
                one, contract, items, shown, consent_id=consent_id, now=now
            ),
        )
        try:
            await self._check_of_age(account_id)
        except ForbiddenError:  # erased meanwhile: what ended all that it found came before this
            await self.withdraw(account_id, client.id)
            raise
        return dossier.consents[-1]

    async def withdraw(self, account_id: str, client_id: str) -> Dossier | None:
        """Take the whole consent back; None if there never was anything between the two.

        Once this returns, no read on any node succeeds under the consent.
        """
        return await self._end(dossier_key(account_id, client_id), transitions.withdrawn)

    async def withdraw_item(self, account_id: str, client_id: str, item: Item) -> Dossier | None:
        """Take one item back; the others stay, as the next version of the consent.

        Raises:
            ConflictError: the service needs the item; only the whole can be withdrawn.
        """
        return await self._revise(
            dossier_key(account_id, client_id),
            lambda one, now: transitions.narrowed(one, item, now),
        )

    async def end_all(self, account_id: str) -> None:
        """Withdraw everything that a person agreed to."""
        async for kept in marked(self._dossiers, DOSSIERS, "account", account_id):
            await self._end(kept.value.key, transitions.withdrawn)

    async def end_client(self, client_id: str) -> None:
        """End what everybody agreed to with a service that ends."""
        async for kept in marked(self._dossiers, DOSSIERS, "given", client_id):
            await self._end(kept.value.key, transitions.terminated)

    async def _check_of_age(self, account_id: str) -> None:
        kept = await self._accounts.get(account_id)
        if kept is None or kept.value.state is not AccountState.OPEN:
            raise ForbiddenError("This account cannot consent")
        if is_minor_locked(kept.value, self._clock.now()):
            raise ForbiddenError("This account cannot consent yet: its holder may be too young")

    async def _change(self, account_id: str, client: Client, transition: Transition) -> Dossier:
        """Change a dossier, which begins here if there is none."""
        fresh = Dossier(account_id, client.id, client.company_id)
        for _ in range(_ATTEMPTS):
            kept = await self._dossiers.get(fresh.key)
            if kept is not None:
                changed = await self._swapped(kept, transition)
                if changed is not None:
                    return changed
                continue
            begun = transition(fresh, self._clock.now())
            if await self._dossiers.add(begun):
                return begun
        raise UnavailableError("The consent changes too often to be changed")

    async def _end(self, key: str, transition: Transition) -> Dossier | None:
        """Change a dossier, and take away what was handed out under what ended by it."""
        dossier = await self._revise(key, transition)
        if dossier is not None:
            await self._tidying.after(dossier)
        return dossier

    async def _revise(self, key: str, transition: Transition) -> Dossier | None:
        """Change a dossier if there is one."""
        for _ in range(_ATTEMPTS):
            kept = await self._dossiers.get(key)
            if kept is None:
                return None
            changed = await self._swapped(kept, transition)
            if changed is not None:
                return changed
        raise UnavailableError("The consent changes too often to be changed")

    async def _swapped(self, kept: Kept[Dossier], transition: Transition) -> Dossier | None:
        """The dossier after the transition; None if somebody else was faster."""
        after = transition(kept.value, self._clock.now())
        if after == kept.value:
            return after
        return after if await self._dossiers.swap(kept, after) else None

    def _settled(self, kept: Kept[Dossier]) -> Kept[Dossier]:
        return Kept(transitions.settled(kept.value, self._clock.now()), kept.revision)

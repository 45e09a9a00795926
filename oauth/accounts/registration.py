"""Registering an ID, in such a way that nobody learns who has one.

Both answers cost the same: everything is written under a new id that nobody can use yet, and only
then the address decides. Where somebody has it already, what was written is taken away again after
the answer, and the owner is told by mail.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import msgspec

from kernel.json import JsonValue
from oauth.accounts.address import Address, read_address
from oauth.accounts.changes import change
from oauth.accounts.erasure import Erasure
from oauth.accounts.letters import Occasion
from oauth.accounts.minors import minority, read_birth_year
from oauth.accounts.parts import Parts
from oauth.accounts.terms import check_accepted, terms_in_force
from oauth.accounts.throttles import Throttled
from oauth.model.ids import ulid
from oauth.model.items import Item
from oauth.model.people import Account, AccountState, LinkPurpose, TermsRef
from oauth.model.texts import Language


@dataclass(frozen=True, slots=True, repr=False)
class Application:
    """What a person fills in. It does not print.

    Attributes:
        terms: the version that was shown.
        clauses: the mandatory clauses that were ticked, by id.
    """

    address: str
    password: str
    birth_year: int
    terms: TermsRef
    clauses: Collection[str]
    language: Language


class Registration:
    """Opens accounts."""

    def __init__(self, parts: Parts, erasure: Erasure) -> None:
        self._parts = parts
        self._erasure = erasure

    async def register(self, wanted: Application, network: str) -> None:
        """Open an account, or tell its owner that somebody tried; the answer is the same.

        Raises:
            BadRequestError: a field; nothing of it depends on who has an ID.
            TooManyRequestsError: too much mail to this address, or from this network address.
            UnavailableError: too much mail waits; nothing was written.
        """
        parts = self._parts
        address = read_address(wanted.address)
        parts.passwords.check(wanted.password, local_part=address.local)
        opening = await self._opening(wanted)
        parts.post.check_room()
        await parts.throttles.attempt(Throttled.MAIL_FROM, network)
        await parts.throttles.attempt(Throttled.MAIL_TO, address.name)
        account = msgspec.structs.replace(
            opening, password=await parts.passwords.hash(wanted.password)
        )
        token = await self._write(account, address, wanted.birth_year)
        if await parts.names.claim(address, account.id):
            await self._settle(account.id, state=AccountState.OPEN)
            letter = parts.letters.write(Occasion.VERIFY, wanted.language, token=token)
            parts.post.send(address.text, letter)
        else:
            await self._settle(account.id, epoch=account.epoch + 1)
            parts.post.put(partial(self._take_back, account.id, address))

    async def _opening(self, wanted: Application) -> Account:
        """The account to be, without its password."""
        now = self._parts.clock.now()
        birth_year = read_birth_year(wanted.birth_year, now)
        terms = await terms_in_force(self._parts.vault, now)
        check_accepted(terms, wanted.terms, wanted.clauses)
        return Account(
            id=ulid(now, self._parts.ids),
            created_at=now,
            password="",
            language=wanted.language,
            terms=(terms.ref,),
            state=AccountState.OPENING,
            minor_until=minority(birth_year, self._parts.rules.minor_age, now),
        )

    async def _write(self, account: Account, address: Address, birth_year: int) -> str:
        """The account first, so that whatever a crash leaves of the rest is found by it."""
        parts = self._parts
        await parts.accounts.add(account)
        await parts.sealer.create(account.id)
        entered: dict[Item, JsonValue] = {
            Item.EMAIL: {"email": address.text},
            Item.BIRTH_YEAR: birth_year,
        }
        await parts.personal.begin(account.id, entered)
        return await parts.links.issue(account, LinkPurpose.VERIFY, address)

    async def _settle(self, account_id: str, **changed: object) -> None:
        """One write, whichever way it went."""

        def settled(account: Account) -> Account:
            return msgspec.structs.replace(account, **changed)

        await change(self._parts.accounts, account_id, settled)

    async def _take_back(self, account_id: str, address: Address) -> None:
        await self._erasure.finish(account_id)
        await tell_owner(self._parts, address)


async def tell_owner(parts: Parts, address: Address) -> None:
    """Tell whoever has an address that somebody tried to use it."""
    owner = await parts.open_account(await parts.names.owner(address))
    reached = None if owner is None else await parts.personal.email(owner.id)
    if owner is not None and reached is not None:
        letter = parts.letters.write(Occasion.TRIED, owner.language)
        await parts.post.deliver(reached.text, letter)

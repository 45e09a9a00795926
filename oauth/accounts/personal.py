"""What a person entered: one document, every item sealed on its own."""

from collections.abc import Mapping
from typing import Final, cast

import msgspec

from kernel.clock import Clock
from kernel.errors import BadRequestError
from kernel.json import JsonLimits, JsonObject, JsonValue, parse, render
from kernel.times import Instant
from oauth.accounts.address import Address
from oauth.accounts.changes import change
from oauth.accounts.minors import later_minority, read_birth_year
from oauth.items import values
from oauth.model.items import Item
from oauth.model.kinds import ACCOUNTS, PROFILES
from oauth.model.people import Account, Profile, SealedValue
from oauth.ports import Shelf, Shelves
from oauth.sealing.sealer import ErasedError, PersonKey, Sealer

_LONGEST_BYTES: Final = 16_384
_LIMITS: Final = JsonLimits(max_bytes=_LONGEST_BYTES)


class PersonalValue(msgspec.Struct, frozen=True):
    """A value as `items.values.read` made it, and when the person entered it. It does not print."""

    value: JsonValue
    updated_at: Instant

    def __repr__(self) -> str:
        return "PersonalValue(…)"


class PersonalData:
    """Reads and changes a person's values; an erased person has none.

    Whoever said to be a minor stays one until the year that follows from it: entering another birth
    year never ends the lock earlier.
    """

    def __init__(self, *, vault: Shelves, sealer: Sealer, clock: Clock, minor_age: int) -> None:
        self._profiles: Shelf[Profile] = vault.shelf(PROFILES)
        self._accounts: Shelf[Account] = vault.shelf(ACCOUNTS)
        self._sealer = sealer
        self._clock = clock
        self._minor_age = minor_age

    async def begin(self, account_id: str, entered: Mapping[Item, JsonValue]) -> None:
        """The first values of a new account, all at once, checked as `put` does."""
        key = await self._sealer.key(account_id)
        sealed = {item: _sealed(key, item, raw) for item, raw in entered.items()}
        await self._profiles.add(Profile(account_id, sealed))

    async def read(self, account_id: str) -> dict[Item, PersonalValue]:
        """Every value; none of a person who is erased or unknown."""
        kept = await self._profiles.get(account_id)
        if kept is None:
            return {}
        try:
            key = await self._sealer.key(account_id)
        except ErasedError:
            return {}
        return {item: _opened(key, item, sealed) for item, sealed in kept.value.values.items()}

    async def present(self, account_id: str) -> frozenset[Item]:
        """Which values there are; as `read`."""
        kept = await self._profiles.get(account_id)
        if kept is None:
            return frozenset()
        try:
            await self._sealer.key(account_id)
        except ErasedError:
            return frozenset()
        return frozenset(kept.value.values)

    async def put(self, account_id: str, item: Item, raw: JsonValue) -> None:
        """Enter or change a value.

        Raises:
            BadRequestError: not a value of the item, or the e-mail address, which has to be proved.
            ErasedError: there is no such person any more.
        """
        if item is Item.EMAIL:
            raise BadRequestError("The e-mail address is changed by the link that is mailed to it")
        if item is Item.BIRTH_YEAR:
            await self._keep_lock(account_id, read_birth_year(raw, self._clock.now()))
        await self._enter(account_id, item, raw)

    async def set_email(self, account_id: str, address: Address) -> None:
        """Put a proved address in the place of the one before.

        Raises:
            ErasedError: there is no such person any more.
        """
        await self._enter(account_id, Item.EMAIL, {"email": address.text})

    async def email(self, account_id: str) -> Address | None:
        """Where the person gets mail; None of a person who is erased or unknown."""
        kept = await self._profiles.get(account_id)
        sealed = None if kept is None else kept.value.values.get(Item.EMAIL)
        if sealed is None:
            return None
        try:
            key = await self._sealer.key(account_id)
        except ErasedError:
            return None
        value = cast("JsonObject", _opened(key, Item.EMAIL, sealed).value)
        return Address(str(value["email"]))

    async def _enter(self, account_id: str, item: Item, raw: JsonValue) -> None:
        key = await self._sealer.key(account_id)
        sealed = _sealed(key, item, raw)

        def entered(profile: Profile) -> Profile:
            return Profile(profile.account_id, {**profile.values, item: sealed})

        if await change(self._profiles, account_id, entered) is None:
            raise ErasedError("The values of this account are erased")

    async def remove(self, account_id: str, item: Item) -> None:
        """Take a value away; nothing happens where there is none.

        Raises:
            BadRequestError: the e-mail address, without which there is no account.
        """
        if item is Item.EMAIL:
            raise BadRequestError("The e-mail address can be changed, not removed")

        def without(profile: Profile) -> Profile:
            if item not in profile.values:
                return profile
            left = {one: sealed for one, sealed in profile.values.items() if one is not item}
            return Profile(profile.account_id, left)

        await change(self._profiles, account_id, without)

    async def erase(self, account_id: str) -> None:
        """Remove the document. The seal is broken by destroying the person's key."""
        await self._profiles.remove(account_id)

    async def _keep_lock(self, account_id: str, birth_year: int) -> None:
        """Before the new year is stored: a crash between leaves the stricter state."""
        now = self._clock.now()

        def locked(account: Account) -> Account:
            until = later_minority(account.minor_until, birth_year, self._minor_age, now)
            if until == account.minor_until:
                return account
            return msgspec.structs.replace(account, minor_until=until)

        await change(self._accounts, account_id, locked)


def _sealed(key: PersonKey, item: Item, raw: JsonValue) -> SealedValue:
    plain = render(values.read(item, raw))
    if len(plain) > _LONGEST_BYTES:
        raise BadRequestError(f"{item} is longer than {_LONGEST_BYTES} bytes")
    return key.seal(item, plain)


def _opened(key: PersonKey, item: Item, sealed: SealedValue) -> PersonalValue:
    return PersonalValue(parse(key.open(item, sealed), _LIMITS), sealed.updated_at)

"""Opens what was permitted, and nothing else."""

from collections.abc import Sequence
from typing import Final

import orjson

from kernel.json import JsonValue
from kernel.times import Instant
from oauth.consent import Facts
from oauth.items.coarsening import coarsen
from oauth.model.items import Item
from oauth.release.answers import Disclosed
from oauth.release.case import Case
from oauth.release.decision import Allowed
from oauth.release.errors import DeadTokenError
from oauth.release.ports import MemberData
from oauth.sealing.sealer import ErasedError, PersonKey, Sealer

_VERIFIED: Final = "email_verified"


class Opening:
    """Values of a person, as coarse as was granted."""

    def __init__(self, *, sealer: Sealer, members: MemberData) -> None:
        self._sealer = sealer
        self._members = members

    async def disclosed(
        self, case: Case, allowed: Sequence[Allowed], now: Instant
    ) -> Sequence[Disclosed]:
        """The values of what is allowed; one that cannot be said so coarsely is left out.

        Raises:
            DeadTokenError: the person was erased meanwhile.
        """
        if not allowed:
            return []
        try:
            key = await self._sealer.key(case.account_id)
        except ErasedError:
            raise DeadTokenError from None
        found = [await self._value(case, key, one, now) for one in allowed]
        return [one for one in found if one is not None]

    async def _value(
        self, case: Case, key: PersonKey, one: Allowed, now: Instant
    ) -> Disclosed | None:
        granted = one.granted
        if granted.item is Item.MEMBER_DATA:
            records = await self._members.records_for(case.account_id, one.sources)
            return Disclosed(granted.item, granted.granularity, records) if records else None
        sealed = None if case.profile is None else case.profile.values.get(granted.item)
        if sealed is None:
            return None
        whole = _completed(granted.item, orjson.loads(key.open(granted.item, sealed)), case.facts)
        value = coarsen(granted.item, whole, granted.granularity, now, granted.ceiling)
        if value is None:
            return None
        return Disclosed(granted.item, granted.granularity, value, sealed.updated_at)


def _completed(item: Item, value: JsonValue, facts: Facts) -> JsonValue:
    """An address never goes without saying whether it is verified; the account knows that."""
    if item is not Item.EMAIL or not isinstance(value, dict):
        return value
    return {**value, _VERIFIED: facts.account is not None and facts.account.email_verified}

"""Takes in what companies tell about people who agreed to it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, TypeAlias

from kernel.clock import Clock
from kernel.errors import ForbiddenError, UnauthenticatedError, UnavailableError
from kernel.times import MINUTE_US
from oauth.model.grants import AccessToken
from oauth.model.kinds import MEMBER_RECORDS
from oauth.model.people import MemberRecord
from oauth.ports import Shelves
from oauth.records.forms import Fault, Offered, Refused
from oauth.records.keeping import open_values, record_id, seal_values
from oauth.records.reading import Reading
from oauth.records.standing import SCOPE, Giver, facts_of, is_turned_away, may_keep
from oauth.release.ports import SubjectBook
from oauth.sealing.sealer import ErasedError, Sealer

_AHEAD_US: Final = 5 * MINUTE_US
"""How far a company's clock may be before ours."""
_TRIES: Final = 4


class Accepted(StrEnum):
    """A record that stands."""

    STORED = "stored"
    UNCHANGED = "unchanged"  # it stood already


Outcome: TypeAlias = Accepted | Refused

_NOBODY: Final = Refused(Fault.NO_CONSENT)


class MemberRecords:
    """Keeps a record only if company, contract, terms and consent say so as it is written.

    Args:
        audience: the issuer, for which companies' own tokens are meant.
    """

    def __init__(
        self, *, vault: Shelves, sealer: Sealer, subjects: SubjectBook, clock: Clock, audience: str
    ) -> None:
        self._vault = vault
        self._sealer = sealer
        self._subjects = subjects
        self._clock = clock
        self._audience = audience

    async def give(
        self, token: AccessToken, records: Sequence[Offered | Refused]
    ) -> Sequence[Outcome]:
        """What becomes of each record, in order; what was kept is durable on return.

        Raises:
            UnauthenticatedError: the token is dead, or the company is in no standing.
            ForbiddenError: the token lacks the scope, or the contract or the terms do not let it.
            UnavailableError: the vault is away; records before the failure may be kept.
        """
        giver = await Reading(self._vault).giver(token.client_id)
        if is_turned_away(facts_of(token, self._audience, giver), self._clock.now()):
            raise UnauthenticatedError("The access token is not valid")
        if token.account_id or SCOPE not in token.scopes:
            raise ForbiddenError(f"This needs a company's own token with the scope {SCOPE}")
        if not giver.may_give():
            raise ForbiddenError("The service's contract or its terms do not let it give records")
        return [await self._one(token, giver, record) for record in records]

    async def _one(self, token: AccessToken, giver: Giver, record: Offered | Refused) -> Outcome:
        if isinstance(record, Refused):
            return record
        if record.observed_at > self._clock.now() + _AHEAD_US:
            return Refused(Fault.TIME)
        if giver.client is None:
            return _NOBODY
        account_id = await self._subjects.account(giver.client, record.sub)
        if account_id is None:
            return _NOBODY
        for _ in range(_TRIES):
            outcome = await self._keep(token, account_id, record)
            if outcome is not None:
                return outcome
        raise UnavailableError("Others keep changing what this rests on; send it again")

    async def _keep(self, token: AccessToken, account_id: str, offered: Offered) -> Outcome | None:
        """Decide and write; None if what the decision rests on changed meanwhile."""
        reading, now = Reading(self._vault), self._clock.now()
        giver = await reading.giver(token.client_id)
        account, dossier = await reading.person(account_id, token.client_id)
        if not may_keep(giver, facts_of(token, self._audience, giver, account, dossier), now):
            return _NOBODY
        name = record_id(account_id, token.client_id, offered.dataset, offered.observed_at)
        try:
            key = await self._sealer.key(account_id)
        except ErasedError:
            return _NOBODY
        standing = await self._vault.shelf(MEMBER_RECORDS).get(name)
        if standing is not None:
            same = open_values(key, standing.value) == offered.values
            return Accepted.UNCHANGED if same else Refused(Fault.CONFLICT)
        record = MemberRecord(
            id=name,
            account_id=account_id,
            company_id=token.company_id,
            client_id=token.client_id,
            dataset=offered.dataset,
            received_at=now,
            observed_at=offered.observed_at,
            sealed=seal_values(key, name, offered.values),
        )
        kept = await self._vault.add_if(MEMBER_RECORDS, record, reading.seen)
        return Accepted.STORED if kept else None

"""Everything that one answer rests on, read for it alone."""

from asyncio import gather
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from kernel.clock import Clock
from kernel.times import DAY_US, Instant
from oauth.consent import Facts
from oauth.model.companies import Company, CompanyState, Contract
from oauth.model.consents import dossier_key
from oauth.model.ids import lowest_ulid
from oauth.model.kinds import (
    ACCESS_TOKENS,
    ACCOUNTS,
    CLIENTS,
    COMPANIES,
    CONTRACTS,
    DOSSIERS,
    GRANTS,
    PROFILES,
    PROVISIONS,
    Kind,
)
from oauth.model.people import Profile
from oauth.ports import Kept, Seen, Shelves
from oauth.release.errors import DeadTokenError
from oauth.release.ports import MemberData
from oauth.release.record import TOKEN

ValueT = TypeVar("ValueT", bound=msgspec.Struct)

_FEW: Final = 20
"""So many records of the ID alone, which are no reads, may stand between those of a day."""

_NOBODY: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Case:
    """The facts, and the revisions of the documents that they were read from.

    Attributes:
        account_id: whom it is about.
        profile: the sealed values; none is opened before it is permitted.
        seen: a record is stored only if all of these are still so.
    """

    account_id: str
    facts: Facts
    profile: Profile | None
    seen: tuple[Seen, ...]


class CaseReader:
    """Reads cases: always the documents themselves, never what was known before."""

    def __init__(self, *, vault: Shelves, members: MemberData, audience: str, clock: Clock) -> None:
        self._vault = vault
        self._provisions = vault.shelf(PROVISIONS)
        self._members = members
        self._audience = audience
        self._clock = clock

    async def read(self, token_digest: str, about: str = "") -> Case:
        """The case of a token: of its own person, or of the account `about`.

        Raises:
            DeadTokenError: the token is gone.
        """
        reading = _Reading(self._vault)
        token = await reading.get(ACCESS_TOKENS, token_digest)
        if token is None:
            raise DeadTokenError
        account_id = token.account_id or about
        grant, client, company, account, dossier, profile = await gather(
            reading.get(GRANTS, token.grant_id),
            reading.get(CLIENTS, token.client_id),
            reading.get(COMPANIES, token.company_id),
            reading.get(ACCOUNTS, account_id),
            reading.get(DOSSIERS, dossier_key(account_id, token.client_id)),
            reading.get(PROFILES, account_id),
        )
        contract = None if client is None else await reading.get(CONTRACTS, client.contract_id)
        consent = None if dossier is None else dossier.current
        told = _NOBODY if consent is None else frozenset(consent.sources)
        facts = Facts(
            token,
            self._audience,
            grant=grant,
            company=company,
            client=client,
            contract=contract,
            account=account,
            consent=consent,
            present=frozenset() if profile is None else frozenset(profile.values),
            active_sources=await self._active(reading, told),
            present_sources=await self._members.sources(account_id) if told else _NOBODY,
            is_over_frequency=await self._is_over(contract, account_id),
        )
        return Case(account_id, facts, profile, reading.seen())

    async def _active(self, reading: "_Reading", sources: Iterable[str]) -> frozenset[str]:
        """Those that are members in good standing."""
        companies = [await reading.get(COMPANIES, source) for source in sorted(sources)]
        return frozenset(one.id for one in companies if one is not None and _is_active(one))

    async def _is_over(self, contract: Contract | None, account_id: str) -> bool:
        """Whether the records of the last 24 hours are as many as the contract lets be.

        Requests that run at once do not see one another: there may be as many answers more.
        """
        if contract is None or not contract.reads_per_day or not account_id:
            return False
        since = lowest_ulid(Instant(self._clock.now() - DAY_US))
        pair = f"{account_id}/{contract.client_id}"
        most = contract.reads_per_day + _FEW
        found = await self._provisions.find("pair", pair, after=since, limit=most)
        return sum(kept.value.by != TOKEN for kept in found) >= contract.reads_per_day


class _Reading:
    """Gets documents and remembers their revisions."""

    def __init__(self, vault: Shelves) -> None:
        self._vault = vault
        self._seen: dict[tuple[str, str], Seen] = {}

    async def get(self, kind: Kind[ValueT], key: str) -> ValueT | None:
        """The value under the key; an empty key names nothing."""
        if not key:
            return None
        kept: Kept[ValueT] | None = await self._vault.shelf(kind).get(key)
        revision = 0 if kept is None else kept.revision
        self._seen[kind.name, key] = Seen(kind, key, revision)
        return None if kept is None else kept.value

    def seen(self) -> tuple[Seen, ...]:
        """All that was read."""
        return tuple(self._seen.values())


def _is_active(company: Company) -> bool:
    return company.state is CompanyState.ACTIVE

"""Everything that one answer rests on, read for it alone."""

from asyncio import gather
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from oauth.consent import Facts
from oauth.model.companies import Company, CompanyState
from oauth.model.consents import dossier_key
from oauth.model.kinds import (
    ACCESS_TOKENS,
    ACCOUNTS,
    CLIENTS,
    COMPANIES,
    CONTRACTS,
    DOSSIERS,
    GRANTS,
    PROFILES,
    Kind,
)
from oauth.model.people import Profile
from oauth.ports import Kept, Seen, Shelves
from oauth.release.errors import DeadTokenError
from oauth.release.ports import MemberData

ValueT = TypeVar("ValueT", bound=msgspec.Struct)

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

    def __init__(self, *, vault: Shelves, members: MemberData, audience: str) -> None:
        self._vault = vault
        self._members = members
        self._audience = audience

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
        )
        return Case(account_id, facts, profile, reading.seen())

    async def _active(self, reading: "_Reading", sources: Iterable[str]) -> frozenset[str]:
        """Those that are members in good standing."""
        companies = [await reading.get(COMPANIES, source) for source in sorted(sources)]
        return frozenset(one.id for one in companies if one is not None and _is_active(one))


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

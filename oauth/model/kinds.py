"""What the vault and the key store keep: one `Kind` for each sort of document."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec

from kernel.times import DAY_US, Instant
from oauth.model.companies import Client, Company, Contract
from oauth.model.consents import ConsentState, Dossier
from oauth.model.grants import AccessToken, Grant, PairwiseSubject, SecurityEvent, SigningKey
from oauth.model.people import (
    Account,
    AccountState,
    LoginName,
    MemberRecord,
    OneTimeLink,
    Profile,
    Session,
    Throttle,
    WrappedKey,
)
from oauth.model.provisions import Provision
from oauth.model.staff import StaffSession
from oauth.model.statistics import StatisticsTurn
from oauth.model.terms import TermsDocument

ValueT = TypeVar("ValueT", bound=msgspec.Struct)


class Kind(msgspec.Struct, Generic[ValueT], frozen=True):
    """A sort of document.

    Attributes:
        name: of its table or collection, unique.
        key: of a value; values of one key exclude one another. Never empty, never changes.
        marks: by what values are found: name → the texts that a value is found under.
        expires: after which instant a value may be swept; None: kept until it is removed.
    """

    name: str
    type: type[ValueT]
    key: Callable[[ValueT], str]
    marks: Mapping[str, Callable[[ValueT], Iterable[str]]] = {}
    expires: Callable[[ValueT], Instant | None] | None = None


LONGEST_SESSION_US: Final = 7 * DAY_US
"""Longer than any setting lets a session live."""
FAILURES_REMEMBERED_US: Final = DAY_US
"""Failures count for this long after the last of them."""


def _unfinished(account: Account) -> Iterable[str]:
    """What a crash leaves half-born or half-erased is found under its state, and swept away."""
    half = account.state is not AccountState.OPEN and account.erased_at is None
    return (account.state.value,) if half else ()


ACCOUNTS: Final = Kind("accounts", Account, lambda one: one.id, {"unfinished": _unfinished})
LOGIN_NAMES: Final = Kind(
    "login_names",
    LoginName,
    lambda one: one.digest,
    {"account": lambda one: (one.account_id,)},
)
PROFILES: Final = Kind("profiles", Profile, lambda one: one.account_id)
MEMBER_RECORDS: Final = Kind(
    "member_records",
    MemberRecord,
    lambda one: one.id,
    {
        "account": lambda one: (one.account_id,),
        "source": lambda one: (f"{one.account_id}/{one.company_id}",),
    },
)
SESSIONS: Final = Kind(
    "sessions",
    Session,
    lambda one: one.digest,
    {"account": lambda one: (one.account_id,)},
    lambda one: Instant(one.created_at + LONGEST_SESSION_US),
)
LINKS: Final = Kind(
    "links",
    OneTimeLink,
    lambda one: one.digest,
    {"account": lambda one: (one.account_id,)},
    lambda one: one.expires_at,
)
THROTTLES: Final = Kind(
    "throttles",
    Throttle,
    lambda one: one.digest,
    expires=lambda one: Instant(one.last_at + FAILURES_REMEMBERED_US),
)

COMPANIES: Final = Kind("companies", Company, lambda one: one.id)
CLIENTS: Final = Kind(
    "clients", Client, lambda one: one.id, {"company": lambda one: (one.company_id,)}
)
CONTRACTS: Final = Kind(
    "contracts", Contract, lambda one: one.id, {"client": lambda one: (one.client_id,)}
)
CONTRACT_VERSIONS: Final = Kind(
    "contract_versions",
    Contract,
    lambda one: f"{one.id}@{one.version:06}",
    {"contract": lambda one: (one.id,)},
)
"""What a contract said before its present version."""
TERMS: Final = Kind(
    "terms", TermsDocument, lambda one: f"{one.id}@{one.version}", {"id": lambda one: (one.id,)}
)


def _live(dossier: Dossier) -> Iterable[str]:
    current = dossier.current
    return (dossier.client_id,) if current and current.state is ConsentState.GIVEN else ()


DOSSIERS: Final = Kind(
    "dossiers",
    Dossier,
    lambda one: one.key,
    {
        "account": lambda one: (one.account_id,),
        "client": lambda one: (one.client_id,),
        "given": _live,
    },
)
PROVISIONS: Final = Kind(
    "provisions",
    Provision,
    lambda one: one.id,
    {
        "account": lambda one: (one.account_id,),
        "pair": lambda one: (f"{one.account_id}/{one.client_id}",),
        "client": lambda one: (one.client_id,),
    },
)


def _secrets_of(grant: Grant) -> Iterable[str]:
    code = () if grant.code is None else (grant.code.digest,)
    current = (grant.refresh_digest,) if grant.refresh_digest else ()
    return (*code, *current, *grant.spent)


GRANTS: Final = Kind(
    "grants",
    Grant,
    lambda one: one.id,
    {
        "secret": _secrets_of,
        "account": lambda one: (one.account_id,),
        "pair": lambda one: (f"{one.account_id}/{one.client_id}",),
    },
    lambda one: one.expires_at,
)
ACCESS_TOKENS: Final = Kind(
    "access_tokens",
    AccessToken,
    lambda one: one.digest,
    {"grant": lambda one: (one.grant_id,) if one.grant_id else ()},
    lambda one: one.expires_at,
)
SUBJECTS: Final = Kind(
    "subjects",
    PairwiseSubject,
    lambda one: f"{one.sector}/{one.account_id}",
    {"sub": lambda one: (f"{one.sector}/{one.sub}",), "account": lambda one: (one.account_id,)},
)
SIGNING_KEYS: Final = Kind("signing_keys", SigningKey, lambda one: one.kid)
SECURITY_EVENTS: Final = Kind("security_events", SecurityEvent, lambda one: one.id)
STATISTICS_TURNS: Final = Kind("statistics_turns", StatisticsTurn, lambda one: one.name)
STAFF_SESSIONS: Final = Kind(
    "staff_sessions",
    StaffSession,
    lambda one: one.digest,
    expires=lambda one: one.expires_at,
)

WRAPPED_KEYS: Final = Kind("wrapped_keys", WrappedKey, lambda one: one.account_id)

VAULT_KINDS: Final[tuple[Kind[Any], ...]] = (
    ACCOUNTS,
    LOGIN_NAMES,
    PROFILES,
    MEMBER_RECORDS,
    SESSIONS,
    LINKS,
    THROTTLES,
    COMPANIES,
    CLIENTS,
    CONTRACTS,
    CONTRACT_VERSIONS,
    TERMS,
    DOSSIERS,
    PROVISIONS,
    GRANTS,
    ACCESS_TOKENS,
    SUBJECTS,
    SIGNING_KEYS,
    SECURITY_EVENTS,
    STATISTICS_TURNS,
    STAFF_SESSIONS,
)
"""Kept in the vault."""

KEY_KINDS: Final[tuple[Kind[Any], ...]] = (WRAPPED_KEYS,)
"""Kept in the key store, apart from the vault, so that destroying a key erases a person."""

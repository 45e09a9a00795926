"""A vault as a city has it: citizens with an ID, one company's service, and what was agreed.

It is written by the rooms' own parts before the server that is measured opens the same folder:
registering ten thousand people through the pages would measure argon2.
"""

import asyncio
import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from msgspec.structs import replace

from city.issuer import MASTER_KEY_FILE
from kernel.clock import SystemClock
from kernel.ids import SystemIds
from kernel.times import DAY_US, MINUTE_US, SECOND_US, Instant
from oauth.accounts.address import read_address
from oauth.accounts.names import LoginNames
from oauth.accounts.passwords import Passwords
from oauth.accounts.personal import PersonalData
from oauth.consents.desk import Consents
from oauth.model.companies import Client, ClientKind, Company, Contract, ContractItem, Purpose
from oauth.model.consents import Consent, ConsentedItem, Shown
from oauth.model.grants import AccessToken, Code, Grant
from oauth.model.ids import ulid
from oauth.model.items import Item
from oauth.model.kinds import (
    ACCESS_TOKENS,
    ACCOUNTS,
    CLIENTS,
    COMPANIES,
    CONTRACTS,
    GRANTS,
    SESSIONS,
    TERMS,
    WRAPPED_KEYS,
)
from oauth.model.people import Account, Session
from oauth.model.terms import TermsDocument, TermsKind
from oauth.model.texts import Bilingual, Language
from oauth.ports import Shelves
from oauth.sealing.master import MasterKey
from oauth.sealing.sealer import Sealer
from oauth.sealing.secrets import digest_of, fresh_secret
from oauth.server.protocol.families import refresh_token
from oauth.server.tokens import PREFIX
from oauth.terms.packaged import DOCUMENTS
from storage.sqlite.vault import SqliteKeyStore, SqliteVault

MadeT = TypeVar("MadeT")

EMAIL: Final = "first@mail.example"
PASSWORD: Final = "usagi to kame 73 odori"  # noqa: S105 - of a citizen whom nobody else meets
REDIRECT_URI: Final = "https://walks.example/cb"
VERIFIER: Final = "v" * 43
CHALLENGE: Final = (
    urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
SCOPES: Final = frozenset({"openid", "profile.name", "profile.birth_year", "email"})

_AT_ONCE: Final = 256
_YEAR_US: Final = 365 * DAY_US
_SECRET: Final = "odori_cs_" + "b" * 43
_ITEMS: Final = (
    ContractItem(Item.NAME, "full"),
    ContractItem(Item.BIRTH_YEAR, "decade", required=True),
    ContractItem(Item.EMAIL, "address"),
)
_TERMS: Final = TermsDocument(
    "company:walks:service",
    "1",
    TermsKind.SERVICE,
    "walks",
    Bilingual("規約", "Terms"),
    Bilingual("本文", "Text"),
    DOCUMENTS[0].effective_from,
)
_CLOCK: Final = SystemClock()
_IDS: Final = SystemIds()


@dataclass(frozen=True)
class People:
    """What requests are made of.

    Attributes:
        access: an access token of each citizen, good for an hour.
        refresh, codes: each good for one request.
        session: the cookie of a citizen who is signed in.
        visit: the cookie of a browser that nobody has signed in on.
    """

    access: Sequence[str]
    refresh: Sequence[str]
    codes: Sequence[str]
    session: str
    visit: str

    @property
    def service(self) -> str:
        """The service's `Authorization`."""
        return _basic("app")

    @property
    def resource_server(self) -> str:
        """The `Authorization` of who may introspect."""
        return _basic("rs")


class Settlement:
    """Fills the vault in `folder` for a server that answers at `issuer`."""

    def __init__(self, vault: Shelves, keys: Shelves, master: MasterKey, issuer: str) -> None:
        self._vault = vault
        self._master = master
        self._issuer = issuer
        self._sealer = Sealer(keys.shelf(WRAPPED_KEYS), master, _IDS, _CLOCK)
        self._personal = PersonalData(vault=vault, sealer=self._sealer, clock=_CLOCK, minor_age=16)
        self._consents = Consents(vault=vault, clock=_CLOCK, ids=_IDS)
        self._now = _CLOCK.now()
        self._contract = _contract(self._now)
        self._client = _client("app", ClientKind.SERVICE, self._now)

    async def settle(self, citizens: int, secrets: int) -> People:
        """So many citizens, and so many refresh tokens and codes, dealt out among them."""
        await self._member()
        settled = await _together(citizens, self._citizen)
        first = settled[0][0]
        with Passwords(ids=_IDS) as passwords:
            account = replace(first, password=await passwords.hash(PASSWORD))
        kept = await self._vault.shelf(ACCOUNTS).get(first.id)
        assert kept is not None
        await self._vault.shelf(ACCOUNTS).swap(kept, account)
        await LoginNames(self._vault, self._master).claim(read_address(EMAIL), first.id)

        async def family(number: int) -> str:
            return await self._family(*settled[number % citizens])

        async def code(number: int) -> str:
            return await self._code(*settled[number % citizens])

        async def access(number: int) -> str:
            return await self._access(*settled[number])

        return People(
            access=await _together(citizens, access),
            refresh=await _together(secrets, family),
            codes=await _together(secrets, code),
            session=await self._session(first),
            visit=fresh_secret(_IDS),
        )

    async def _member(self) -> None:
        company = Company(
            "walks",
            Bilingual("さんぽ", "Walks"),
            address="札幌市中央区",
            representative="代表",
            corporate_number="1234567890123",
            contact="privacy@walks.example",
            created_at=self._now,
        )
        await self._vault.shelf(COMPANIES).add(company)
        await self._vault.shelf(CLIENTS).add(self._client)
        reader = _client("rs", ClientKind.RESOURCE_SERVER, self._now)
        await self._vault.shelf(CLIENTS).add(reader)
        await self._vault.shelf(CONTRACTS).add(self._contract)
        for document in (*DOCUMENTS, _TERMS):
            await self._vault.shelf(TERMS).add(document)

    async def _citizen(self, number: int) -> tuple[Account, Consent]:
        account = Account(
            ulid(self._now, _IDS), self._now, "", Language.JA, (DOCUMENTS[0].ref,),
            email_verified=True,
        )  # fmt: skip
        await self._vault.shelf(ACCOUNTS).add(account)
        await self._sealer.create(account.id)
        await self._personal.begin(
            account.id,
            {
                Item.NAME: {"family_name": "Odori", "given_name": f"Hanako {number}"},
                Item.BIRTH_YEAR: 1950 + number % 50,
                Item.EMAIL: {"email": f"citizen{number}@mail.example"},
            },
        )
        items = [ConsentedItem(one.item, one.granularity, one.required) for one in _ITEMS]
        refs = tuple(one.ref for one in (*DOCUMENTS, _TERMS))
        shown = Shown(Language.JA, refs, screen_sha256="c" * 64, template="1")
        consent = await self._consents.give(account.id, self._client, self._contract, items, shown)
        return account, consent

    def _grant(self, account: Account, consent: Consent) -> Grant:
        return Grant(
            ulid(self._now, _IDS),
            self._client.id,
            "walks",
            account.id,
            consent.id,
            consent.version,
            SCOPES,
            company_epoch=0,
            account_epoch=0,
            authenticated_at=self._now,
            created_at=self._now,
            expires_at=consent.valid_until,
        )

    async def _access(self, account: Account, consent: Consent) -> str:
        grant = self._grant(account, consent)
        text = fresh_secret(_IDS, PREFIX)
        token = AccessToken(
            digest_of(text),
            self._client.id,
            "walks",
            SCOPES,
            company_epoch=0,
            issued_at=self._now,
            expires_at=Instant(self._now + 60 * MINUTE_US),
            audience=self._issuer,
            grant_id=grant.id,
            account_id=account.id,
        )
        await self._vault.shelf(GRANTS).add(grant)
        await self._vault.shelf(ACCESS_TOKENS).add(token)
        return text

    async def _family(self, account: Account, consent: Consent) -> str:
        grant = self._grant(account, consent)
        text = refresh_token(grant.id, fresh_secret(_IDS))
        idle = Instant(self._now + DAY_US)
        await self._vault.shelf(GRANTS).add(
            replace(grant, refresh_digest=digest_of(text), idle_until=idle)
        )
        return text

    async def _code(self, account: Account, consent: Consent) -> str:
        text = fresh_secret(_IDS)
        until = Instant(self._now + 60 * MINUTE_US)
        code = Code(digest_of(text), REDIRECT_URI, CHALLENGE, until, nonce="n")
        await self._vault.shelf(GRANTS).add(replace(self._grant(account, consent), code=code))
        return text

    async def _session(self, account: Account) -> str:
        secret, now = fresh_secret(_IDS), _CLOCK.now()
        await self._vault.shelf(SESSIONS).add(
            Session(digest_of(secret), account.id, account.epoch, now, now, now)
        )
        return secret


async def settle(folder: Path, issuer: str, citizens: int, secrets: int) -> People:
    """Found a city of so many citizens in the folder of a server that is not started yet."""
    master = MasterKey.generate(_IDS)
    (folder / MASTER_KEY_FILE).write_text(master.reveal(), encoding="ascii")
    async with SqliteVault(folder) as vault, SqliteKeyStore(folder) as keys:
        return await Settlement(vault, keys, master, issuer).settle(citizens, secrets)


async def _together(count: int, make: Callable[[int], Awaitable[MadeT]]) -> list[MadeT]:
    """Many at once share a commit."""
    made: list[MadeT] = []
    for start in range(0, count, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, count))
        made += await asyncio.gather(*(make(number) for number in numbers))
    return made


def _basic(name: str) -> str:
    return "Basic " + b64encode(f"{name}:{_SECRET}".encode()).decode()


def _client(name: str, kind: ClientKind, now: Instant) -> Client:
    is_service = kind is ClientKind.SERVICE
    return Client(
        name,
        "walks",
        kind,
        Bilingual("さっぽろ歩き", "Sapporo Walks"),
        digest_of(_SECRET),
        now,
        redirect_uris=(REDIRECT_URI,) if is_service else (),
        contact="privacy@walks.example",
        terms_url="https://walks.example/terms",
        terms=_TERMS.ref if is_service else None,
        contract_id="contract" if is_service else "",
    )


def _contract(now: Instant) -> Contract:
    return Contract(
        "contract",
        "app",
        "walks",
        version=1,
        purpose=Purpose(
            "walks",
            "dpv:ServiceProvision",
            Bilingual("道案内をするため", "To guide"),
            Bilingual("歩きやすい道がわかります", "You find easier ways"),
            "P1Y",
        ),
        items=_ITEMS,
        signed_on=Instant(now - SECOND_US),
        valid_from=Instant(now - SECOND_US),
        valid_until=Instant(now + 5 * _YEAR_US),
        document_sha256="e" * 64,
    )

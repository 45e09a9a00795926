"""A vault in memory with a member company, its service, and people who agreed to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace
from support.shelves import MemoryShelves

from kernel.clock import ManualClock
from kernel.ids import SeededIds
from kernel.times import DAY_US, Instant, parse_instant
from oauth.model.companies import Client, ClientKind, Company, Contract, ContractItem, Purpose
from oauth.model.consents import Consent, ConsentedItem, ConsentState, Dossier, Shown, dossier_key
from oauth.model.grants import AccessToken
from oauth.model.items import Item
from oauth.model.kinds import (
    ACCOUNTS,
    CLIENTS,
    COMPANIES,
    CONTRACTS,
    DOSSIERS,
    TERMS,
    WRAPPED_KEYS,
    Kind,
)
from oauth.model.people import Account
from oauth.model.terms import MANDATORY, TermsDocument, TermsKind
from oauth.model.texts import Bilingual, Language
from oauth.records.forms import Offered
from oauth.records.keeping import PersonRecords
from oauth.records.service import MemberRecords
from oauth.sealing.master import MasterKey
from oauth.sealing.sealer import Sealer

NOW = parse_instant("2026-11-01T10:20:00Z")
ISSUER = "https://id.example"
BOTH = Bilingual(ja="案内", en="Guide")
PURPOSE = Purpose("guide", "dpv:ServiceProvision", BOTH, BOTH, "P1Y")
TERMS_OF_SERVICE = TermsDocument(
    "company:shop:service",
    "1",
    TermsKind.SERVICE,
    "shop",
    BOTH,
    BOTH,
    Instant(0),
    tuple(sorted(MANDATORY[TermsKind.SERVICE])),
)


def company(name: str = "shop", **changed: Any) -> Company:
    return replace(
        Company(name, BOTH, "札幌市", "代表者", "1234567890123", "info@shop.example", Instant(0)),
        **changed,
    )


def client(name: str = "shop-app", of: str = "shop", **changed: Any) -> Client:
    return replace(
        Client(
            name,
            of,
            ClientKind.SERVICE,
            BOTH,
            "0" * 64,
            Instant(0),
            terms=TERMS_OF_SERVICE.ref,
            contract_id=f"contract-{name}",
        ),
        **changed,
    )


def contract(service: Client, **changed: Any) -> Contract:
    return replace(
        Contract(
            service.contract_id,
            service.id,
            service.company_id,
            1,
            PURPOSE,
            (ContractItem(Item.GENDER, "value"),),
            Instant(0),
            Instant(0),
            Instant(NOW + 365 * DAY_US),
            "0" * 64,
            records=True,
        ),
        **changed,
    )


def consent(of: Contract, **changed: Any) -> Consent:
    return replace(
        Consent(
            f"consent-{of.client_id}",
            PURPOSE.id,
            of.id,
            of.version,
            (ConsentedItem(Item.GENDER, "value"),),
            Instant(NOW - DAY_US),
            Instant(NOW + 30 * DAY_US),
            Shown(Language.JA, (), "0" * 64, "1"),
        ),
        **changed,
    )


class PartnerVault:
    """The vault of a test. Subs are `sub-<account>`."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.ids = SeededIds(8)
        self.shelves = MemoryShelves()
        self.keys = MemoryShelves()
        master = MasterKey(bytes(range(32)))
        self.sealer = Sealer(self.keys.shelf(WRAPPED_KEYS), master, self.ids, self.clock)
        self.service = client()
        self.person_records = PersonRecords(vault=self.shelves, sealer=self.sealer)
        self.records = MemberRecords(
            vault=self.shelves,
            sealer=self.sealer,
            subjects=self,
            clock=self.clock,
            audience=ISSUER,
        )

    async def sub(self, client: Client, account_id: str) -> str:  # noqa: ARG002 — the port's
        """`SubjectBook`."""
        return f"sub-{account_id}"

    async def account(self, client: Client, sub: str) -> str | None:  # noqa: ARG002 — the port's
        """`SubjectBook`."""
        return sub.removeprefix("sub-") if sub.startswith("sub-") else None

    async def put(self, kind: Kind[Any], value: Any) -> None:
        """Store, or put in the place of what is stored."""
        shelf = self.shelves.shelf(kind)
        kept = await shelf.get(kind.key(value))
        assert await (shelf.add(value) if kept is None else shelf.swap(kept, value))

    async def open_shop(self) -> None:
        """A company in good standing that may give records."""
        await self.put(COMPANIES, company())
        await self.put(CLIENTS, self.service)
        await self.put(CONTRACTS, contract(self.service))
        await self.put(TERMS, TERMS_OF_SERVICE)

    async def join(self, name: str, of: Client | None = None) -> None:
        """A person with a key and a live consent with the service."""
        service = of or self.service
        await self.sealer.create(name)
        await self.put(ACCOUNTS, Account(name, Instant(0), "", Language.JA, ()))
        given = consent(contract(service))
        await self.put(DOSSIERS, Dossier(name, service.id, service.company_id, (given,)))

    async def withdraw(self, name: str) -> None:
        """As the person's page does."""
        shelf = self.shelves.shelf(DOSSIERS)
        kept = await shelf.get(dossier_key(name, self.service.id))
        assert kept is not None
        assert kept.value.current is not None
        ended = replace(kept.value.current, state=ConsentState.WITHDRAWN)
        assert await shelf.swap(kept, replace(kept.value, consents=(ended,)))

    def token(self, **changed: Any) -> AccessToken:
        """The company's own."""
        return replace(
            AccessToken(
                "0" * 64,
                self.service.id,
                self.service.company_id,
                frozenset({"records"}),
                0,
                NOW,
                Instant(NOW + DAY_US),
                ISSUER,
            ),
            **changed,
        )

    async def tell(self, name: str, values: Mapping[Item, Any], at: Instant = NOW) -> None:
        """A record that is kept."""
        outcomes = await self.records.give(self.token(), [offered(name, values, at)])
        assert list(outcomes) == ["stored"]


def offered(
    name: str, values: Mapping[Item, Any], at: Instant = NOW, dataset: str = "visits"
) -> Offered:
    return Offered(f"sub-{name}", dataset, at, values)


class CityNumbers:
    """The sink: keeps what was published, by slot."""

    def __init__(self, cells: Sequence[str], min_people: int = 10, rounding: int = 5) -> None:
        self.cells = cells
        self.min_people = min_people
        self.rounding = rounding
        self.published: list[tuple[Mapping[str, int], int]] = []

    async def put(self, counts: Mapping[str, int], *, below: int) -> None:
        """`StatisticsSink`."""
        self.published.append((dict(counts), below))

    @property
    def last(self) -> Mapping[str, int]:
        return self.published[-1][0]

"""Companies of tests: a desk on a vault in memory, and wishes that fit."""

from collections.abc import Sequence

from support.shelves import MemoryShelves

from kernel.clock import ManualClock
from kernel.ids import SeededIds
from kernel.times import Instant, parse_instant
from oauth.companies.desk import Companies, Registered
from oauth.companies.wishes import (
    ClientWish,
    CompanyWish,
    ContractWish,
    ItemWish,
    Lines,
    PurposeWish,
    TermsWish,
    Texts,
)
from oauth.model.companies import ClientKind, Company
from oauth.model.items import Item
from oauth.model.terms import Clause, TermsKind

START = parse_instant("2026-04-01T09:00:00+09:00")
SHA256 = "5" * 64
BOTH_CLAUSES = frozenset({Clause.DATA_TO_ASSOCIATION, Clause.WITHOUT_IDENTIFIERS})

COMPANY = CompanyWish(
    name=Lines(ja="大通ガイド株式会社", en="Odori Guide Co."),
    address="札幌市中央区大通西1丁目",
    representative="代表取締役 大通 花子",
    contact="privacy@guide.example",
)
SERVICE = ClientWish(
    name=Lines(ja="まち歩き", en="Town Walk"),
    redirect_uris=("https://guide.example/cb",),
    contact="help@guide.example",
    site="https://guide.example/",
)
MACHINE = ClientWish(
    name=Lines(ja="連携", en="Feeder"), kind=ClientKind.MACHINE, scopes=frozenset({"ngsi:read"})
)
PURPOSE = PurposeWish(
    id="town-walk",
    text=Lines(ja="年代に合う道案内をするため", en="To guide by age group"),
    benefit=Lines(ja="歩きやすい道がわかります", en="You find easier ways"),
    retention="P6M",
)


def contract(
    *items: tuple[Item, str],
    required: Sequence[Item] = (),
    signed_on: str | None = "2026-03-20",
    **others: object,
) -> ContractWish:
    """A contract of these items, in force from April 2026 to March 2027."""
    said: dict[str, object] = {
        "purpose": PURPOSE,
        "items": tuple(
            ItemWish(item=item, granularity=granularity, required=item in required)
            for item, granularity in items or ((Item.BIRTH_YEAR, "decade"),)
        ),
        "valid_from": "2026-04-01",
        "valid_until": "2027-04-01",
        "document_sha256": SHA256,
        "audit_notice_days": 10,
        "signed_on": signed_on,
    }
    return ContractWish(**{**said, **others})  # type: ignore[arg-type]


def terms(
    owner: str,
    version: str = "1",
    effective_from: str = "2026-03-01",
    *,
    clauses: frozenset[str] = BOTH_CLAUSES,
    kind: TermsKind = TermsKind.SERVICE,
    clients: tuple[str, ...] = (),
) -> TermsWish:
    """A version of a text."""
    return TermsWish(
        owner=owner,
        kind=kind,
        version=version,
        title=Lines(ja="サービス規約", en="Terms of service"),
        text=Texts(ja=f"第{version}版の本文", en=f"Text of version {version}"),
        effective_from=effective_from,
        clauses=clauses,
        clients=clients,
    )


class Office:
    """An operator's desk."""

    def __init__(self, *, allow_loopback: bool = False, start: Instant = START) -> None:
        self.clock = ManualClock(start)
        self.ids = SeededIds(7)
        self.vault = MemoryShelves()
        self.companies = Companies(
            vault=self.vault, clock=self.clock, ids=self.ids, allow_loopback=allow_loopback
        )

    async def company(self, wish: CompanyWish = COMPANY) -> Company:
        """A registered company."""
        return await self.companies.register_company(wish, by="officer")

    async def service(self, wish: ClientWish = SERVICE) -> Registered:
        """A service of a new company."""
        company = await self.company()
        return await self.companies.register_client(company.id, wish)

    async def working_service(self) -> Registered:
        """A service with terms and a signed contract."""
        made = await self.service()
        await self.companies.agreements.put_terms(
            terms(made.client.company_id, clients=(made.client.id,))
        )
        await self.companies.agreements.set_contract(made.client.id, contract())
        kept = await self.companies.client(made.client.id)
        assert kept is not None
        return Registered(kept.value, made.secret)

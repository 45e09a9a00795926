"""A member company, its service, a person, and everything that releasing needs between them.

Tokens are stored as the authorization server stores them; sealing, IDs and tokens are read by the
real rooms.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace
from support.shelves import MemoryShelves

from kernel.clock import ManualClock
from kernel.ids import SeededIds
from kernel.json import JsonValue, render
from kernel.times import DAY_US, SECOND_US, Instant, parse_instant
from oauth.consents.desk import Consents
from oauth.items import values
from oauth.model.companies import (
    Client,
    ClientKind,
    Company,
    CompanyState,
    Contract,
    ContractItem,
    Purpose,
)
from oauth.model.consents import Consent, ConsentedItem, Shown
from oauth.model.grants import AccessToken, Grant
from oauth.model.items import Item
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
    WRAPPED_KEYS,
    Kind,
)
from oauth.model.people import Account, AccountState, Profile, TermsRef
from oauth.model.provisions import Provision
from oauth.model.texts import Bilingual, Language
from oauth.ports import Kept, Shelves
from oauth.release.service import Release
from oauth.sealing.master import MasterKey
from oauth.sealing.sealer import Sealer
from oauth.sealing.secrets import digest_of, fresh_secret
from oauth.server.subjects import Subjects
from oauth.server.tokens import PREFIX, TokenReader

ISSUER = "https://id.example"
START = parse_instant("2026-11-21T00:00:00Z")
TOKEN_S = 300

TERMS = (
    TermsRef("association:oauth", "1", "a" * 64),
    TermsRef("company:shop:service", "1", "b" * 64),
)
SHOWN = Shown(Language.JA, TERMS, screen_sha256="c" * 64, template="1")

VALUES: Mapping[Item, JsonValue] = {
    Item.NAME: {
        "family_name": "大通",
        "given_name": "花子",
        "family_name#ja-Kana-JP": "オオドオリ",
        "given_name#ja-Kana-JP": "ハナコ",
    },
    Item.BIRTH_YEAR: 1984,
    Item.GENDER: "female",
    Item.EMAIL: {"email": "hanako@mail.example"},
    Item.LOCALITY: {"postal_code": "060-0001", "region": "北海道", "locality": "札幌市中央区"},
    Item.LANGUAGE: ["ja", "zh-Hant"],
    Item.RESIDENCE_AREA: {"prefecture": "01", "municipality": "011002", "ward": "011011"},
    Item.INCOME_BRACKET: {"scheme": "jp-stat-kakei-2024-18-merged-6", "code": "300-500"},
    Item.INTERESTS: ["culture.music", "food"],
    Item.HOUSEHOLD: {"size": 6, "children": 4},
    Item.OCCUPATION: "public-servant",
}

PURPOSE = Purpose(
    "coupons",
    "dpv:ServiceProvision",
    Bilingual("お得な情報を届けます", "We send offers"),
    Bilingual("割引", "Discounts"),
    "P1Y",
)

ITEMS = (
    ContractItem(Item.NAME, "full"),
    ContractItem(Item.BIRTH_YEAR, "decade", required=True),
    ContractItem(Item.EMAIL, "address"),
    ContractItem(Item.RESIDENCE_AREA, "ward"),
)


def company(company_id: str = "shop") -> Company:
    return Company(
        company_id,
        Bilingual("店", "Shop"),
        address="札幌市中央区",
        representative="代表",
        corporate_number="1234567890123",
        contact="shop@example.jp",
        created_at=START,
    )


def client(client_id: str = "app", company_id: str = "shop") -> Client:
    return Client(
        client_id,
        company_id,
        ClientKind.SERVICE,
        Bilingual("アプリ", "App"),
        secret_digest="d" * 64,
        created_at=START,
        contract_id=f"contract-{client_id}",
    )


def contract(
    items: Sequence[ContractItem] = ITEMS, client_id: str = "app", company_id: str = "shop"
) -> Contract:
    return Contract(
        f"contract-{client_id}",
        client_id,
        company_id,
        version=1,
        purpose=PURPOSE,
        items=tuple(items),
        signed_on=START,
        valid_from=START,
        valid_until=Instant(START + 3_650 * DAY_US),
        document_sha256="e" * 64,
    )


def account(account_id: str = "person") -> Account:
    return Account(account_id, START, "", Language.JA, TERMS)


def ticked(
    the_contract: Contract, only: Collection[Item] | None = None, **finer: str
) -> list[ConsentedItem]:
    """All items of the contract that are wanted, as the contract says them."""
    return [
        ConsentedItem(one.item, finer.get(one.item.name, one.granularity), one.required)
        for one in the_contract.items
        if only is None or one.item in only or one.required
    ]


@dataclass
class ToldByMembers:
    """`MemberData` from memory: company → what it told about the one `account_id`."""

    told: dict[str, list[JsonValue]] = field(default_factory=dict)
    account_id: str = "person"

    async def sources(self, account_id: str) -> frozenset[str]:
        told = self.told if account_id == self.account_id else {}
        return frozenset(source for source, records in told.items() if records)

    async def records_for(self, account_id: str, sources: Collection[str]) -> Sequence[JsonValue]:
        told = self.told if account_id == self.account_id else {}
        return [one for source in sorted(sources) for one in told.get(source, [])]


class World:
    """Everything, wired as the city wires it."""

    def __init__(
        self, vault: Shelves | None = None, keys: Shelves | None = None, seed: int = 1
    ) -> None:
        self.clock = ManualClock(START)
        self.ids = SeededIds(seed)
        self.vault = MemoryShelves() if vault is None else vault
        self.keys = MemoryShelves() if keys is None else keys
        master = MasterKey(bytes(range(32)))
        self.sealer = Sealer(self.keys.shelf(WRAPPED_KEYS), master, self.ids, self.clock)
        self.subjects = Subjects(vault=self.vault, master=master)
        self.members = ToldByMembers()
        self.consents = Consents(vault=self.vault, clock=self.clock, ids=self.ids)
        self.release = Release(
            vault=self.vault,
            sealer=self.sealer,
            tokens=TokenReader(vault=self.vault, issuer=ISSUER, clock=self.clock),
            subjects=self.subjects,
            members=self.members,
            audience=ISSUER,
            clock=self.clock,
            ids=self.ids,
        )

    @property
    def memory(self) -> MemoryShelves:
        """The vault, where it is the one in memory."""
        assert isinstance(self.vault, MemoryShelves)
        return self.vault

    # Somebody exists -----------------------------------------------------------------------------

    async def open(self) -> None:
        """One company, one service, one person with every value."""
        await self.member()
        await self.person()

    async def member(
        self,
        client_id: str = "app",
        company_id: str = "shop",
        items: Sequence[ContractItem] = ITEMS,
    ) -> None:
        await self.vault.shelf(COMPANIES).add(company(company_id))
        await self.vault.shelf(CLIENTS).add(client(client_id, company_id))
        await self.vault.shelf(CONTRACTS).add(contract(items, client_id, company_id))

    async def person(
        self, account_id: str = "person", entered: Mapping[Item, JsonValue] = VALUES
    ) -> None:
        await self.vault.shelf(ACCOUNTS).add(account(account_id))
        await self.sealer.create(account_id)
        sealed = {
            item: await self.sealer.seal(account_id, item, render(values.read(item, raw)))
            for item, raw in entered.items()
        }
        await self.vault.shelf(PROFILES).add(Profile(account_id, sealed))

    # Somebody does something ---------------------------------------------------------------------

    async def agree(
        self,
        only: Collection[Item] | None = None,
        *,
        account_id: str = "person",
        client_id: str = "app",
        shown: Shown = SHOWN,
        **finer: str,
    ) -> Consent:
        the_client = await self.value(CLIENTS, client_id)
        the_contract = await self.value(CONTRACTS, the_client.contract_id)
        return await self.consents.give(
            account_id, the_client, the_contract, ticked(the_contract, only, **finer), shown
        )

    async def token(
        self,
        scopes: Collection[str] | None = None,
        *,
        account_id: str = "person",
        client_id: str = "app",
    ) -> str:
        """A token under the consent that lives, for everything in it."""
        consent = await self.consent(account_id, client_id)
        wanted = {one.item for one in consent.items} if scopes is None else scopes
        the_client = await self.value(CLIENTS, client_id)
        the_company = await self.value(COMPANIES, the_client.company_id)
        person = await self.value(ACCOUNTS, account_id)
        now = self.clock.now()
        grant = Grant(
            self.ids.object_id(),
            client_id,
            the_company.id,
            account_id,
            consent.id,
            consent.version,
            frozenset(wanted),
            the_company.epoch,
            person.epoch,
            authenticated_at=now,
            created_at=now,
            expires_at=consent.valid_until,
        )
        await self.vault.shelf(GRANTS).add(grant)
        return await self._stored_token(
            AccessToken(
                "",
                client_id,
                the_company.id,
                grant.scopes,
                the_company.epoch,
                issued_at=now,
                expires_at=Instant(now + TOKEN_S * SECOND_US),
                audience=ISSUER,
                grant_id=grant.id,
                account_id=account_id,
                account_epoch=person.epoch,
            )
        )

    async def own_token(
        self,
        scopes: Collection[str] = ("attributes", "subjects"),
        client_id: str = "app",
        lasts_s: int = TOKEN_S,
    ) -> str:
        """A company's own."""
        the_client = await self.value(CLIENTS, client_id)
        the_company = await self.value(COMPANIES, the_client.company_id)
        now = self.clock.now()
        return await self._stored_token(
            AccessToken(
                "",
                client_id,
                the_company.id,
                frozenset(scopes),
                the_company.epoch,
                issued_at=now,
                expires_at=Instant(now + lasts_s * SECOND_US),
                audience=ISSUER,
            )
        )

    async def _stored_token(self, token: AccessToken) -> str:
        text = fresh_secret(self.ids, PREFIX)
        await self.vault.shelf(ACCESS_TOKENS).add(replace(token, digest=digest_of(text)))
        return text

    async def suspend(self, company_id: str = "shop") -> None:
        before = await self.value(COMPANIES, company_id)
        await self.change(
            COMPANIES, company_id, state=CompanyState.SUSPENDED, epoch=before.epoch + 1
        )

    async def reactivate(self, company_id: str = "shop") -> None:
        await self.change(COMPANIES, company_id, state=CompanyState.ACTIVE)

    async def erase(self, account_id: str = "person") -> None:
        before = await self.value(ACCOUNTS, account_id)
        await self.consents.end_all(account_id)
        await self.change(ACCOUNTS, account_id, state=AccountState.ERASED, epoch=before.epoch + 1)
        await self.vault.shelf(PROFILES).remove(account_id)
        await self.sealer.destroy(account_id)

    # What is stored ------------------------------------------------------------------------------

    async def kept(self, kind: Kind[Any], key: str) -> Kept[Any]:
        found = await self.vault.shelf(kind).get(key)
        assert found is not None
        return found

    async def value(self, kind: Kind[Any], key: str) -> Any:
        return (await self.kept(kind, key)).value

    async def change(self, kind: Kind[Any], key: str, **changes: Any) -> None:
        """Change members of a document."""
        kept = await self.kept(kind, key)
        assert await self.vault.shelf(kind).swap(kept, replace(kept.value, **changes))

    async def consent(self, account_id: str = "person", client_id: str = "app") -> Consent:
        current = (await self.value(DOSSIERS, f"{account_id}/{client_id}")).current
        assert current is not None
        return current

    async def records(self) -> list[Provision]:
        return [kept.value for kept in await self.vault.shelf(PROVISIONS).all(limit=10_000)]

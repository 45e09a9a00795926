"""The citizen's pages on a real socket, with the authorization server and one company beside them.

async with citizen_app() as app:
    await app.register("hanako@example.jp")
    secret = await app.accounts.log_in("hanako@example.jp", PASSWORD)
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from prometheus_client import CollectorRegistry
from support.accounts import CHEAP, PASSWORD, KeptMail, Message
from support.shelves import MemoryShelves
from support.tokens import MemoryTokens

from kernel.clock import ManualClock
from kernel.ids import SystemIds
from kernel.times import DAY_US, Instant, parse_instant
from oauth.accounts.export import Export
from oauth.accounts.parts import put_together
from oauth.accounts.passwords import Passwords
from oauth.accounts.personal import PersonalData
from oauth.accounts.post import Post
from oauth.accounts.registration import Application
from oauth.accounts.service import Accounts
from oauth.browser.cookies import Cookies
from oauth.companies.desk import Companies
from oauth.consents.desk import Consents
from oauth.guard import TokenGuard
from oauth.model.companies import Client, ClientKind, Company, Contract, ContractItem, Purpose
from oauth.model.ids import ulid
from oauth.model.items import Item
from oauth.model.kinds import (
    CLIENTS,
    COMPANIES,
    CONTRACTS,
    MEMBER_RECORDS,
    PROVISIONS,
    TERMS,
    WRAPPED_KEYS,
)
from oauth.model.people import MemberRecord, TermsRef
from oauth.model.provisions import ProvidedItem, Provision, Recipient
from oauth.model.terms import TermsDocument, TermsKind
from oauth.model.texts import Bilingual, Language
from oauth.pages.app import CitizenPages
from oauth.records.keeping import PersonRecords, Values, record_id, seal_values
from oauth.release.service import Release
from oauth.sealing.master import MasterKey
from oauth.sealing.sealer import Sealer
from oauth.server.api import surface as server_surface
from oauth.server.clients import Clients
from oauth.server.keys import KeyRing
from oauth.server.machine_tokens import MachineTokens
from oauth.server.server import Beneath, Beside, Lifetimes, authorization_server
from oauth.server.subjects import Subjects
from oauth.server.tokens import TokenReader
from oauth.terms.packaged import DOCUMENTS
from serving.app import build_app

START = parse_instant("2026-11-21T10:00:00+09:00")
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
CLIENT = "tanuki-guide"
_MASTER = MasterKey(bytes(range(32)))

COMPANY = Company(
    "tanuki",
    Bilingual("たぬき堂株式会社", "Tanukido Inc."),
    address="札幌市中央区南2条西4丁目",
    representative="代表取締役 狸小路 太郎",
    corporate_number="1234567890123",
    contact="たぬき堂 お客様窓口 support@tanukido.example",
    created_at=START,
)
PURPOSE = Purpose(
    "guide",
    "dpv:ServicePersonalisation",
    Bilingual(
        "地下歩行空間の混み具合と、あなたの関心に合わせて、街の催しをご案内します。",
        "We suggest events in town that fit your interests, and when the walkway is less crowded.",
    ),
    Bilingual(
        "混雑を避けて、好みの催しに出会えます。",
        "You meet events that you like, without the crowd.",
    ),
    "P12M",
)
ITEMS = (
    ContractItem(Item.BIRTH_YEAR, "5-year", required=True),
    ContractItem(Item.NAME, "full"),
    ContractItem(Item.EMAIL, "address"),
    ContractItem(Item.RESIDENCE_AREA, "ward"),
    ContractItem(Item.INTERESTS, "level-1"),
    ContractItem(Item.MEMBER_DATA, "records"),
)
SCOPE = " ".join(("openid", *(one.item for one in ITEMS)))
SERVICE_TERMS = TermsDocument(
    "company:tanuki:service",
    "2",
    TermsKind.SERVICE,
    "tanuki",
    Bilingual("たぬき街あるき 利用規約", "Terms of Tanuki Town Walk"),
    Bilingual("## 第1条\n\n本文です。", "## 1.\n\nText."),
    DOCUMENTS[0].effective_from,
)


@dataclass
class CitizenApp:
    """What is served, and what stands behind it."""

    url: str
    shop: str
    clock: ManualClock
    vault: MemoryShelves
    sealer: Sealer
    accounts: Accounts
    personal: PersonalData
    consents: Consents
    companies: Companies
    release: Release
    pages: CitizenPages
    post: Post
    mail: KeptMail

    async def letter(self) -> Message:
        """The last letter, once everything that waited is sent."""
        await self.post.flush()
        return self.mail.sent[-1]

    async def register(
        self, address: str, *, birth_year: int = 1984, language: Language = Language.JA
    ) -> None:
        """A person with a verified address."""
        terms = await self.accounts.terms()
        await self.accounts.register(
            Application(address, PASSWORD, birth_year, terms.ref, terms.mandatory, language)
        )
        await self.accounts.verify((await self.letter()).token)

    async def account_of(self, secret: str) -> str:
        """Whose session it is."""
        visitor = await self.accounts.who(secret)
        assert visitor is not None
        return visitor.account.id

    def authorize(self, scope: str = SCOPE, **more: str) -> str:
        """Path and query of an authorization request."""
        return "/oauth/authorize?" + urlencode(
            {
                "response_type": "code",
                "client_id": CLIENT,
                "redirect_uri": f"{self.shop}/cb",
                "scope": scope,
                "state": "xyz",
                "code_challenge": CHALLENGE,
                "code_challenge_method": "S256",
                **more,
            }
        )


@asynccontextmanager
async def citizen_app(
    items: Sequence[ContractItem] = ITEMS, *, with_company: bool = True
) -> AsyncIterator[CitizenApp]:
    """The pages, open for browsers; a company's call-back page on a port of its own."""
    port = unused_port()
    url = f"http://127.0.0.1:{port}"
    async with TestServer(_shop()) as shop:
        with Passwords(ids=SystemIds(), cost=CHEAP) as passwords:
            app, web_app = _put_together(url, str(shop.make_url("")).rstrip("/"), passwords)
            await _stock(app, items, with_company=with_company)
            async with TestServer(web_app, port=port):
                yield app


def _shop() -> web.Application:
    async def back(request: web.Request) -> web.Response:
        said = "code" if "code" in request.query else request.query.get("error", "")
        return web.Response(text=f"<h1>{said}</h1>", content_type="text/html")

    async def icon(_: web.Request) -> web.Response:
        return web.Response(status=204)

    shop = web.Application()
    shop.router.add_get("/cb", back)
    shop.router.add_get("/favicon.ico", icon)
    return shop


def _put_together(url: str, shop: str, passwords: Passwords) -> tuple[CitizenApp, web.Application]:
    clock, ids, vault, mail = ManualClock(START), SystemIds(), MemoryShelves(), KeptMail()
    sealer = Sealer(MemoryShelves().shelf(WRAPPED_KEYS), _MASTER, ids, clock)
    personal = PersonalData(vault=vault, sealer=sealer, clock=clock, minor_age=16)
    consents = Consents(vault=vault, clock=clock, ids=ids)
    companies = Companies(vault=vault, clock=clock, ids=ids)
    post = Post(mail, pauses_s=(0.0,))
    accounts = Accounts(
        put_together(
            vault=vault,
            sealer=sealer,
            personal=personal,
            passwords=passwords,
            post=post,
            master=_MASTER,
            issuer=url,
            clock=clock,
            ids=ids,
        ),
        end_consents=consents.end_all,
    )
    tokens = TokenReader(vault=vault, issuer=url, clock=clock)
    subjects = Subjects(vault=vault, master=_MASTER)
    records = PersonRecords(vault=vault, sealer=sealer)
    release = Release(
        vault=vault,
        sealer=sealer,
        tokens=tokens,
        subjects=subjects,
        members=records,
        audience=url,
        clock=clock,
        ids=ids,
    )
    cookies = Cookies(secure=False)
    export = Export(
        vault=vault,
        personal=personal,
        sessions=accounts.sessions,
        member_data=records,
        clock=clock,
    )
    pages = CitizenPages(
        accounts=accounts,
        personal=personal,
        consents=consents,
        companies=companies,
        provisions=release,
        export=export.export,
        cookies=cookies,
        network=lambda request: request.remote or "",
        clock=clock,
        ids=ids,
        records=records,
    )
    server = authorization_server(
        Beneath(
            issuer=url,
            vault=vault,
            companies=companies,
            consents=consents,
            clients=Clients(companies=companies, clock=clock),
            tokens=tokens,
            subjects=subjects,
            keys=KeyRing(vault=vault, master=_MASTER, clock=clock, ids=ids, rotation_d=90),
            machines=MachineTokens(store=MemoryTokens(), clock=clock, ids=ids, ttl_s=300),
            clock=clock,
            ids=ids,
            registry=CollectorRegistry(),
        ),
        Beside(
            visitors=accounts,
            personal=personal,
            provisions=release,
            cookies=cookies,
            screens=pages.screens,
        ),
        Lifetimes(),
    )
    app = build_app(
        [pages.surface(), server_surface(server)],
        authenticator=TokenGuard(store=MemoryTokens(), clock=clock),
        registry=CollectorRegistry(),
        clock=clock,
    )
    bench = CitizenApp(
        url,
        shop,
        clock,
        vault,
        sealer,
        accounts,
        personal,
        consents,
        companies,
        release,
        pages,
        post,
        mail,
    )
    return bench, app


async def _stock(app: CitizenApp, items: Sequence[ContractItem], *, with_company: bool) -> None:
    """Terms, and a company with one service."""
    for document in (*DOCUMENTS, SERVICE_TERMS):
        await app.vault.shelf(TERMS).add(document)
    if not with_company:
        return
    await app.vault.shelf(COMPANIES).add(COMPANY)
    await app.vault.shelf(CLIENTS).add(
        Client(
            CLIENT,
            COMPANY.id,
            ClientKind.SERVICE,
            Bilingual("たぬき街あるき", "Tanuki Town Walk"),
            secret_digest="d" * 64,
            created_at=START,
            redirect_uris=(f"{app.shop}/cb",),
            terms=TermsRef(SERVICE_TERMS.id, SERVICE_TERMS.version, SERVICE_TERMS.sha256),
            contract_id="contract",
        )
    )
    await app.vault.shelf(CONTRACTS).add(
        Contract(
            "contract",
            CLIENT,
            COMPANY.id,
            version=1,
            purpose=PURPOSE,
            items=tuple(items),
            signed_on=START,
            valid_from=START,
            valid_until=Instant(START + 900 * DAY_US),
            document_sha256="e" * 64,
            audit_notice_days=10,
            sources=(COMPANY.id,),
        )
    )


async def provide(app: CitizenApp, account_id: str, items: Sequence[ProvidedItem]) -> Provision:
    """A record of provision, as release keeps it."""
    kept = await app.consents.dossier(account_id, CLIENT)
    assert kept is not None
    assert kept.value.current is not None
    provision = Provision(
        id=ulid(app.clock.now(), SystemIds()),
        at=app.clock.now(),
        account_id=account_id,
        client_id=CLIENT,
        recipient=Recipient(COMPANY.id, COMPANY.name, COMPANY.address, COMPANY.representative),
        service=Bilingual("たぬき街あるき", "Tanuki Town Walk"),
        consent_id=kept.value.current.id,
        consent_version=kept.value.current.version,
        contract_id="contract",
        contract_version=1,
        purpose_id=PURPOSE.id,
        purpose=PURPOSE.text,
        terms=kept.value.current.shown.terms,
        items=tuple(items),
        by="attributes",
        token_digest="f" * 64,
        request_id="request",
        answer_sha256="a" * 64,
        company_state=COMPANY.state,
    )
    await app.vault.shelf(PROVISIONS).add(provision)
    return provision


async def told(app: CitizenApp, account_id: str, values: Values) -> None:
    """A company's record about a person, as it is kept when the company gives it."""
    now = app.clock.now()
    record = record_id(account_id, CLIENT, "visits", now)
    sealed = seal_values(await app.sealer.key(account_id), record, values)
    await app.vault.shelf(MEMBER_RECORDS).add(
        MemberRecord(record, account_id, COMPANY.id, CLIENT, "visits", now, now, sealed)
    )

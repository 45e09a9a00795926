"""The authorization server over a vault in memory, and whoever talks to it over a socket."""

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from support.consent_world import ISSUER, World, account
from support.oauth_server_screens import PlainScreens
from support.tokens import MemoryTokens
from yarl import URL

from oauth.accounts.personal import PersonalData
from oauth.accounts.sessions import SessionLimits, Sessions
from oauth.attributes.api import AttributeApi
from oauth.browser.cookies import Cookies
from oauth.companies.desk import Companies
from oauth.guard import TokenGuard
from oauth.model.companies import Client, ClientKind
from oauth.model.grants import Grant, SecurityEvent
from oauth.model.kinds import ACCOUNTS, CLIENTS, GRANTS, SECURITY_EVENTS, TERMS
from oauth.model.people import Account, Session
from oauth.model.terms import TermsDocument, TermsKind
from oauth.model.texts import Bilingual
from oauth.sealing.master import MasterKey
from oauth.sealing.secrets import digest_of
from oauth.server.api import surface
from oauth.server.clients import Clients
from oauth.server.keys import KeyRing
from oauth.server.machine_tokens import MachineTokens
from oauth.server.ports import IdProvisions
from oauth.server.server import Beneath, Beside, Lifetimes, authorization_server
from oauth.server.tokens import TokenReader
from oauth.server.views import DECISION, ITEM_PREFIX, Decision
from oauth.terms.packaged import DOCUMENTS
from serving.app import Surface, build_app
from serving.cors import ANY, Cors

REDIRECT_URI = "https://app.example/cb"
STATE = "a state"
SECRETS = {name: f"odori_cs_{name}0123456789" for name in ("app", "other", "rs", "machine")}
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SCOPE = "openid profile.birth_year email"
MASTER = MasterKey(bytes(range(32)))
SERVICE_TERMS = TermsDocument(
    "company:shop:service",
    "1",
    TermsKind.SERVICE,
    "shop",
    Bilingual("規約", "Terms"),
    Bilingual("本文", "Text"),
    DOCUMENTS[0].effective_from,
)


@dataclass(frozen=True)
class SignedIn:
    """`oauth.server.ports.Visitor`."""

    account: Account
    session: Session


class ServerWorld(World):
    """A person, two companies' services, a resource server and a machine."""

    def __init__(self, provisions: IdProvisions | None = None) -> None:
        super().__init__()
        self.registry = CollectorRegistry()
        self.store = MemoryTokens()
        self.sessions = Sessions(self.vault, limits=SessionLimits(), clock=self.clock, ids=self.ids)
        self.companies = Companies(vault=self.vault, clock=self.clock, ids=self.ids)
        self.keys_ring = KeyRing(
            vault=self.vault, master=MASTER, clock=self.clock, ids=self.ids, rotation_d=90
        )
        self.machines = MachineTokens(store=self.store, clock=self.clock, ids=self.ids, ttl_s=300)
        self.tokens = TokenReader(vault=self.vault, issuer=ISSUER, clock=self.clock)
        self.server = authorization_server(
            Beneath(
                issuer=ISSUER,
                vault=self.vault,
                companies=self.companies,
                consents=self.consents,
                clients=Clients(companies=self.companies, clock=self.clock),
                tokens=self.tokens,
                subjects=self.subjects,
                keys=self.keys_ring,
                machines=self.machines,
                clock=self.clock,
                ids=self.ids,
                registry=self.registry,
            ),
            Beside(
                visitors=self,
                personal=PersonalData(
                    vault=self.vault, sealer=self.sealer, clock=self.clock, minor_age=16
                ),
                provisions=provisions or self.release,
                cookies=Cookies(secure=False),
                screens=PlainScreens(),
            ),
            Lifetimes(),
        )

    async def open(self) -> None:
        await super().open()
        await self.member("other", "books")
        for document in (*DOCUMENTS, SERVICE_TERMS):
            await self.vault.shelf(TERMS).add(document)
        for name in ("app", "other"):
            await self.change(
                CLIENTS,
                name,
                secret_digest=digest_of(SECRETS[name]),
                redirect_uris=(REDIRECT_URI, "https://app.example/cb?shop=1"),
                terms=SERVICE_TERMS.ref,
                grant_types=frozenset(
                    {"authorization_code", "refresh_token", "client_credentials"}
                ),
            )
        await self.add_client("rs", ClientKind.RESOURCE_SERVER, grant_types=frozenset())
        await self.add_client(
            "machine",
            ClientKind.MACHINE,
            grant_types=frozenset({"client_credentials"}),
            scopes=frozenset({"ngsi:read", "ngsi:write"}),
            tenants=frozenset({"sapporo"}),
            types=frozenset({"Room"}),
        )

    async def add_client(self, name: str, kind: ClientKind, **facts: Any) -> None:
        made = Client(
            name, "shop", kind, Bilingual(name, name), digest_of(SECRETS[name]), self.clock.now()
        )
        await self.vault.shelf(CLIENTS).add(replace(made, **facts))

    # Who is at the browser ------------------------------------------------------------------------

    async def who(self, secret: str) -> SignedIn | None:
        session = await self.sessions.find(secret)
        if session is None:
            return None
        kept = await self.vault.shelf(ACCOUNTS).get(session.account_id)
        live = kept is not None and kept.value.epoch == session.epoch
        return SignedIn(kept.value, session) if live and kept is not None else None

    async def sign_in(self, account_id: str = "person") -> str:
        """A session cookie's secret."""
        return await self.sessions.open(await self.value(ACCOUNTS, account_id))

    async def another_person(self, account_id: str, **facts: Any) -> None:
        await self.vault.shelf(ACCOUNTS).add(replace(account(account_id), **facts))
        await self.sealer.create(account_id)

    # What is stored -------------------------------------------------------------------------------

    async def grants(self) -> list[Grant]:
        return [kept.value for kept in await self.vault.shelf(GRANTS).all(limit=1_000)]

    async def alarms(self) -> list[SecurityEvent]:
        return [kept.value for kept in await self.vault.shelf(SECURITY_EVENTS).all(limit=1_000)]

    def surfaces(self) -> list[Surface]:
        api = AttributeApi(release=self.release, ids=self.ids)
        return [surface(self.server), api.surface()]

    @asynccontextmanager
    async def served(self, more: Sequence[Surface] = ()) -> AsyncIterator["Talk"]:
        """The server on a loopback port, with CORS open wherever it can be."""
        app: web.Application = build_app(
            [*self.surfaces(), *more],
            authenticator=TokenGuard(store=self.store, clock=self.clock),
            registry=CollectorRegistry(),
            clock=self.clock,
            cors=Cors(ANY, 600),
        )
        server = TestServer(app)
        await server.start_server(access_log=None)  # as the city's own: it would tell `state`
        async with TestClient(server) as client:
            yield Talk(client, self)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def carried(self) -> dict[str, str]:
        """The parameters of the redirect; each occurs once."""
        said = parse_qs(urlsplit(self.location).query, keep_blank_values=True, strict_parsing=True)
        assert all(len(values) == 1 for values in said.values())
        return {name: values[0] for name, values in said.items()}

    @property
    def error(self) -> str:
        said = self.carried if self.status == 303 else self.json
        return str(said["error"])


class Talk:
    """Requests as browsers and companies send them. Redirects are looked at, not followed."""

    def __init__(self, client: TestClient[Any, Any], world: ServerWorld) -> None:
        self.client = client
        self.world = world

    async def send(self, method: str, path: str | URL, **more: Any) -> Answer:
        request = self.client.request(method, path, allow_redirects=False, **more)
        async with request as response:
            return await _read(response)

    # A browser ------------------------------------------------------------------------------------

    async def authorize(self, cookie: str = "", **changes: str | None) -> Answer:
        """GET `/oauth/authorize`; a change to None leaves a parameter out."""
        return await self.follow(f"/oauth/authorize?{asking(**changes)}", cookie)

    async def follow(self, url: str, cookie: str = "") -> Answer:
        return await self.send("GET", URL(url, encoded=True), headers=_cookie(cookie))

    async def decide(
        self, page: Answer, cookie: str, decision: str = Decision.AGREE, **changes: str | None
    ) -> Answer:
        """Post the form of a consent page; `changes` are its fields."""
        fields = {**page.json["fields"], DECISION: decision}
        fields |= {name: value for name, value in changes.items() if value is not None}
        kept = {name: value for name, value in fields.items() if changes.get(name, "") is not None}
        return await self.send(
            "POST", "/oauth/authorize/decision", data=kept, headers=_cookie(cookie)
        )

    async def code(self, cookie: str, ticked: Sequence[str] = ("email",), **changes: str) -> str:
        """Through the consent page, or past it where it is not needed, to a code."""
        answer = await self.authorize(cookie, **changes)
        if answer.status == 200:
            shown = {row["item"] for row in answer.json["rows"]}
            switches = {ITEM_PREFIX + name: "on" for name in ticked if name in shown}
            answer = await self.decide(answer, cookie, **switches)
        return answer.carried["code"]

    # A company ------------------------------------------------------------------------------------

    async def token(self, client: str = "app", secret: str = "", **form: str) -> Answer:
        return await self.call("/oauth/token", client, secret, **form)

    async def call(self, path: str, client: str = "app", secret: str = "", **form: str) -> Answer:
        headers = basic(client, secret or SECRETS[client])
        return await self.send("POST", path, data=form, headers=headers)

    async def redeem(self, code: str, client: str = "app", /, **changes: str) -> Answer:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return await self.token(client, **(form | changes))

    async def refresh(self, token: str, client: str = "app", **more: str) -> Answer:
        return await self.token(client, grant_type="refresh_token", refresh_token=token, **more)

    async def tokens(self, cookie: str = "", client: str = "app") -> dict[str, Any]:
        """The whole flow; the token answer."""
        cookie = cookie or await self.world.sign_in()
        code = await self.code(cookie, client_id=client)
        answer = await self.redeem(code, client)
        assert answer.status == 200, answer.body
        return dict(answer.json)

    async def userinfo(self, token: str) -> Answer:
        return await self.send("GET", "/oauth/userinfo", headers=bearer(token))


def asking(**changes: str | None) -> str:
    """An authorization request as a query string."""
    usual: dict[str, str | None] = {
        "client_id": "app",
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": SCOPE,
        "state": STATE,
        "nonce": "n-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    said = usual | changes
    return urlencode({name: value for name, value in said.items() if value is not None})


def basic(client: str, secret: str) -> dict[str, str]:
    text = b64encode(f"{client}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _cookie(secret: str) -> dict[str, str]:
    return {"Cookie": f"odori_session={secret}"} if secret else {}


async def _read(response: ClientResponse) -> Answer:
    return Answer(response.status, response.headers, await response.read())

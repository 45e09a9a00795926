"""A served city with a citizen, a member company and its service, made through public doors."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from support.composed import AUTHORIZED, TOKEN
from support.partner_browser import Browser, Page, open_browser

from city.compose import City, city
from city.issuer import with_port
from city.settings.table import Settings
from oauth.model.terms import MANDATORY, TermsKind

EMAIL = "hanako@mail.example"
PASSWORD = "usagi to kame 73 odori"
REDIRECT_URI = "http://127.0.0.1:9/callback"
"""Nobody listens there: the browser stops before it, and the test plays the service."""

SCOPE = "openid profile.birth_year email"
ITEMS = (
    {"item": "profile.birth_year", "granularity": "decade", "required": True},
    {"item": "email", "granularity": "address"},
)


@dataclass(frozen=True)
class Service:
    """A company's service as an operator registered it."""

    company_id: str
    client_id: str
    secret: str
    redirect_uri: str = REDIRECT_URI

    @property
    def basic(self) -> Mapping[str, str]:
        """The header of `client_secret_basic` (RFC 6749 §2.3.1)."""
        pair = b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


@dataclass(frozen=True)
class IdentityCity:
    """The city and whoever speaks to it.

    Attributes:
        city: None where it runs in a process of its own.
        http: a client without cookies; it sends no token by itself.
    """

    city: City | None
    issuer: str
    http: ClientSession
    service: Service

    async def operate(self, method: str, path: str, body: object = None) -> Any:
        """As an operator."""
        async with self.http.request(
            method, self.issuer + path, json=body, headers=AUTHORIZED
        ) as answer:
            assert answer.status < 300, (path, answer.status, await answer.text())
            return await answer.json() if answer.status != 204 else None

    async def set_contract(self, **changed: Any) -> None:
        """The next version of the service's contract, signed."""
        path = f"/v1/clients/{self.service.client_id}/contract"
        await self.operate("PUT", path, {**CONTRACT, "items": [*ITEMS], **changed})

    async def own_token(self, scope: str) -> str:
        """A token of the company's own (client_credentials)."""
        async with self.http.post(
            f"{self.issuer}/oauth/token",
            data={"grant_type": "client_credentials", "scope": scope},
            headers=self.service.basic,
        ) as answer:
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["access_token"])


async def register(browser: Browser, issuer: str, email: str = EMAIL, birth: str = "1984") -> None:
    """A citizen gets an ID: every clause is ticked."""
    page = await browser.open(f"{issuer}/account/register")
    form = page.form("/account/register")
    page = await browser.send(
        page, form, **form.boxes, email=email, password=PASSWORD, birth_year=birth
    )
    assert page.status == 200, page.text


async def log_in(browser: Browser, page: Page, email: str = EMAIL) -> Page:
    """Fill in the login page that the browser shows."""
    return await browser.send(page, page.form("/account/login"), email=email, password=PASSWORD)


async def authorize(
    browser: Browser,
    url: str,
    *,
    agree: bool = True,
    email: str = EMAIL,
    without: Sequence[str] = (),
) -> Page:
    """Lead a citizen through login and consent; where the browser is sent to in the end.

    Every switch is put on but those of the items in `without`.
    """
    page = await browser.open(url)
    if any(one.action.endswith("/account/login") for one in page.forms):
        page = await log_in(browser, page, email)
    if str(page.url).startswith(browser.stop_at):
        return page
    form = page.form("/oauth/authorize/decision")
    off = {f"item:{one}" for one in without}
    switches = {name: value for name, value in form.boxes.items() if name not in off}
    form.values = {name: value for name, value in form.values.items() if name not in off}
    press = ("decision", "agree" if agree else "refuse")
    return await browser.send(page, form, press=press, **switches)


async def withdraw(browser: Browser, issuer: str, client_id: str) -> None:
    """On 各サービスでのデータ利用; whoever is not signed in signs in first."""
    page = await browser.open(f"{issuer}/account/services/{client_id}/withdraw")
    if any(one.action.endswith("/account/login") for one in page.forms):
        page = await log_in(browser, page)
    page = await browser.send(page, page.form(f"/services/{client_id}/withdraw"))
    assert page.status == 200, page.text


@asynccontextmanager
async def identity_city(
    folder: Path,
    *,
    redirect_uris: Sequence[str] = (REDIRECT_URI,),
    items: Sequence[Mapping[str, Any]] = ITEMS,
    records: bool = True,
    **settings: Any,
) -> AsyncIterator[IdentityCity]:
    """A city on a loopback port, with one citizen and one service that works.

    `records` says whether the service's contract lets it give records.
    """
    chosen = with_port(Settings(data_dir=folder, operator_token=TOKEN, http_port=0, **settings))
    issuer = f"http://127.0.0.1:{chosen.http_port}"
    async with (
        city(chosen) as running,
        TestServer(running.app, host="127.0.0.1", port=chosen.http_port),
        ClientSession() as http,
    ):
        made = await found_service(running, issuer, http, redirect_uris)
        await made.set_contract(items=[*items], records=records)
        async with open_browser() as browser:
            await register(browser, issuer)
        yield made


async def found_service(
    running: City | None,
    issuer: str,
    http: ClientSession,
    redirect_uris: Sequence[str] = (REDIRECT_URI,),
) -> IdentityCity:
    """A company and its service, registered by an operator; it has no contract yet."""
    bare = IdentityCity(running, issuer, http, Service("", "", ""))
    return IdentityCity(running, issuer, http, await _open_service(bare, redirect_uris))


async def _open_service(made: IdentityCity, redirect_uris: Sequence[str]) -> Service:
    """Company, terms, client."""
    company = await made.operate("POST", "/v1/companies", COMPANY)
    terms = await made.operate("POST", "/v1/terms", TERMS | {"owner": company["id"]})
    name = {"id": terms["id"], "version": terms["version"]}
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    client = await made.operate(
        "POST",
        f"/v1/companies/{company['id']}/clients",
        {
            "name": {"ja": "さっぽろ歩き", "en": "Sapporo Walks"},
            "redirectUris": [*redirect_uris],
            "grantTypes": grants,
            "contact": "privacy@walks.example",
            "termsUrl": "https://walks.example/terms",
            "terms": name,
        },
    )
    return Service(company["id"], client["id"], client["secret"], redirect_uris[0])


COMPANY = {
    "name": {"ja": "株式会社さんぽ", "en": "Sanpo Inc."},
    "address": "札幌市中央区大通西1丁目",
    "representative": "大通 太郎",
    "contact": "privacy@walks.example",
    "corporateNumber": "1234567890123",
}
TERMS = {
    "kind": "service",
    "version": "1",
    "title": {"ja": "サービス利用規約", "en": "Terms of service"},
    "text": {"ja": "データを提供します。", "en": "Data is provided to the association."},
    "effectiveFrom": "2026-01-01",
    "clauses": sorted(MANDATORY[TermsKind.SERVICE]),
}
CONTRACT = {
    "purpose": {
        "id": "walks",
        "text": {"ja": "散歩コースをすすめるため", "en": "To suggest walks"},
        "benefit": {"ja": "合うコースが見つかります", "en": "Walks that fit"},
        "retention": "P6M",
    },
    "validFrom": "2026-01-01",
    "validUntil": "2036-01-01",
    "signedOn": "2026-01-01",
    "documentSha256": "0" * 64,
    "auditNoticeDays": 10,
    "records": True,
}

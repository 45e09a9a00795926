"""The identity as processes of their own, on each engine: what it keeps, says, and forgets.

A whole life (registration by mail, login, consent, provision, refresh, withdrawal, erasure) leaves
no secret, no e-mail address and no value in any log, metric, database file or error.
"""

import asyncio
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientSession
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from pymongo import MongoClient
from support.engines import ENGINES
from support.identity_city import (
    PASSWORD,
    REDIRECT_URI,
    IdentityCity,
    authorize,
    found_service,
    log_in,
    register,
    withdraw,
)
from support.mongodb import drop_databases
from support.odori_process import TOKEN, OdoriProcess, odori_process
from support.partner_browser import Browser, open_browser
from support.receivers import unused_port
from yarl import URL

MASTER: Final = urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
VERIFIER: Final = "v" * 64
CHALLENGE: Final = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SCOPE: Final = "openid profile.name email"
ITEMS: Final = (
    {"item": "profile.name", "granularity": "full"},
    {"item": "email", "granularity": "address"},
)
_LINK: Final = r"http://\S+/account/verify\?token=[\w-]+"
_SOON_S: Final = 1.0
"""A withdrawal is effective at the next read, and on every node within this time."""


@dataclass
class Postbox:
    """A mail server that keeps what it is given."""

    letters: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.letters.append(content.decode().replace("=\r\n", "").replace("=3D", "="))
        return "250 OK"

    async def link(self) -> str:
        """The link of the newest letter that has one."""
        found: list[str] = []
        async with asyncio.timeout(10):
            while not found:
                await asyncio.sleep(0.02)
                found = re.findall(_LINK, "".join(self.letters))
        return found[-1]


@dataclass(frozen=True)
class Scene:
    """A served city, its mail, and what must not be found anywhere."""

    odori: OdoriProcess
    post: Postbox
    store: Mapping[str, str]
    planted: dict[str, str] = field(default_factory=dict)


@contextmanager
def serving_post(post: Postbox) -> Iterator[str]:
    controller = Controller(post, hostname="127.0.0.1", port=unused_port())
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


@pytest.fixture(params=ENGINES)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    store: dict[str, str] = {"vault_master_key": MASTER}
    if request.param == "mongodb":
        url, name = request.getfixturevalue("mongodb_url"), f"odori_{secrets.token_hex(6)}"
        request.addfinalizer(partial(drop_databases, url, name))  # noqa: PT021 — one branch's
        store |= {"mongodb_url": url, "mongodb_database": name}
    post = Postbox()
    with serving_post(post) as smtp:
        store["mail_smtp_url"] = smtp
        settings = {**store, "log_level": "debug", "http_access_log": "true"}
        with odori_process(tmp_path, **settings) as odori:
            yield Scene(odori, post, store)


@asynccontextmanager
async def served(scene: Scene) -> AsyncIterator[IdentityCity]:
    async with ClientSession() as http:
        made = await found_service(None, scene.odori.url, http)
        await made.set_contract(items=[*ITEMS])
        yield made


async def join(scene: Scene, browser: Browser, email: str) -> None:
    """Register, use the mailed link, sign in, tell a name."""
    issuer = scene.odori.url
    await register(browser, issuer, email)
    link = await scene.post.link()
    scene.planted["link"] = link.partition("token=")[2]
    page = await browser.open(link)
    await browser.send(page, page.form("/account/verify"))
    page = await browser.open(f"{issuer}/account/profile/profile.name")
    page = await log_in(browser, page, email)
    form = page.form("/account/profile/profile.name")
    said = {name: f"{scene.planted['name']}{n}" for n, name in enumerate(_texts(form.values))}
    page = await browser.send(page, form, **said)
    assert page.status == 200, page.text


def _texts(values: Mapping[str, str]) -> list[str]:
    return [name for name in values if name != "csrf" and "kana" not in name]


def ask_url(made: IdentityCity, state: str) -> str:
    query = {
        "response_type": "code",
        "client_id": made.service.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPE,
        "state": state,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return str(URL(f"{made.issuer}/oauth/authorize") % query)


async def tokens(made: IdentityCity, **form: str) -> dict[str, str]:
    async with made.http.post(
        f"{made.issuer}/oauth/token", data=form, headers=made.service.basic
    ) as answer:
        return dict(await answer.json())


async def redeem(made: IdentityCity, code: str) -> dict[str, str]:
    return await tokens(
        made,
        grant_type="authorization_code",
        code=code,
        redirect_uri=REDIRECT_URI,
        code_verifier=VERIFIER,
    )


async def read(made: IdentityCity, token: str, issuer: str = "") -> tuple[int, Any]:
    async with made.http.get(
        f"{issuer or made.issuer}/v1/attributes", headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        return answer.status, await answer.json()


async def refused_soon(made: IdentityCity, token: str, issuer: str) -> None:
    status = 0
    async with asyncio.timeout(_SOON_S):
        while status != 401:
            status, _ = await read(made, token, issuer)


def everything_kept(scene: Scene) -> Iterator[tuple[str, bytes]]:
    """Each file and each collection that the city left behind."""
    for path in (scene.odori.folder / "data").rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
    if url := scene.store.get("mongodb_url"):
        name = scene.store["mongodb_database"]
        with MongoClient[dict[str, Any]](url) as client:
            for database in (name, f"{name}_access", f"{name}_vault", f"{name}_keys"):
                for collection in client[database].list_collection_names():
                    documents = [*client[database][collection].find()]
                    yield f"{database}.{collection}", repr(documents).encode()


async def test_check_50_a_whole_life_leaves_no_secret_and_no_value_anywhere(scene: Scene) -> None:
    mark = secrets.token_hex(8)
    email = f"canary-{mark}@mail.example"
    scene.planted.update(email=email, name=f"Canaria{mark}", password=PASSWORD)
    scene.planted["state"] = state = f"{mark}-state-" + "s" * 1_400
    async with served(scene) as made:
        scene.planted["client secret"] = made.service.secret
        async with open_browser(stop_at=REDIRECT_URI) as browser:
            await join(scene, browser, email)
            page = await authorize(browser, ask_url(made, state), email=email)
            assert page.url.query["state"] == state
            code = scene.planted["code"] = page.url.query["code"]
            first = await redeem(made, code)
            second = await tokens(
                made, grant_type="refresh_token", refresh_token=first["refresh_token"]
            )
            for token in (first["access_token"], second["access_token"]):
                status, given = await read(made, token)
                assert status == 200
                assert email in str(given)
                assert scene.planted["name"] in str(given)
            for where, found in (("first", first), ("second", second)):
                scene.planted[f"{where} access token"] = found["access_token"]
                scene.planted[f"{where} refresh token"] = found["refresh_token"]
            scene.planted["ID token"] = first["id_token"]
            await wander(made, browser, first)
            await withdraw(browser, made.issuer, made.service.client_id)
        metrics = await shown_metrics(made)
    scene.odori.stop()
    where = [("log", scene.odori.log), ("metrics", metrics), *everything_kept(scene)]
    leaks = {
        (what, name)
        for name, content in where
        for what, text in scene.planted.items()
        if text.encode() in content
    }
    assert leaks == set()
    assert any(b"odori" in content for _, content in where)


async def wander(made: IdentityCity, browser: Browser, first: Mapping[str, str]) -> None:
    """Everything wrong that carries a secret: it may be repeated nowhere."""
    token = first["access_token"]
    await redeem(made, "odori_never_" + token)
    await tokens(made, grant_type="refresh_token", refresh_token="x" + first["refresh_token"])
    for path in (f"/v1/attributes?access_token={token}", f"/oauth/userinfo?access_token={token}"):
        async with made.http.get(f"{made.issuer}{path}") as answer:
            assert answer.status == 401
    async with made.http.post(
        f"{made.issuer}/oauth/token", data={"token": token}, headers={"X-Forwarded-For": "1.2.3.4"}
    ) as answer:
        assert answer.status in {400, 401}
    await browser.open(f"{made.issuer}/account/verify?token={token}")


async def shown_metrics(made: IdentityCity) -> bytes:
    async with made.http.get(
        f"{made.issuer}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
    ) as answer:
        assert answer.status == 200
        return await answer.read()


async def test_an_erased_citizen_is_gone_from_every_file_and_at_every_company(scene: Scene) -> None:
    mark = secrets.token_hex(8)
    email = f"canary-{mark}@mail.example"
    scene.planted["name"] = f"Canaria{mark}"
    async with served(scene) as made, open_browser(stop_at=REDIRECT_URI) as browser:
        await join(scene, browser, email)
        page = await authorize(browser, ask_url(made, "s"), email=email)
        found = await redeem(made, page.url.query["code"])
        assert (await read(made, found["access_token"]))[0] == 200
        page = await browser.open(f"{made.issuer}/account/delete")
        page = await browser.send(page, page.form("/account/delete"), current=PASSWORD)
        assert page.status == 200, page.text
        assert (await read(made, found["access_token"]))[0] == 401
        again = await tokens(made, grant_type="refresh_token", refresh_token=found["refresh_token"])
        assert again["error"] == "invalid_grant"
    scene.odori.stop()
    kept = dict(everything_kept(scene))
    assert not any(mark.encode() in content for content in kept.values())


@pytest.mark.mongodb
async def test_cn4_a_withdrawal_on_one_node_is_effective_on_another(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url, name = request.getfixturevalue("mongodb_url"), f"odori_{secrets.token_hex(6)}"
    request.addfinalizer(partial(drop_databases, url, name))
    shared = {"mongodb_url": url, "mongodb_database": name, "vault_master_key": MASTER}
    post = Postbox()
    with serving_post(post) as smtp, odori_process(tmp_path, mail_smtp_url=smtp, **shared) as one:
        (tmp_path / "two").mkdir()
        issuer = {"oauth_issuer": one.url}
        with odori_process(tmp_path / "two", mail_smtp_url=smtp, **shared, **issuer) as two:
            scene = Scene(one, post, shared, {"name": "Canaria"})
            async with served(scene) as made, open_browser(stop_at=REDIRECT_URI) as browser:
                email = "canary@mail.example"
                await join(scene, browser, email)
                page = await authorize(browser, ask_url(made, "s"), email=email)
                token = (await redeem(made, page.url.query["code"]))["access_token"]
                assert (await read(made, token, two.url))[0] == 200
                await withdraw(browser, one.url, made.service.client_id)
                await refused_soon(made, token, two.url)
                page = await authorize(browser, ask_url(made, "s"), email=email)
                token = (await redeem(made, page.url.query["code"]))["access_token"]
                assert (await read(made, token, two.url))[0] == 200
                path = f"/v1/companies/{made.service.company_id}/suspension"
                await made.operate("PUT", path, {"reason": "breach"})  # MB3, check 51
                await refused_soon(made, token, two.url)

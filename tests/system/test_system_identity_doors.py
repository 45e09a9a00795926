"""Every door of the identity in the composed city, knocked at in every way that is not meant.

What holds for a room alone can be lost where rooms meet: the face of the longest prefix answers,
and a setting of the broker's reaches every path.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import pytest
from aiohttp import ClientResponse, ClientSession
from support.composed import TOKEN
from support.identity_city import REDIRECT_URI, SCOPE, IdentityCity, authorize, identity_city
from support.partner_browser import Browser, open_browser

from oauth.model.kinds import GRANTS, PROVISIONS, Kind
from serving.cors import ANY
from storage.sqlite.vault import SqliteVault

VERIFIER: Final = "v" * 64
CHALLENGE: Final = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PRIVATE: Final = ("/oauth/authorize", "/account", "/terms", "/staff")
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FROM_ELSEWHERE: Final = {
    "Origin": "https://evil.example",
    "Access-Control-Request-Method": "POST",
    "Sec-Fetch-Site": "cross-site",
}
FORM: Final = "application/x-www-form-urlencoded"
BROKEN_FORMS: Final = (
    (b"\xff\xfe", FORM),
    (b"csrf=%ff", FORM),
    (b"csrf=%ED%A0%80", FORM),
    (b"csrf=1", f"{FORM}; charset=nonsense"),
    (b"csrf=1", f"{FORM}; charset=utf-16"),
    (b"&".join(b"a%d=1" % one for one in range(1_500)), FORM),
    (b"a=1", "multipart/form-data"),
    (b"a=1", "multipart/form-data; boundary=a"),
    (b"{}", "application/json"),
)
_VARIABLE: Final = re.compile(r"{[^{}]+}")  # noqa: TID251 — ours


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[IdentityCity]:
    async with identity_city(tmp_path, http_cors_origin=ANY) as served:
        yield served


@pytest.fixture
async def browser(made: IdentityCity) -> AsyncIterator[Browser]:
    """Of the citizen, who is signed in and has agreed; and of an operator."""
    async with open_browser(REDIRECT_URI) as one:
        await authorize(one, asking(made))
        page = await one.open(f"{made.issuer}/staff/sign-in")
        await one.send(page, page.form("/staff/sign-in"), token=TOKEN)
        yield one


def asking(made: IdentityCity, **more: str) -> str:
    said = {
        "client_id": made.service.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": SCOPE,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{made.issuer}/oauth/authorize?{urlencode(said | more)}"


def doors(made: IdentityCity, *prefixes: str) -> list[str]:
    """Every path below the prefixes that a route is declared for, and one that none is."""
    assert made.city is not None
    declared = {one.canonical for one in made.city.app.router.resources()}
    paths = {_VARIABLE.sub("none", one) for one in declared if one.startswith(prefixes)}
    assert len(paths) > 2
    return sorted(paths | {f"{prefixes[0]}/nothing-here"})


async def kept(folder: Path, kind: Kind) -> int:
    async with SqliteVault(folder) as vault:
        return len(await vault.shelf(kind).all())


def flaws(answer: ClientResponse) -> list[str]:
    """What check 12 and check 13 miss in an answer."""
    headers = answer.headers
    is_asset = "immutable" in headers.get("Cache-Control", "") or "/static/" in answer.url.path
    wanted = {
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    } | ({} if is_asset else {"Cache-Control": "no-store"})
    found = [name for name, value in wanted.items() if headers.get(name) != value]
    if "frame-ancestors 'none'" not in headers.get("Content-Security-Policy", ""):
        found.append("Content-Security-Policy")
    return found + [name for name in headers if name.startswith("Access-Control-")]


async def test_checks_12_and_13_hold_for_every_answer_below_a_private_path(
    made: IdentityCity, browser: Browser
) -> None:
    http: ClientSession = browser.http
    for path in [*doors(made, *PRIVATE), asking(made).removeprefix(made.issuer)]:
        for method in METHODS:
            async with http.request(
                method, made.issuer + path, headers=FROM_ELSEWHERE, allow_redirects=False
            ) as answer:
                assert not flaws(answer), (method, path, answer.status, flaws(answer))
                assert answer.status < 500, (method, path)


async def test_a_setting_still_opens_what_is_nobodys_own(made: IdentityCity) -> None:
    for path in ("/version", "/oauth/jwks", "/.well-known/openid-configuration"):
        async with made.http.get(made.issuer + path, headers=FROM_ELSEWHERE) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_looking_by_head_makes_no_code_and_no_record(
    made: IdentityCity, browser: Browser, tmp_path: Path
) -> None:
    before = await kept(tmp_path, GRANTS), await kept(tmp_path, PROVISIONS)
    token = await made.own_token("attributes")
    headers = {"Authorization": f"Bearer {token}"}
    for url in (asking(made), f"{made.issuer}/v1/attributes", f"{made.issuer}/oauth/userinfo"):
        async with browser.http.head(url, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 405
            assert "Location" not in answer.headers
            assert "GET" in answer.headers["Allow"]
    assert (await kept(tmp_path, GRANTS), await kept(tmp_path, PROVISIONS)) == before


async def test_whatever_a_path_is_not_declared_for_it_says_what_it_is(made: IdentityCity) -> None:
    for path in doors(made, "/oauth", "/account", "/staff", "/v1", "/members", "/.well-known"):
        async with made.http.request("PROPFIND", made.issuer + path) as answer:
            assert answer.status in {404, 405}, path
            assert answer.status == 404 or answer.headers["Allow"], path


async def test_a_form_that_cannot_be_read_is_the_senders_fault(
    made: IdentityCity, browser: Browser
) -> None:
    for path in ("/staff/sign-in", "/staff/companies/new", "/staff/sign-out", "/account/login"):
        for body, media_type in BROKEN_FORMS:
            headers = {"Content-Type": media_type}
            async with browser.http.post(made.issuer + path, data=body, headers=headers) as answer:
                assert answer.status in {400, 403}, (path, body[:20], media_type)
                assert answer.content_type == "text/html"


async def test_an_error_repeats_nothing_of_the_request(made: IdentityCity) -> None:
    canary = "canary-3f9a"
    paths = [
        f"/account/{canary}?x={canary}",
        f"/account/verify?token={canary}",
        f"/account/recover?token={canary}",
        f"/terms/{canary}",
        f"/oauth/authorize?client_id={canary}&redirect_uri={canary}&state={canary}",
        f"/oauth/authorize?state={canary}&scope={canary}",
        f"/staff/{canary}",
        f"/v1/attributes?items={canary}",
        f"/oauth/{canary}",
    ]
    for path in paths:
        async with made.http.get(made.issuer + path) as answer:
            assert 400 <= answer.status < 500, path
            assert canary not in await answer.text(), path
            assert not any(canary in value for value in answer.headers.values()), path

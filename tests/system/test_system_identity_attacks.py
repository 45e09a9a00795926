"""What a hostile browser or company tries at the identity of the composed city."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from support.composed import AUTHORIZED
from support.identity_city import COMPANY, EMAIL, PASSWORD, IdentityCity, identity_city, log_in
from support.partner_browser import open_browser

from oauth.model.kinds import LOGIN_NAMES
from storage.sqlite.vault import SqliteVault

SAME_MAILBOX: Final = (EMAIL.upper(), f" {EMAIL} ", "ｈａｎａｋｏ@mail.example")
HOSTILE: Final = ("\x00", "\u202e", "a" * 5_000, "9" * 400, "//evil.example", "[]")


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[IdentityCity]:
    async with identity_city(tmp_path) as served:
        yield served


async def test_one_mailbox_has_one_login_name_however_it_is_spelled(
    made: IdentityCity, tmp_path: Path
) -> None:
    for spelling in SAME_MAILBOX[1:]:
        async with open_browser() as browser:
            page = await browser.open(f"{made.issuer}/account/register")
            form = page.form("/account/register")
            said = {**form.boxes, "email": spelling, "password": PASSWORD, "birth_year": "1984"}
            assert (await browser.send(page, form, **said)).status == 200
    async with SqliteVault(tmp_path) as vault:
        assert len(await vault.shelf(LOGIN_NAMES).all()) == 1
    async with open_browser() as browser:
        page = await browser.open(f"{made.issuer}/account/login")
        page = await log_in(browser, page, SAME_MAILBOX[0])
        assert page.url.path == "/account"


async def test_the_cookie_of_a_citizen_opens_nothing_of_the_staff(made: IdentityCity) -> None:
    async with open_browser() as browser:
        await log_in(browser, await browser.open(f"{made.issuer}/account/login"))
        jar = {one.key: one.value for one in browser.http.cookie_jar}
    forged = {"Cookie": f"odori_staff={jar['odori_session']}"}
    url = f"{made.issuer}/staff/companies"
    async with made.http.get(url, headers=forged, allow_redirects=False) as answer:
        assert answer.headers["Location"].startswith("/staff/sign-in")


async def test_whoever_erased_an_id_signs_in_no_more(made: IdentityCity) -> None:
    async with open_browser() as browser:
        page = await browser.open(f"{made.issuer}/account/delete")
        page = await log_in(browser, page)
        form = page.form("/account/delete")
        assert (await browser.send(page, form, current=PASSWORD)).status == 200
        page = await log_in(browser, await browser.open(f"{made.issuer}/account/login"))
        assert page.status == 401


async def test_hostile_values_are_never_the_servers_fault(made: IdentityCity) -> None:
    for value in (*HOSTILE, "\ud800"):
        for name in COMPANY:
            async with made.http.post(
                f"{made.issuer}/v1/companies", json=COMPANY | {name: value}, headers=AUTHORIZED
            ) as answer:
                assert answer.status < 500, name
    for value in HOSTILE:
        for name in ("grant_type", "code", "redirect_uri", "code_verifier", "scope"):
            asked = {"grant_type": "authorization_code", "code": "x"} | {name: value}
            async with made.http.post(
                f"{made.issuer}/oauth/token", data=asked, headers=made.service.basic
            ) as answer:
                assert answer.status == 400, name
                assert answer.headers["Cache-Control"] == "no-store"

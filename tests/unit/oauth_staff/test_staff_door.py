"""The staff cookie at the doors of guarded boards: it opens for looking, and for nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from support.asking import asking
from support.companies import Office
from support.tokens import MemoryTokens

from kernel.permission import Scope
from oauth.browser.cookies import Cookies
from oauth.guard import TokenGuard
from oauth.staff.door import StaffDoor
from oauth.staff.sessions import StaffSessions
from oauth.tokens.desk import TokenDesk, TokenRequest
from serving.access import PRINCIPAL
from serving.app import Surface
from serving.replies import json_reply
from serving.routes import Route

EVERYTHING = frozenset(Scope)


class Door:
    """A guarded route for each scope, and somebody who signed in."""

    def __init__(self, secure: bool) -> None:
        self.office = Office()
        self.store = MemoryTokens()
        self.tokens = TokenDesk(store=self.store, clock=self.office.clock, ids=self.office.ids)
        self.sessions = StaffSessions(
            vault=self.office.vault,
            tokens=self.store,
            clock=self.office.clock,
            ids=self.office.ids,
        )
        guard = TokenGuard(store=self.store, clock=self.office.clock)
        cookies = Cookies(secure=secure)
        self.door = StaffDoor(guard, sessions=self.sessions, cookies=cookies)
        self.client: TestClient[Any, Any]

    async def cookie(self, scopes: frozenset[Scope] = EVERYTHING) -> dict[str, str]:
        wanted = TokenRequest("officer", scopes, types=frozenset({"WeatherObserved"}))
        secret = await self.tokens.issue(wanted)
        return {"Cookie": f"odori_staff={await self.sessions.sign_in(secret.reveal())}"}

    async def ask(self, method: str, path: str, headers: dict[str, str]) -> int:
        async with self.client.request(method, path, headers=headers) as answer:
            return answer.status


async def _say_who(request: web.Request) -> web.Response:
    principal = request[PRINCIPAL]
    types = principal.permission.types
    return json_reply({"name": principal.name, "types": sorted(types or ())})


@asynccontextmanager
async def opened(*, secure: bool = False) -> AsyncIterator[Door]:
    one = Door(secure)
    routes = [
        Route(method, f"/{scope.name.lower()}", _say_who, scope, "Needs a scope")
        for scope in Scope
        for method in ("GET", "POST", "DELETE")
    ]
    async with asking([Surface(routes)], one.door) as client:
        one.client = client
        yield one


async def test_a_signed_in_browser_sees_what_its_token_may_see() -> None:
    async with opened() as one:
        cookie = await one.cookie()
        answer = await one.client.get("/boards", headers=cookie)
        assert await answer.json() == {"name": "officer", "types": ["WeatherObserved"]}
        for path in ("/boards", "/city_flow", "/ngsi_read"):
            assert await one.ask("GET", path, cookie) == 200
            assert await one.ask("HEAD", path, cookie) == 200


async def test_a_cookie_opens_nothing_beyond_looking() -> None:
    async with opened() as one:
        cookie = await one.cookie()
        for path in ("/ngsi_write", "/operator", "/devices", "/ingest"):
            assert await one.ask("GET", path, cookie) == 403


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_cookie_never_authorises_a_change(method: str) -> None:
    async with opened() as one:
        cookie = await one.cookie()
        for scope in Scope:
            assert await one.ask(method, f"/{scope.name.lower()}", cookie) == 401


async def test_a_cookie_has_no_right_that_its_token_lacks() -> None:
    async with opened() as one:
        cookie = await one.cookie(frozenset({Scope.OPERATOR, Scope.BOARDS}))
        assert await one.ask("GET", "/boards", cookie) == 200
        assert await one.ask("GET", "/city_flow", cookie) == 403


async def test_a_token_that_is_sent_counts_alone() -> None:
    async with opened() as one:
        cookie = await one.cookie()
        for header in ("Authorization", "X-Auth-Token"):
            assert await one.ask("GET", "/boards", cookie | {header: "Bearer wrong"}) == 401


async def test_a_dead_cookie_counts_for_none() -> None:
    async with opened() as one:
        cookie = await one.cookie()
        await one.tokens.revoke("officer")
        assert await one.ask("GET", "/boards", cookie) == 401
        assert await one.ask("GET", "/boards", {"Cookie": "odori_staff=x"}) == 401
        assert await one.ask("GET", "/boards", {}) == 401


async def test_behind_https_a_cookie_without_the_prefix_counts_for_none() -> None:
    async with opened(secure=True) as one:
        cookie = await one.cookie()
        assert await one.ask("GET", "/boards", cookie) == 401
        prefixed = {"Cookie": f"__Host-{cookie['Cookie']}"}
        assert await one.ask("GET", "/boards", prefixed) == 200

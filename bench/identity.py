"""Identity beside the yardstick: what a company asks for all day, and what a person waits for."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from bench.load import MakeRequest, Result
from bench.measures import Effort, Row, row, run
from bench.people import (
    CHALLENGE,
    EMAIL,
    PASSWORD,
    REDIRECT_URI,
    SCOPES,
    VERIFIER,
    People,
    settle,
)
from bench.servers import Server, noop, odori
from kernel.ids import SystemIds
from oauth.accounts.passwords import Passwords
from oauth.browser.csrf import token as proof_of

_ROOMS: Final = ("broker", "oauth")
_SECONDS: Final = 4.0
_SECRETS: Final = 12_000
"""More than are used up in that time: each is good once."""
_FEW: Final = 100


async def beside_noop(effort: Effort) -> list[Row]:
    """Every measure among few citizens; reading once more among many."""
    size = min(effort.citizens, _FEW)
    async with noop() as bare:
        get = await run(bare, _plain, effort)
        rows = [row("the yardstick: GET", get, get, None, "renders one object")]
        async with _city(size, _SECRETS) as (server, people):
            few = await run(server, _read(people), effort)
            rows.append(
                row("attributes of a citizen", few, get, None, "decided, recorded, committed")
            )
            rows += [
                row(name, await run(server, make, _short(effort)), get, None, note)
                for name, make, note in _others(people)
            ]
            rows.append(await _login(server, people, get, effort))
        async with _city(effort.citizens, 0) as (server, people):
            many = await run(server, _read(people), effort)
            note = f"ratio to the same among {size:,}; resident {server.resident_mb():.0f} MB"
            rows.append(
                row(f"attributes among {effort.citizens:,} citizens", many, few, None, note)
            )
    return rows


def _others(people: People) -> Sequence[tuple[str, MakeRequest, str]]:
    return (
        ("introspection", _introspect(people), "by a resource server"),
        ("refresh token rotated", _refresh(people), "two commits"),
        ("code redeemed", _redeem(people), "ID token signed (ES256), provision of the ID recorded"),
        ("consent page", _consent(people), "rendered for one citizen who is signed in"),
    )


async def _login(server: Server, people: People, base: Result, effort: Effort) -> Row:
    """How much of a login is argon2: that is meant to be all of it."""
    form = {
        "email": EMAIL,
        "password": PASSWORD,
        "csrf": proof_of(people.visit),
        "next": "/account",
    }
    sent = _form("/account/login", form, f"Cookie: odori_visit={people.visit}\r\n")
    result = await run(server, lambda _: sent, _short(effort), connections=2)
    share = await _argon2_us() / result.cpu_us
    return row("login", result, base, None, f"argon2 is {min(share, 1):.0%} of its processor time")


async def _argon2_us() -> float:
    """Processor time of one comparison, in all its threads."""
    with Passwords(ids=SystemIds(), workers=1) as passwords:
        phc = await passwords.hash(PASSWORD)
        began, times = time.process_time(), 10
        for _ in range(times):
            await passwords.matches(phc, PASSWORD)
        return (time.process_time() - began) / times * 1e6


@asynccontextmanager
async def _city(citizens: int, secrets: int) -> AsyncIterator[tuple[Server, People]]:
    found: list[People] = []

    async def prepare(folder: Path, issuer: str) -> None:
        found.append(await settle(folder, issuer, citizens, secrets))

    async with odori(rooms=_ROOMS, is_open=False, prepare=prepare) as server:
        yield server, found[0]


def _short(effort: Effort) -> Effort:
    return Effort(min(effort.seconds, _SECONDS), effort.connections)


def _plain(number: int) -> bytes:
    return _get(f"/v2/entities/E{number % 1_000}")


def _read(people: People) -> MakeRequest:
    tokens = people.access
    return lambda number: _get("/v1/attributes", _bearer(tokens[number % len(tokens)]))


def _introspect(people: People) -> MakeRequest:
    who, tokens = _authorized(people.resource_server), people.access
    return lambda number: _form("/oauth/introspect", {"token": tokens[number % len(tokens)]}, who)


def _refresh(people: People) -> MakeRequest:
    who, tokens = _authorized(people.service), people.refresh
    return lambda number: _form(
        "/oauth/token", {"grant_type": "refresh_token", "refresh_token": tokens[number]}, who
    )


def _redeem(people: People) -> MakeRequest:
    who, codes = _authorized(people.service), people.codes
    fixed = {
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    return lambda number: _form("/oauth/token", fixed | {"code": codes[number]}, who)


def _consent(people: People) -> MakeRequest:
    query = urlencode(
        {
            "response_type": "code",
            "client_id": "app",
            "redirect_uri": REDIRECT_URI,
            "scope": " ".join(sorted(SCOPES)),
            "state": "s" * 22,
            "nonce": "n" * 22,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "prompt": "consent",
        }
    )
    sent = _get(f"/oauth/authorize?{query}", f"Cookie: odori_session={people.session}\r\n")
    return lambda _: sent


def _bearer(token: str) -> str:
    return _authorized(f"Bearer {token}")


def _authorized(value: str) -> str:
    return f"Authorization: {value}\r\n"


def _get(path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()


def _form(path: str, fields: dict[str, str], headers: str) -> bytes:
    body = urlencode(fields)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()

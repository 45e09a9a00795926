"""`POST /v1/records` as a company sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient
from msgspec.structs import replace
from support.asking import asking
from support.partner_vault import PartnerVault

from kernel.errors import UnauthenticatedError
from kernel.permission import Principal
from oauth.model.grants import AccessToken
from oauth.records.api import surface
from oauth.sealing.secrets import digest_of

SECRET = "odori_at_secret"
OWN = {"Authorization": f"Bearer {SECRET}"}


class Nobody:
    """NGSI's guard: it has no part in this door."""

    async def authenticate(self, request: web.Request) -> Principal:  # noqa: ARG002 — the port's
        raise UnauthenticatedError("Nobody is known here")


class Tokens:
    """One token."""

    def __init__(self, token: AccessToken) -> None:
        self.token = replace(token, digest=digest_of(SECRET))

    async def read(self, text: str) -> AccessToken | None:
        return self.token if digest_of(text) == self.token.digest else None


@asynccontextmanager
async def door(**token: Any) -> AsyncIterator[tuple[TestClient[Any, Any], PartnerVault]]:
    vault = PartnerVault()
    await vault.open_shop()
    await vault.join("ann")
    served = surface(vault.records, Tokens(vault.token(**token)))
    async with asking([served], Nobody()) as client:
        yield client, vault


def record(**changed: Any) -> dict[str, Any]:
    return {
        "sub": "sub-ann",
        "dataset": "visits",
        "observedAt": "2026-11-01T10:00:00Z",
        "values": {"profile.gender": "female"},
        **changed,
    }


async def test_a_record_is_created_once_and_stands_after_that() -> None:
    async with door() as (client, _):
        first = await client.post("/v1/records", json=record(), headers=OWN)
        assert (first.status, await first.json()) == (201, {"outcome": "stored"})
        assert first.headers["Cache-Control"] == "no-store"
        again = await client.post("/v1/records", json=record(), headers=OWN)
        assert (again.status, await again.json()) == (200, {"outcome": "unchanged"})
        other = record(values={"profile.gender": "male"})
        clash = await client.post("/v1/records", json=other, headers=OWN)
        assert (clash.status, await clash.json()) == (
            409,
            {"outcome": "refused", "reason": "conflict"},
        )


async def test_a_batch_is_answered_record_by_record_and_quotes_nothing() -> None:
    batch = [
        record(),
        record(sub="sub-nobody"),
        record(values={"secret-key@example.org": 1, "profile.gender": "female"}),
        record(values={"profile.gender": "secret-value"}),
        "secret-text",
    ]
    async with door() as (client, _):
        answer = await client.post("/v1/records", json=batch, headers=OWN)
        assert answer.status == 200
        assert "secret" not in await answer.text()
        assert await answer.json() == [
            {"outcome": "stored"},
            {"outcome": "refused", "reason": "no_consent"},
            {"outcome": "refused", "reason": "unknown_items", "unknown": 1},
            {"outcome": "refused", "reason": "value", "item": "profile.gender"},
            {"outcome": "refused", "reason": "shape"},
        ]


async def test_after_a_withdrawal_the_person_is_nobody() -> None:
    async with door() as (client, vault):
        await vault.withdraw("ann")
        gone = await client.post("/v1/records", json=record(), headers=OWN)
        never = await client.post("/v1/records", json=record(sub="sub-x"), headers=OWN)
        assert (gone.status, await gone.read()) == (never.status, await never.read())
        assert gone.status == 404


async def test_check_42_a_token_counts_in_the_header_alone() -> None:
    async with door() as (client, _):
        for path, headers, told in (
            ("/v1/records", {}, ""),
            (f"/v1/records?access_token={SECRET}", {}, ""),
            ("/v1/records", {"Authorization": f"Basic {SECRET}"}, ""),
            ("/v1/records", {"Authorization": "Bearer other"}, ', error="invalid_token"'),
        ):
            answer = await client.post(path, json=record(), headers=headers)
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"] == f'Bearer realm="odori"{told}'
        twice = [("Authorization", f"Bearer {one}") for one in (SECRET, "other")]
        assert (await client.post("/v1/records", json=record(), headers=twice)).status == 400


async def test_a_token_without_the_scope_is_told_so() -> None:
    async with door(scopes=frozenset({"subjects"})) as (client, _):
        answer = await client.post("/v1/records", json=record(), headers=OWN)
        assert answer.status == 403
        assert (
            answer.headers["WWW-Authenticate"] == 'Bearer realm="odori", error="insufficient_scope"'
        )


async def test_a_dead_token_is_told_so() -> None:
    async with door(revoked=True) as (client, _):
        answer = await client.post("/v1/records", json=record(), headers=OWN)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="odori", error="invalid_token"'


async def test_a_body_that_is_too_large_or_no_json_is_refused() -> None:
    async with door() as (client, _):
        large = await client.post(
            "/v1/records", json=[record()] * 100 + ["x" * 70_000], headers=OWN
        )
        assert large.status == 413
        plain = await client.post("/v1/records", data=b"sub=x", headers=OWN)
        assert plain.status == 415
        broken = await client.post(
            "/v1/records", data=b"{", headers={**OWN, "Content-Type": "application/json"}
        )
        assert broken.status == 400

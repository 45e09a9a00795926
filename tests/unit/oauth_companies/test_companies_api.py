"""Companies over HTTP, as an operator's script meets them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jsonschema
import pytest
from aiohttp.test_utils import TestClient
from support.asking import asking
from support.companies import Office
from support.tokens import MemoryTokens

from kernel.permission import Scope
from oauth.companies.routes import surface
from oauth.guard import TokenGuard
from oauth.tokens.desk import TokenDesk, TokenRequest
from serving.openapi import Title, document

COMPANY = {
    "name": {"ja": "大通ガイド", "en": "Odori Guide"},
    "address": "札幌市中央区",
    "representative": "大通 花子",
    "contact": "privacy@guide.example",
}
SERVICE = {
    "name": {"ja": "まち歩き", "en": "Town Walk"},
    "redirectUris": ["https://guide.example/cb"],
    "contact": "help@guide.example",
}
CONTRACT = {
    "purpose": {
        "id": "town-walk",
        "text": {"ja": "道案内", "en": "To guide"},
        "benefit": {"ja": "便利", "en": "You find ways"},
        "retention": "P6M",
    },
    "items": [
        {"item": "profile.birth_year", "granularity": "decade"},
        {"item": "email", "granularity": "verified", "required": True},
    ],
    "validFrom": "2026-04-01",
    "validUntil": "2027-04-01",
    "documentSha256": "5" * 64,
    "auditNoticeDays": 10,
    "signedOn": "2026-03-20",
}


class Desk:
    """A client that shows an operator's token."""

    def __init__(self, client: TestClient[Any, Any], office: Office, token: str) -> None:
        self.client = client
        self.office = office
        self.headers = {"Authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        answer = await self.client.request(method, path, json=body, headers=self.headers)
        said = await answer.json(content_type=None) if await answer.read() else None
        assert answer.status == status, said
        return said

    async def service(self) -> tuple[str, str]:
        company = await self.ask("POST", "/v1/companies", COMPANY, 201)
        path = f"/v1/companies/{company['id']}/clients"
        client = await self.ask("POST", path, SERVICE, 201)
        return company["id"], client["id"]


@asynccontextmanager
async def desk(*scopes: Scope) -> AsyncIterator[Desk]:
    office, store = Office(), MemoryTokens()
    tokens = TokenDesk(store=store, clock=office.clock, ids=office.ids)
    secret = await tokens.issue(TokenRequest("officer", frozenset(scopes or {Scope.OPERATOR})))
    guard = TokenGuard(store=store, clock=office.clock)
    async with asking([surface(office.companies, office.clock)], guard) as client:
        yield Desk(client, office, secret.reveal())


async def test_a_member_from_registration_to_a_working_service() -> None:
    async with desk() as one:
        company_id, client_id = await one.service()
        assert (await one.ask("GET", f"/v1/clients/{client_id}"))["lacks"] == ["terms", "contract"]
        terms = {
            "owner": company_id,
            "kind": "service",
            "version": "2026-04",
            "title": {"ja": "規約", "en": "Terms"},
            "text": {"ja": "本文", "en": "Text"},
            "effectiveFrom": "2026-04-01",
            "clauses": ["data-to-association", "without-identifiers"],
            "clients": [client_id],
        }
        stored = await one.ask("POST", "/v1/terms", terms, 201)
        assert stored["complete"]
        await one.ask("PUT", f"/v1/clients/{client_id}/contract", CONTRACT)
        client = await one.ask("GET", f"/v1/clients/{client_id}")
        assert client["lacks"] == []
        assert client["terms"]["sha256"] == stored["sha256"]
        text = await one.ask("GET", f"/v1/terms/{stored['id']}/2026-04")
        assert text["text"] == terms["text"]
        assert await one.ask("GET", f"/v1/terms/{stored['id']}") == [stored]
        assert await one.ask("GET", "/v1/terms") == [stored]


async def test_a_secret_stands_in_one_answer_that_no_cache_keeps() -> None:
    async with desk() as one:
        company = await one.ask("POST", "/v1/companies", COMPANY, 201)
        answer = await one.client.post(
            f"/v1/companies/{company['id']}/clients", json=SERVICE, headers=one.headers
        )
        assert answer.headers["Cache-Control"] == "no-store"
        secret = (await answer.json())["secret"]
        shown = await one.ask("GET", f"/v1/companies/{company['id']}/clients")
        assert secret not in str(shown)
        assert "igest" not in str(shown)


async def test_secrets_are_exchanged_and_the_old_one_dropped() -> None:
    async with desk() as one:
        _, client_id = await one.service()
        said = await one.ask("POST", f"/v1/clients/{client_id}/secret", {"overlapS": 60})
        assert said["secret"].startswith("odori_cs_")
        assert said["previousSecretUntil"] == "2026-04-01T00:01:00.000Z"
        await one.ask("DELETE", f"/v1/clients/{client_id}/secret/previous", status=204)
        assert (await one.ask("GET", f"/v1/clients/{client_id}"))["previousSecretUntil"] is None
        await one.ask("DELETE", f"/v1/clients/{client_id}", status=204)
        assert (await one.ask("GET", f"/v1/clients/{client_id}"))["lacks"][0] == "ended"
        await one.ask("POST", f"/v1/clients/{client_id}/secret", status=409)


async def test_a_suspension_names_who_did_it_and_why() -> None:
    async with desk() as one:
        company_id, _ = await one.service()
        path = f"/v1/companies/{company_id}/suspension"
        await one.ask("PUT", path, {"reason": "a leak"})
        await one.ask("PUT", path, {"reason": "again"}, 409)
        said = await one.ask("DELETE", f"{path}?reason=mended")
        assert [(c["state"], c["by"], c["reason"]) for c in said["changes"][1:]] == [
            ("suspended", "officer", "a leak"),
            ("active", "officer", "mended"),
        ]
        assert said["epoch"] == 1
        await one.ask("DELETE", path, status=409)


async def test_a_contract_is_signed_later_and_keeps_its_versions() -> None:
    async with desk() as one:
        _, client_id = await one.service()
        path = f"/v1/clients/{client_id}/contract"
        await one.ask("GET", path, status=404)
        await one.ask("PUT", path, CONTRACT | {"signedOn": None})
        signature = {"documentSha256": "5" * 64, "signedOn": "2026-04-01"}
        signed = await one.ask("POST", f"{path}/signature", signature)
        assert signed["signedOn"] == "2026-03-31T15:00:00.000Z"
        await one.ask("PUT", path, CONTRACT)
        versions = await one.ask("GET", f"{path}/versions")
        assert [each["version"] for each in versions] == [1, 2]
        assert await one.ask("GET", path) == versions[-1]


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/v1/companies", [], "The body has a wrong value"),
        ("/v1/companies", {}, "name is missing"),
        ("/v1/companies", COMPANY | {"name": {"ja": "x"}}, "name.en is missing"),
        ("/v1/companies", COMPANY | {"name": {"ja": "", "en": "x"}}, "name.ja has a wrong value"),
        ("/v1/companies", COMPANY | {"contact": 7}, "contact has a wrong value"),
        (
            "/v1/companies",
            COMPANY | {"x7": 1},
            "The body has a member that is not known here",
        ),
        ("/v1/companies", COMPANY | {"corporateNumber": "12"}, "corporateNumber has a wrong value"),
    ],
)
async def test_what_is_wrong_is_named_and_never_quoted(
    path: str, body: object, sentence: str
) -> None:
    async with desk() as one:
        said = await one.ask("POST", path, body, 400)
        assert said == {"error": "BadRequest", "description": sentence}


async def test_what_is_no_json_is_said_to_be_none() -> None:
    async with desk() as one:
        for body in (b"", b"{", b"\xff"):
            answer = await one.client.post("/v1/companies", data=body, headers=one.headers)
            assert answer.status == 400
            assert (await answer.json())["description"] == "The body is not a JSON document"


async def test_check_2_a_bad_redirect_uri_is_named_as_the_standard_does() -> None:
    async with desk() as one:
        company = await one.ask("POST", "/v1/companies", COMPANY, 201)
        path = f"/v1/companies/{company['id']}/clients"
        body = SERVICE | {"redirectUris": ["https://*.example"]}
        said = await one.ask("POST", path, body, 400)
        assert said["error"] == "invalid_redirect_uri"


async def test_check_2_redirect_uris_are_changed_under_the_same_rules() -> None:
    async with desk() as one:
        _, client_id = await one.service()
        path = f"/v1/clients/{client_id}/redirect-uris"
        said = await one.ask("PUT", path, {"redirectUris": ["https://guide.example/two"]})
        assert said["redirectUris"] == ["https://guide.example/two"]
        said = await one.ask("PUT", path, {"redirectUris": ["http://guide.example/two"]}, 400)
        assert said["error"] == "invalid_redirect_uri"
        await one.ask("PUT", path, {"redirectUris": []}, 400)
        await one.ask("DELETE", f"/v1/clients/{client_id}", status=204)
        await one.ask("PUT", path, {"redirectUris": ["https://guide.example/cb"]}, 409)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/companies/none"),
        ("GET", "/v1/companies/none/clients"),
        ("PUT", "/v1/companies/none/suspension"),
        ("GET", "/v1/clients/none"),
        ("DELETE", "/v1/clients/none"),
        ("POST", "/v1/clients/none/secret"),
        ("GET", "/v1/terms/none"),
        ("GET", "/v1/terms/none/1"),
    ],
)
async def test_what_does_not_exist_is_404(method: str, path: str) -> None:
    async with desk() as one:
        body = {"reason": "x"} if method == "PUT" else None
        await one.ask(method, path, body, 404)


async def test_only_operators_come_in() -> None:
    everything_else = frozenset(Scope) - {Scope.OPERATOR}
    async with desk(*everything_else) as one:
        for route in surface(one.office.companies, one.office.clock).routes:
            if route.path == "/v1/members":
                continue
            path = route.path.format(id="x", version="1")
            assert (await one.client.request(route.method, path)).status == 401
            answer = await one.client.request(route.method, path, headers=one.headers)
            assert answer.status == 403


async def test_mb13_the_public_list_shows_no_suspended_member_as_available() -> None:
    async with desk() as one:
        made = await one.office.working_service()
        listed = await (await one.client.get("/v1/members")).json()
        (member,) = listed["members"]
        assert (member["available"], member["services"][0]["available"]) == (True, True)
        await one.office.companies.suspend(made.client.company_id, by="officer", reason="a leak")
        one.office.clock.advance(60)
        answer = await one.client.get("/v1/members")
        (member,) = (await answer.json())["members"]
        assert (member["available"], member["services"][0]["available"]) == (False, False)
        assert [each["state"] for each in member["history"]] == ["active", "suspended"]
        for hidden in ("a leak", "officer", made.client.id, "epoch"):
            assert hidden not in await answer.text()


async def test_mb13_an_ended_service_stays_in_the_list_with_its_last_day() -> None:
    async with desk() as one:
        made = await one.office.working_service()
        await one.office.companies.end_client(made.client.id)
        (member,) = (await (await one.client.get("/v1/members")).json())["members"]
        assert member["services"][0]["until"] == "2026-04-01T00:00:00.000Z"
        assert not member["services"][0]["available"]


async def test_a_service_that_is_being_prepared_is_not_public() -> None:
    async with desk() as one:
        await one.service()
        (member,) = (await (await one.client.get("/v1/members")).json())["members"]
        assert member["services"] == []


async def test_what_we_accept_is_what_the_description_says() -> None:
    routes = surface(Office().companies, Office().clock).routes
    said = document(routes, Title("t", "1", "t"))
    put = said["paths"]["/v1/clients/{id}/contract"]["put"]
    schema = put["requestBody"]["content"]["application/json"]["schema"]
    whole = {"components": said["components"], **schema}
    jsonschema.validate(CONTRACT, whole)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(CONTRACT | {"auditNoticeDays": 0}, whole)

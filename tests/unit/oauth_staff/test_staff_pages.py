"""The operator's pages over HTTP, without a browser: rights, forms, headers."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from support.asking import asking
from support.companies import COMPANY, SHA256, Office, contract
from support.tokens import MemoryTokens

from kernel.errors import NotFoundError, UnprocessableError
from kernel.permission import Scope
from kernel.times import Instant
from oauth.browser import csrf
from oauth.browser.cookies import Cookies
from oauth.guard import TokenGuard
from oauth.model.ids import ulid
from oauth.model.kinds import PROVISIONS, STAFF_SESSIONS
from oauth.model.provisions import Outcome, Provision, Recipient
from oauth.model.texts import Bilingual
from oauth.ports import WaitingDevice
from oauth.staff.app import surface
from oauth.staff.sessions import LIFE_US, StaffSessions
from oauth.tokens.desk import TokenDesk, TokenRequest

HIDDEN = r'name="csrf" value="([0-9a-f]{64})"'


class Devices:
    """`oauth.ports.DeviceApprovals` with two that wait."""

    def __init__(self) -> None:
        self.decided: list[tuple[str, ...]] = []
        self.devices = [_device("", "J3", needs_notice=True), _device("other", "W1")]

    async def waiting(self) -> Sequence[WaitingDevice]:
        return self.devices

    async def approve(
        self, tenant: str, device_id: str, *, role: str, notice_url: str, published_on: str
    ) -> None:
        if device_id == "gone":
            raise NotFoundError("There is no device of this id")
        if not notice_url:
            raise UnprocessableError("A device of this class needs a published notice")
        self.decided.append(("approve", tenant, device_id, role, notice_url, published_on))

    async def deny(self, tenant: str, device_id: str, *, role: str) -> None:
        self.decided.append(("deny", tenant, device_id, role))


def _device(tenant: str, device_id: str, *, needs_notice: bool = False) -> WaitingDevice:
    return WaitingDevice(
        tenant=tenant,
        id=device_id,
        name=f"gate {device_id}",
        device_class="people_flow_gate",
        site="chikaho",
        owner="city",
        contact="traffic",
        needs_notice=needs_notice,
        notice_url="",
        requested_at=Instant(1_775_000_000_000_000),
    )


class Pages:
    """A browser without a screen: it keeps cookies and finds the proof in a page."""

    def __init__(self, client: TestClient[Any, Any], office: Office, tokens: TokenDesk) -> None:
        self.client = client
        self.office = office
        self.tokens = tokens
        self.devices = Devices()

    async def token(
        self, *scopes: Scope, name: str = "officer", tenants: frozenset[str] | None = None
    ) -> str:
        chosen = frozenset(scopes or {Scope.OPERATOR, Scope.DEVICES})
        return (await self.tokens.issue(TokenRequest(name, chosen, tenants))).reveal()

    async def get(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path, allow_redirects=False)
        assert answer.status == status, await answer.text()
        return await answer.text() if status != 303 else answer.headers["Location"]

    async def post(self, path: str, status: int = 303, **fields: Any) -> str:
        """Send the form as its page would, with the proof of the session's cookie."""
        cookie = self.client.session.cookie_jar.filter_cookies(self.client.make_url("/"))
        proof = csrf.token(cookie["odori_staff"].value)
        data = [("csrf", proof)] + [
            (name, each)
            for name, value in fields.items()
            for each in (value if isinstance(value, list) else [value])
        ]
        answer = await self.client.post(path, data=data, allow_redirects=False)
        assert answer.status == status, await answer.text()
        return await answer.text() if status != 303 else answer.headers["Location"]

    async def sign_in(self, token: str, next_: str = "", status: int = 303) -> str:
        page = await self.get(f"/staff/sign-in?next={next_}")
        found = re.search(HIDDEN, page)
        assert found is not None
        data = {"csrf": found[1], "token": token, "next": next_}
        answer = await self.client.post("/staff/sign-in", data=data, allow_redirects=False)
        assert answer.status == status
        return answer.headers.get("Location", "")


@asynccontextmanager
async def opened(*, with_devices: bool = True) -> AsyncIterator[Pages]:
    office, store = Office(), MemoryTokens()
    tokens = TokenDesk(store=store, clock=office.clock, ids=office.ids)
    sessions = StaffSessions(vault=office.vault, tokens=store, clock=office.clock, ids=office.ids)
    devices = Devices()
    made = surface(
        companies=office.companies,
        vault=office.vault,
        sessions=sessions,
        cookies=Cookies(secure=False),
        clock=office.clock,
        ids=office.ids,
        devices=devices if with_devices else None,
    )
    guard = TokenGuard(store=store, clock=office.clock)
    async with asking([made], guard) as client:
        pages = Pages(client, office, tokens)
        pages.devices = devices
        yield pages


@asynccontextmanager
async def signed_in(*scopes: Scope) -> AsyncIterator[Pages]:
    async with opened() as pages:
        await pages.sign_in(await pages.token(*scopes))
        yield pages


# Signing in --------------------------------------------------------------------------------------


async def test_who_is_not_signed_in_is_asked_to_and_comes_back() -> None:
    async with opened() as pages:
        where = await pages.get("/staff/terms?lang=en", 303)
        assert where == "/staff/sign-in?next=%2Fstaff%2Fterms%3Flang%3Den"
        assert await pages.sign_in(await pages.token(), "/staff/terms") == "/staff/terms"
        await pages.get("/staff/terms")


@pytest.mark.parametrize(
    "where", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a b", ""]
)
async def test_signing_in_leads_nowhere_else(where: str) -> None:
    async with opened() as pages:
        assert await pages.sign_in(await pages.token(), where) == "/staff/companies"


async def test_a_token_without_the_scope_an_unknown_and_a_dead_one_are_refused_alike() -> None:
    async with opened() as pages:
        wanted = TokenRequest("short", frozenset({Scope.OPERATOR}), ttl_s=60)
        expired = (await pages.tokens.issue(wanted)).reveal()
        pages.office.clock.advance(60)
        for token in (await pages.token(Scope.BOARDS, name="board"), "odori_op_x", "", expired):
            await pages.sign_in(token, status=401)
        await pages.get("/staff/companies", 303)


async def test_a_sign_in_that_another_site_sends_is_refused() -> None:
    async with opened() as pages:
        token = await pages.token()
        answer = await pages.client.post("/staff/sign-in", data={"token": token})
        assert answer.status == 403
        await pages.get("/staff/sign-in")
        answer = await pages.client.post(
            "/staff/sign-in", data={"token": token, "csrf": csrf.token("x" * 43)}
        )
        assert answer.status == 403


async def test_the_session_keeps_hashes_alone_and_dies_with_its_token() -> None:
    async with opened() as pages:
        token = await pages.token()
        await pages.sign_in(token)
        (kept,) = await pages.office.vault.shelf(STAFF_SESSIONS).all()
        assert kept.value.token_name == "officer"
        cookies = pages.client.session.cookie_jar.filter_cookies(pages.client.make_url("/"))
        assert cookies["odori_staff"].value not in repr(kept.value)
        assert token not in repr(kept.value)
        await pages.get("/staff/companies")
        await pages.tokens.revoke("officer")
        await pages.get("/staff/companies", 303)


async def test_a_token_replaced_under_its_name_ends_the_session() -> None:
    async with signed_in() as pages:
        await pages.token()
        await pages.get("/staff/companies", 303)


async def test_a_session_ends_after_a_working_day() -> None:
    async with signed_in() as pages:
        pages.office.clock.advance(LIFE_US / 1_000_000 - 1)
        await pages.get("/staff/companies")
        pages.office.clock.advance(1)
        await pages.get("/staff/companies", 303)


async def test_signing_out_ends_the_session_on_the_server() -> None:
    async with signed_in() as pages:
        assert await pages.post("/staff/sign-out") == "/staff/sign-in"
        assert await pages.office.vault.shelf(STAFF_SESSIONS).all() == []


async def test_signing_in_again_ends_the_session_of_this_browser_before() -> None:
    async with signed_in() as pages:
        (before,) = await pages.office.vault.shelf(STAFF_SESSIONS).all()
        await pages.sign_in(await pages.token())
        (now,) = await pages.office.vault.shelf(STAFF_SESSIONS).all()
        assert now.value.digest != before.value.digest


async def test_no_form_works_without_the_sessions_own_proof() -> None:
    async with signed_in() as pages:
        company = await pages.office.company()
        path = f"/staff/companies/{company.id}/suspend"
        for proof in ("", csrf.token("x" * 43)):
            data = {"reason": "a leak", "csrf": proof}
            answer = await pages.client.post(path, data=data, allow_redirects=False)
            assert answer.status == 403
        answer = await pages.client.post(path, json={"reason": "a leak"})
        assert answer.status == 400
        kept = await pages.office.companies.company(company.id)
        assert kept is not None
        assert kept.value.state == "active"


async def test_check_18_a_field_that_stands_twice_is_refused_and_changes_nothing() -> None:
    async with signed_in() as pages:
        made = await pages.office.companies.register_company(COMPANY, by="officer")
        before = await pages.office.companies.company(made.id)
        path = f"/staff/companies/{made.id}/suspend"
        cookie = pages.client.session.cookie_jar.filter_cookies(pages.client.make_url("/"))
        proof = csrf.token(cookie["odori_staff"].value)
        for twice in (proof, "0" * 64):
            said = await pages.post(path, 400, reason="fee", csrf=twice)
            assert "A field of the form stands twice" in said
        await pages.post(path, 400, reason=["fee", "fee"])
        assert await pages.office.companies.company(made.id) == before
        assert await pages.post(path, reason="fee")


async def test_check_18_signing_in_with_a_field_twice_is_refused() -> None:
    async with opened() as pages:
        token = await pages.token()
        found = re.search(HIDDEN, await pages.get("/staff/sign-in"))
        assert found is not None
        for twice in (("csrf", found[1]), ("token", token), ("next", "/staff/terms")):
            data = [("csrf", found[1]), ("token", token), ("next", "/staff/companies"), twice]
            answer = await pages.client.post("/staff/sign-in", data=data, allow_redirects=False)
            assert answer.status == 400
            assert "Set-Cookie" not in answer.headers


async def test_every_page_forbids_scripts_framing_and_keeping() -> None:
    async with signed_in() as pages:
        for path in ("/staff/sign-in", "/staff/companies", "/staff/none", "/members"):
            headers = (await pages.client.get(path)).headers
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Cache-Control"] == "no-store"


# Companies ---------------------------------------------------------------------------------------

_COMPANY = {
    "name_ja": "大通ガイド",
    "name_en": "Odori Guide",
    "address": "札幌市中央区",
    "representative": "大通 花子",
    "contact": "privacy@guide.example",
}
_CONTRACT = {
    "id": "town-walk",
    "purpose_ja": "道案内",
    "purpose_en": "To guide",
    "benefit_ja": "便利",
    "benefit_en": "You find ways",
    "category": "dpv:ServiceProvision",
    "retention": "P6M",
    "item:profile.birth_year": "decade",
    "required:profile.birth_year": "yes",
    "item:email": "",
    "validFrom": "2026-04-01",
    "validUntil": "2027-04-01",
    "signedOn": "",
    "documentSha256": SHA256,
    "validityMonths": "12",
    "auditNoticeDays": "10",
    "mode": "VIEW",
    "frequency": "",
}


async def test_a_member_from_form_to_working_service() -> None:
    async with signed_in() as pages:
        where = await pages.post("/staff/companies/new", **_COMPANY)
        company_id = where.rpartition("/")[2]
        page = await pages.post(
            f"{where}/clients/new",
            200,
            kind="service",
            name_ja="まち歩き",
            name_en="Town Walk",
            redirectUris="https://guide.example/cb\r\nhttps://guide.example/cb2",
            contact="help@guide.example",
            own="yes",
        )
        assert page.count("odori_cs_") == 1
        (client,) = await pages.office.companies.clients_of(company_id)
        assert len(client.redirect_uris) == 2
        assert "client_credentials" in client.grant_types
        terms = await pages.post(
            "/staff/terms/new",
            of=company_id,
            version="2026-04",
            effectiveFrom="2026-04-01",
            title_ja="規約",
            title_en="Terms",
            text_ja="一\r\n二",
            text_en="One\r\nTwo",
            clauses=["data-to-association", "without-identifiers"],
        )
        assert "一\n二" in await pages.get(terms)
        here = f"/staff/clients/{client.id}"
        assert await pages.post(f"{here}/terms", version="2026-04") == here
        assert await pages.post(f"{here}/contract", **_CONTRACT) == here
        page = await pages.get(f"{here}?lang=en")
        assert "The contract is not signed" in page
        await pages.post(f"{here}/contract/sign", documentSha256=SHA256, signedOn="2026-04-01")
        page = await pages.get(f"{here}?lang=en")
        assert ">Works<" in page
        assert "odori_cs_" not in page
        kept = await pages.office.companies.agreements.contract_of(client)
        assert kept is not None
        shown = {(one.item.value, one.granularity, one.required) for one in kept.value.items}
        assert shown == {("openid", "sub", True), ("profile.birth_year", "decade", True)}


async def test_a_form_with_a_mistake_comes_back_as_it_was_typed() -> None:
    async with signed_in() as pages:
        page = await pages.post("/staff/companies/new", 400, **(_COMPANY | {"contact": ""}))
        assert "contact is missing" in page
        assert 'value="Odori Guide"' in page
        company = await pages.office.company()
        page = await pages.post(
            f"/staff/companies/{company.id}/clients/new",
            400,
            kind="service",
            name_ja="あ",
            name_en="A",
            redirectUris="http://guide.example/cb",
            contact="x",
        )
        assert "invalid_redirect_uri" in page
        assert "http://guide.example/cb</textarea>" in page


async def test_what_a_contract_said_stands_in_the_form_of_the_next() -> None:
    async with signed_in() as pages:
        made = await pages.office.working_service()
        here = f"/staff/clients/{made.client.id}/contract"
        page = await pages.get(here)
        assert '<option value="decade" selected>' in page
        page = await pages.post(here, 400, **(_CONTRACT | {"validityMonths": "13"}))
        assert "validityMonths is more than 12" in page
        page = await pages.post(here, 409, **_CONTRACT)
        assert "A purpose that says something else needs another id" in page
        await pages.post(here, **(_CONTRACT | {"id": "guiding"}))
        page = await pages.get(f"/staff/clients/{made.client.id}?lang=en")
        assert "Versions of the contract" in page


async def test_text_of_companies_is_text_on_pages() -> None:
    async with signed_in() as pages:
        name = {"name_ja": "<script>x</script>", "name_en": "<b>y</b>"}
        where = await pages.post("/staff/companies/new", **(_COMPANY | name))
        for path in (where, "/staff/companies", "/members"):
            page = await pages.get(path)
            assert "<script>" not in page
            assert "&lt;script&gt;" in page


async def test_suspending_and_activating_name_the_operator() -> None:
    async with signed_in() as pages:
        made = await pages.office.working_service()
        here = f"/staff/companies/{made.client.company_id}"
        await pages.post(f"{here}/suspend", 400, reason="")
        assert await pages.post(f"{here}/suspend", reason="a leak") == here
        page = await pages.get(f"{here}?lang=en")
        assert "The company is suspended" in page
        assert "a leak" in page
        await pages.post(f"{here}/suspend", 409, reason="again")
        await pages.post(f"{here}/activate", reason="mended")
        kept = await pages.office.companies.company(made.client.company_id)
        assert kept is not None
        assert [one.by for one in kept.value.changes] == ["officer", "officer", "officer"]


async def test_a_secret_is_exchanged_dropped_and_a_client_ended() -> None:
    async with signed_in() as pages:
        made = await pages.office.working_service()
        here = f"/staff/clients/{made.client.id}"
        page = await pages.post(f"{here}/secret", 200)
        assert "odori_cs_" in page
        assert made.secret.reveal() not in page
        assert "secret/previous" in await pages.get(here)
        assert await pages.post(f"{here}/secret/previous") == here
        assert "secret/previous" not in await pages.get(here)
        assert await pages.post(f"{here}/end", sure="yes") == here
        kept = await pages.office.companies.client(made.client.id)
        assert kept is not None
        assert kept.value.ended_at is not None
        assert f'action="{here}/' not in await pages.get(here)


async def test_provisions_are_counted_by_month_and_nobody_is_named() -> None:
    async with signed_in() as pages:
        made = await pages.office.working_service()
        for days, outcome in (
            (0, "committed"),
            (0, "committed"),
            (0, "aborted"),
            (-1, "committed"),
        ):
            at = Instant(pages.office.clock.now() + days * 86_400_000_000)
            await pages.office.vault.shelf(PROVISIONS).add(
                _provision(pages, made.client.id, at, outcome)
            )
        page = await pages.get(f"/staff/clients/{made.client.id}")
        months = re.findall(r'class="number">(\d{4}-\d\d)<', page)
        numbers = re.findall(r'<td class="number">(\d+)<', page)
        assert dict(zip(months, numbers, strict=True)) == {
            "2026-04": "2",
            "2026-03": "1",
            "2026-02": "0",
        }
        assert "account-of-somebody" not in page


def _provision(pages: Pages, client_id: str, at: Instant, outcome: str) -> Provision:
    text = Bilingual("あ", "a")
    return Provision(
        id=ulid(at, pages.office.ids),
        at=at,
        account_id="account-of-somebody",
        client_id=client_id,
        recipient=Recipient("co", text, "a", "b"),
        service=text,
        consent_id="c",
        consent_version=1,
        contract_id="c",
        contract_version=1,
        purpose_id="p",
        purpose=text,
        terms=(),
        items=(),
        by="attributes",
        token_digest="t",
        request_id="r",
        answer_sha256="a",
        company_state="active",
        outcome=Outcome(outcome),
    )


@pytest.mark.parametrize(
    "path",
    [
        "/staff/companies/none",
        "/staff/companies/none/clients/new",
        "/staff/clients/none",
        "/staff/clients/none/contract",
        "/staff/terms/none/1",
        "/staff/nowhere",
    ],
)
async def test_what_does_not_exist_is_a_page_that_says_so(path: str) -> None:
    async with signed_in() as pages:
        page = await pages.get(path, 404)
        assert page.startswith("<!DOCTYPE html>")


# Devices -----------------------------------------------------------------------------------------


async def test_a_device_is_approved_with_office_and_notice() -> None:
    async with signed_in() as pages:
        assert "gate J3" in await pages.get("/staff/devices")
        path = "/staff/devices/J3/approve"
        await pages.post(path, 422, tenant="", role="traffic-office", notice="", publishedOn="")
        notice = "https://city.example/n"
        await pages.post(
            path, tenant="", role="traffic-office", notice=notice, publishedOn="2026-03-01"
        )
        await pages.post("/staff/devices/W1/deny", tenant="other", role="weather-office")
        assert pages.devices.decided == [
            ("approve", "", "J3", "traffic-office", notice, "2026-03-01"),
            ("deny", "other", "W1", "weather-office"),
        ]


async def test_devices_need_their_scope_and_their_tenant() -> None:
    async with signed_in(Scope.OPERATOR) as pages:
        await pages.get("/staff/devices", 403)
        await pages.post("/staff/devices/J3/deny", 403, tenant="", role="office")
    async with opened() as pages:
        await pages.sign_in(await pages.token(tenants=frozenset({"other"})))
        page = await pages.get("/staff/devices")
        assert "gate W1" in page
        assert "gate J3" not in page
        await pages.post("/staff/devices/J3/deny", 403, tenant="", role="office")
        assert pages.devices.decided == []


async def test_without_a_registry_there_are_no_devices() -> None:
    async with opened(with_devices=False) as pages:
        await pages.sign_in(await pages.token())
        await pages.get("/staff/devices", 404)


# Members -----------------------------------------------------------------------------------------


async def test_mb13_the_page_of_members_says_who_is_not_available() -> None:
    async with opened() as pages:
        made = await pages.office.working_service()
        await pages.office.companies.agreements.set_contract(made.client.id, contract())
        page = await pages.get("/members?lang=en")
        assert COMPANY.name.en in page
        assert "Town Walk" in page
        assert "Not available at present" not in page
        await pages.office.companies.suspend(made.client.company_id, by="o", reason="secret why")
        page = await pages.get("/members?lang=en")
        assert "Not available at present" in page
        assert "secret why" not in page
        assert "利用できません" in await pages.get("/members?lang=ja")

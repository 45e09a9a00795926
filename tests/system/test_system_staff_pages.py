"""An operator at a real browser: a member from registration to suspension, devices, boards."""

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect
from support.browser import chromium, watched
from support.citizen_browser import flaws
from support.composed import AUTHORIZED, TOKEN, Composed, composed_city
from support.staff_browser import COMPANY, Operator

from oauth.model.texts import Language

pytestmark = pytest.mark.browser

LOOKS: Final[Mapping[Language, Mapping[str, Any]]] = {
    Language.JA: {"viewport": {"width": 390, "height": 844}, "locale": "ja-JP"},
    Language.EN: {
        "viewport": {"width": 1280, "height": 900},
        "locale": "en-GB",
        "color_scheme": "dark",
    },
}
GATE: Final = {
    "device_id": "J9",
    "deviceClass": "people_flow_gate",
    "owner": "city",
    "responsibleParty": "city",
    "contact": "traffic-office",
    "name": "大通駅 北口",
    "place": {
        "site": "chikaho",
        "municipality": "011002",
        "location": {"type": "Point", "coordinates": [141.3527, 43.0640]},
    },
}
PICTURES: Final = os.environ.get("ODORI_PICTURES", "")
"""A folder for pictures of the pages, for whoever wants to look at them."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[Composed]:
    async with composed_city(tmp_path) as composed:
        await composed.client.post("/iot/devices", json={"devices": [GATE]}, headers=AUTHORIZED)
        yield composed


def address(city: Composed) -> str:
    return str(city.client.make_url("")).rstrip("/")


async def look(page: Page, name: str, language: Language) -> None:
    """Nobody trips over the page; its picture is kept where somebody asked for it."""
    assert await flaws(page, language) == [], name
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}-{language}.png", full_page=True)


@pytest.mark.parametrize("language", Language)
async def test_a_member_from_registration_to_suspension(
    browser: Browser, city: Composed, language: Language
) -> None:
    async with watched(browser, **LOOKS[language]) as (page, trouble):
        one = Operator(page, language, address(city))
        await one.go("/staff")
        await look(page, "sign-in", language)
        await one.sign_in(TOKEN)
        await look(page, "companies-none", language)
        await one.follow("company.new.button")
        await look(page, "company-new", language)
        await one.go("/staff/companies")
        await one.register_company()
        await expect(page.locator("h1")).to_contain_text(COMPANY[f"name_{language}"])
        company = page.url
        await one.follow("client.new.button")
        await look(page, "client-new", language)
        await page.goto(company)
        secret = await one.register_service()
        assert secret.startswith("odori_cs_")
        await expect(page.locator(".lacks li")).to_have_count(2)
        await look(page, "client-lacking", language)
        service = page.url
        await one.bind_terms()
        await one.sign_contract()
        await expect(page.get_by_text(one.words("client.works"))).to_be_visible()
        assert secret not in await page.content()
        await look(page, "client", language)
        await one.go("/staff/terms")
        await look(page, "terms", language)
        await page.goto(f"{service}/contract")
        await look(page, "contract", language)
        await page.goto(company)
        await look(page, "company", language)
        await page.locator('[name="reason"]').fill("left data open")
        await one.press("suspend.button")
        await expect(page.locator("h1")).to_contain_text(one.words("state.suspended"))
        await look(page, "company-suspended", language)
        await one.go("/members")
        await expect(page.get_by_text(one.words("members.unavailable")).first).to_be_visible()
        assert "left data open" not in await page.content()
        await look(page, "members", language)
        assert trouble == []


async def test_a_gate_is_approved_once_the_public_was_told(
    browser: Browser, city: Composed
) -> None:
    async with watched(browser, **LOOKS[Language.JA]) as (page, trouble):
        one = Operator(page, Language.JA, address(city))
        await one.sign_in(TOKEN, "/staff/devices")
        await one.sees("devices.title")
        await look(page, "devices", Language.JA)
        await one.fill({"role": "traffic-office"})
        await one.press("device.approve")
        await one.sees("mistake.title")
        await look(page, "mistake", Language.JA)
        trouble.clear()  # the browser's console repeats the 422
        await one.go("/staff/devices")
        notice = {"notice": "https://city.example/notice", "publishedOn": "2026-01-15"}
        await one.fill({"role": "traffic-office"} | notice)
        await one.press("device.approve")
        await expect(page.get_by_text(one.words("devices.none"))).to_be_visible()
        answer = await city.client.get("/v1/devices/J9", headers=AUTHORIZED)
        assert (await answer.json())["approval"]["state"] == "approved"
        assert trouble == []


async def test_a_guarded_board_opens_to_whoever_signed_in_and_its_stream_runs(
    browser: Browser, city: Composed
) -> None:
    assert (await city.client.get("/flow")).status == 401
    async with watched(browser, **LOOKS[Language.EN]) as (page, trouble):
        one = Operator(page, Language.EN, address(city))
        await one.sign_in(TOKEN, "/staff/sign-in?next=/flow")
        async with page.expect_response(lambda answer: "stream" in answer.url) as stream:
            await page.goto(f"{one.url}/flow")
        assert (await stream.value).status == 200
        cookies = {each.get("name"): each.get("value", "") for each in await page.context.cookies()}
        assert trouble == []
    # The same cookie changes nothing.
    async with ClientSession(cookies={"odori_staff": cookies["odori_staff"]}) as session:
        entity = {"id": "x", "type": "Room"}
        async with session.post(f"{one.url}/v2/entities", json=entity) as answer:
            assert answer.status == 401
        async with session.get(f"{one.url}/v1/companies") as answer:
            assert answer.status == 403
        async with session.get(f"{one.url}/v2/entities") as answer:
            assert answer.status == 200

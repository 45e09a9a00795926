"""A browser without credentials at a guarded board: told why, led to the door, and back."""

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, expect
from support.browser import chromium, watched
from support.citizen_browser import flaws
from support.composed import TOKEN, Composed, composed_city
from support.staff_browser import Operator

from kernel.languages import Language
from serving.html.words import Words

pytestmark = pytest.mark.browser

LOOKS: Final[Mapping[Language, Mapping[str, Any]]] = {
    Language.JA: {"viewport": {"width": 390, "height": 844}, "locale": "ja-JP"},
    Language.EN: {
        "viewport": {"width": 1280, "height": 900},
        "locale": "en-GB",
        "color_scheme": "dark",
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
        yield composed


async def look(page: Page, name: str, language: Language) -> None:
    """Nobody trips over the page; its picture is kept where somebody asked for it."""
    assert await flaws(page, language) == [], name
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}-{language}.png", full_page=True)


def excused(trouble: list[str], status: int) -> list[str]:
    """Without what the browser's console repeats of an answer's status."""
    return [one for one in trouble if f"the server responded with a status of {status}" not in one]


@pytest.mark.parametrize("language", Language)
async def test_from_a_guarded_board_through_the_door_back_to_the_board(
    browser: Browser, city: Composed, language: Language
) -> None:
    url, words = str(city.client.make_url("")).rstrip("/"), Words("dashboard", language)
    async with watched(browser, **LOOKS[language]) as (page, trouble):
        refused = await page.goto(f"{url}/flow?date=2026-02-05")
        assert refused is not None
        assert refused.status == 401
        await expect(page.locator("h1")).to_have_text(words("trouble.401"))
        await look(page, "board-401", language)
        assert excused(trouble, 401) == []
        trouble.clear()

        await page.get_by_role("link", name=words("trouble.sign-in")).click()
        one = Operator(page, language, url)
        await one.sees("sign-in.title")
        await one.fill({"token": TOKEN})
        await one.press("sign-in.button")
        await expect(page).to_have_url(f"{url}/flow?date=2026-02-05")
        await expect(page.locator(".board-flow")).to_be_visible()
        assert trouble == []

        missing = await page.goto(f"{url}/boards/why/nothing")
        assert missing is not None
        assert missing.status == 404
        await look(page, "board-404", language)
        await page.get_by_role("link", name=words("trouble.overview")).click()
        await expect(page.locator(".board-overview")).to_be_visible()
        assert excused(trouble, 404) == []


@pytest.mark.parametrize(
    "target", ["//evil.example/flow", "https://evil.example/", "/\\evil.example", "javascript:1"]
)
async def test_signing_in_leads_nowhere_but_to_this_city(
    browser: Browser, city: Composed, target: str
) -> None:
    url = str(city.client.make_url("")).rstrip("/")
    async with watched(browser) as (page, trouble):
        one = Operator(page, Language.EN, url)
        await one.sign_in(TOKEN, f"/staff/sign-in?lang=en&next={target}")
        await expect(page).to_have_url(f"{url}/staff/companies")
        assert trouble == []

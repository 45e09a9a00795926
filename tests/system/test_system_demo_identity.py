"""The identity's whole way in the running demo, as a person at a browser goes it.

Register, open a member company's service, log in, see the consent page, leave one item out, agree;
the service shows the rest; the citizen sees the provision, withdraws, and the service is refused.
"""

import asyncio
import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect
from support.browser import chromium, watched
from support.demo_process import Demo, demo

pytestmark = [pytest.mark.browser]

PASSWORD = "sapporo snow festival in june"
ADDRESS = "hanako@demo.example"
_SOON_S = 10.0
_LINK = r"http://\S+/account/verify\?token=\S+"
_SERVICE = r"(?<=log in at )http://127\.0\.0\.1:\d+"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("identity")) as running:
        yield running


async def printed(city: Demo, pattern: str) -> str:
    """The first thing of its kind that the demo says, soon."""
    found = None
    async with asyncio.timeout(_SOON_S):
        while found is None:
            await asyncio.sleep(0.05)
            found = re.search(pattern, city.output)
    return found[0]


async def register(page: Page, city: Demo) -> None:
    await page.goto(f"{city.url}/account/register")
    await page.fill("[name=email]", ADDRESS)
    await page.fill("[name=password]", PASSWORD)
    await page.fill("[name=birth_year]", "1984")
    for tick in await page.locator("input[type=checkbox]").all():
        await tick.check()
    await page.locator("main button").click()
    await page.goto(await printed(city, _LINK))
    await page.locator("main button").click()


async def sign_in(page: Page) -> None:
    await page.fill("[name=email]", ADDRESS)
    await page.fill("[name=password]", PASSWORD)
    await page.locator("main button").first.click()


async def tell_language(page: Page, city: Demo) -> None:
    await page.goto(f"{city.url}/account/profile/profile.language")
    await page.locator("main select").select_option("ja")
    await page.locator("main button").click()


async def test_a_citizen_decides_and_a_company_fetches_only_that(city: Demo) -> None:
    service = await printed(city, _SERVICE)
    async with chromium() as browser, watched(browser, locale="en-GB") as (page, trouble):
        await register(page, city)
        await page.goto(f"{city.url}/account/login")
        await sign_in(page)
        await tell_language(page, city)
        await page.goto(service)
        await page.get_by_role("button", name="Log in").click()

        # The consent page: nothing optional is on beforehand.
        await expect(page.locator("h1")).to_contain_text("Reading Around Town")
        assert await page.locator("input[type=checkbox]:checked").count() == 0
        await page.check("[name='item:profile.birth_year']")
        await page.check("[name='granularity:profile.birth_year'][value=decade]")
        await page.check("[name='item:email']")
        await page.locator("button[value=agree]").click()

        # The service shows all that was ticked, as coarsely as was chosen, and nothing else.
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(3)
        table = await page.locator("tbody").inner_text()
        assert "1980s" in table
        assert "1984" not in table
        assert ADDRESS in table

        # The citizen sees what went where, and stops it.
        await page.goto(f"{city.url}/account/provisions")
        told = await page.locator("main").inner_text()
        assert "Odori Books" in told
        await page.goto(f"{city.url}/account/services")
        await page.locator("a[href$='/withdraw']").click()
        await page.locator("main form button").click()

        # The service is refused at its next fetch.
        await page.goto(service)
        await page.locator("form[action='/again'] button").click()
        await expect(page.locator("[role=alert]")).to_be_visible()
        assert ADDRESS not in await page.locator("body").inner_text()
        assert trouble == []


def test_what_the_citizen_entered_is_in_no_file_of_the_demo(city: Demo) -> None:
    files = [one for one in city.data.rglob("*") if one.is_file()]
    assert {one.name for one in files} >= {"vault.sqlite", "keys.sqlite", "city.sqlite"}
    for path in files:
        content = path.read_bytes()
        assert ADDRESS.encode() not in content, path.name
        assert b"hanako" not in content, path.name
        assert PASSWORD.encode() not in content, path.name

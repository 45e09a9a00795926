"""The boards in Debian's chromium, over a stand-in city."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser
from support.board_app import served_boards
from support.browser import GATE_NUMBER, bare_numbers, chromium, shown_number, watched
from support.city_reader import StandInCity

from dashboard.figures.quarters import Quarter, quarter_of

pytestmark = pytest.mark.browser

PAGES = ("", "flow", "flow?date=2026-02-05", "boards/why/strip")
_KANA_OR_KANJI = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")  # noqa: TID251 — a constant of ours


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


def address(url: str, path: str, language: str) -> str:
    return f"{url}{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_loads_without_violation_error_or_foreign_request(
    browser: Browser, language: str, scheme: str
) -> None:
    async with served_boards() as served:
        for path in PAGES:
            async with watched(browser, color_scheme=scheme) as (page, trouble):
                await page.goto(address(served.url, path, language), wait_until="load")
                if not path.startswith("boards"):
                    await page.locator("html[data-state=ready]").wait_for(state="attached")
                assert trouble == []
                assert await page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_without_javascript_the_first_paint_holds_the_same_numbers(
    browser: Browser, language: str
) -> None:
    city = StandInCity()
    quarter = quarter_of(city.now)
    async with (
        served_boards(city) as served,
        watched(browser, java_script_enabled=False) as (page, trouble),
    ):
        await page.goto(address(served.url, "flow", language))
        for place, gate in ((1, "J1"), (2, "J2")):
            for heading in ("north", "south"):
                shown = page.locator(GATE_NUMBER.format(place=place, heading=heading) + " data")
                assert await shown.inner_text() == str(city.people(gate, heading, quarter))
        assert trouble == []


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_no_number_stands_without_its_trust_strip(browser: Browser, language: str) -> None:
    async with served_boards() as served:
        for path in ("", "flow", "flow?date=2026-02-05"):
            async with watched(browser) as (page, _):
                await page.goto(address(served.url, path, language))
                assert await bare_numbers(page) == []


async def test_an_english_page_shows_no_japanese_but_the_way_back_to_it(browser: Browser) -> None:
    async with served_boards() as served:
        for path in PAGES:
            async with watched(browser) as (page, _):
                await page.goto(address(served.url, path, "en"))
                text = await page.locator("body").inner_text()
                assert _KANA_OR_KANJI.findall(text.replace("日本語", "")) == []


async def test_a_change_reaches_the_page_within_two_seconds_and_without_reload(
    browser: Browser,
) -> None:
    city = StandInCity()
    async with served_boards(city) as served, watched(browser) as (page, trouble):
        await page.goto(served.url + "flow")
        await page.locator("html[data-state=ready]").wait_for(state="attached")
        await page.evaluate("() => { window.sameDocument = true; }")
        await city.put(city.gate("J1", peopleCountTowards=4321))
        await shown_number(page, GATE_NUMBER.format(place=1, heading="north"), 4321)
        assert await page.evaluate("() => window.sameDocument")
        assert trouble == []


async def test_an_open_table_and_the_focus_survive_an_update(browser: Browser) -> None:
    city = StandInCity()
    async with served_boards(city) as served, watched(browser) as (page, _):
        await page.goto(served.url + "flow")
        await page.locator("#gates-rows summary").click()
        await page.locator("#day-plot").focus()
        await page.keyboard.press("End")
        await city.put(city.gate("J1", peopleCountTowards=4321))
        await shown_number(page, GATE_NUMBER.format(place=1, heading="north"), 4321)
        assert await page.locator("#gates-rows[open]").count() == 1
        focused = await page.evaluate("() => document.activeElement.id")
        assert focused == "day-plot"
        assert "23:45" in await page.locator("#day-plot .plot-tip").inner_text()


async def test_arrow_keys_read_the_chart_out_of_its_table(browser: Browser) -> None:
    city = StandInCity()
    async with served_boards(city) as served, watched(browser) as (page, trouble):
        await page.goto(served.url + "flow?lang=en")
        await page.locator("#day-plot").focus()
        await page.keyboard.press("Home")
        for _ in range(40):
            await page.keyboard.press("ArrowRight")
        tip = await page.locator("#day-plot .plot-tip").inner_text()
        at_ten = Quarter(quarter_of(city.now) - 72 + 40)
        assert "10:00" in tip
        assert str(city.people("J1", "north", at_ten)) in tip
        assert trouble == []


async def test_everything_that_can_be_used_is_reached_by_the_tab_key(browser: Browser) -> None:
    async with served_boards() as served, watched(browser) as (page, _):
        await page.goto(served.url + "?lang=en")
        wanted: list[str] = await page.evaluate(
            """() => [...document.querySelectorAll("a, button, summary, .plot[tabindex]")]
              .filter((one) => one.checkVisibility()).map((one) => one.outerHTML)"""
        )
        seen = set()
        for _ in range(len(wanted) + 20):
            await page.keyboard.press("Tab")
            seen.add(await page.evaluate("() => document.activeElement.outerHTML"))
        assert set(wanted) - seen == set()


async def test_a_scenario_button_works_without_javascript(browser: Browser) -> None:
    async with (
        served_boards() as served,
        watched(browser, java_script_enabled=False) as (page, _),
    ):
        await page.goto(served.url + "flow?lang=en")
        await page.get_by_role("button", name="Blackout").click()
        assert served.world.scenario == "blackout"
        assert page.url.endswith("/flow")
        pressed = page.locator("button[name=scenario][aria-pressed=true]")
        assert await pressed.get_attribute("value") == "blackout"


async def test_a_closed_quarter_hour_an_outage_and_a_future_one_look_and_read_differently(
    browser: Browser,
) -> None:
    city = StandInCity()
    now = quarter_of(city.now)
    city.silent["J1"] = range(now - 20, now - 12)
    async with served_boards(city) as served, watched(browser) as (page, _):
        await page.goto(served.url + "flow?lang=en")
        timeline = page.locator("#day .timeline").first
        assert await timeline.locator(".state-closed").count() == 1
        assert await timeline.locator(".state-outage").count() == 1
        assert await timeline.locator(".state-notYetDue").count() >= 1
        rows = await page.locator("#day-rows tbody").text_content() or ""
        assert "outage" in rows
        assert "closed" in rows
        assert "not yet due" in rows


async def test_a_picture_of_a_panel_is_saved_as_png(browser: Browser) -> None:
    async with served_boards() as served, watched(browser) as (page, trouble):
        await page.goto(served.url + "flow?lang=en")
        await page.locator("#day-tools summary").click()
        async with page.expect_download() as pending:
            await page.locator("[data-png=day]").click()
        download = await pending.value
        assert download.suggested_filename == "day.png"
        path = await download.path()
        assert path.read_bytes().startswith(b"\x89PNG")
        assert trouble == []


@pytest.mark.parametrize("width", [390, 1280, 1600])
async def test_no_page_scrolls_sideways(browser: Browser, width: int) -> None:
    async with served_boards() as served:
        for path in PAGES:
            async with watched(browser, viewport={"width": width, "height": 844}) as (page, _):
                await page.goto(address(served.url, path, "en"))
                overflow = await page.evaluate(
                    "() => document.documentElement.scrollWidth - innerWidth"
                )
                assert overflow <= 0, path

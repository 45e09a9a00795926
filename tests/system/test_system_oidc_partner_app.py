"""The partner app against a served city: it shows what it may know, and the refusal after that."""

from pathlib import Path

import pytest
from support.browser import chromium, watched
from support.identity_city import EMAIL, PASSWORD, authorize, withdraw
from support.partner_app import running
from support.partner_browser import Browser, open_browser


async def log_in(browser: Browser, app: str, *, agree: bool = True) -> str:
    """Press the button, go through login and consent, come back; the app's page."""
    start = await browser.open(app)
    button = start.form("/login")
    browser.stop_at = app
    first = await browser.send(start, button)
    page = await authorize(browser, str(first.url), agree=agree)
    browser.stop_at = ""
    return (await browser.open(page.url)).text


async def test_the_app_shows_what_was_agreed_to_and_nothing_else(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, app), open_browser() as browser:
        page = await log_in(browser, app)
        assert "What this service may know" in page
        assert "1980s" in page
        assert EMAIL in page
        assert page.count("<tr>") == 4  # the head, the ID, two items
        assert "1984" not in page


async def test_after_a_withdrawal_fetching_again_shows_the_refusal_and_forgets_the_values(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as (odori, app), open_browser() as browser:
        await log_in(browser, app)
        page = await browser.open(app)
        again = await browser.send(page, page.form("/again"))
        assert "1980s" in again.text
        await withdraw(browser, odori.issuer, odori.service.client_id)
        for _ in range(2):
            refused = await browser.send(page, page.form("/again"))
            assert "Nothing was provided" in refused.text
            assert "invalid_grant" in refused.text
            assert "1980s" not in refused.text
            assert EMAIL not in refused.text


async def test_a_no_is_shown_and_nothing_is_known(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, app), open_browser() as browser:
        page = await log_in(browser, app, agree=False)
        assert "access_denied" in page
        assert "You did not agree" in page


async def test_an_answer_without_the_state_of_this_browser_or_of_another_issuer_is_refused(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as (odori, app), open_browser() as browser:
        start = await browser.open(app)
        browser.stop_at = f"{odori.issuer}/oauth/authorize"
        state = (await browser.send(start, start.form("/login"))).url.query["state"]
        browser.stop_at = ""
        forged = await browser.open(f"{app}/callback?code=x&state=other&iss={odori.issuer}")
        assert forged.status == 400
        used = await browser.open(f"{app}/callback?code=x&state={state}&iss={odori.issuer}")
        assert used.status == 400
        mixed_up = await browser.open(app)
        browser.stop_at = f"{odori.issuer}/oauth/authorize"
        state = (await browser.send(mixed_up, mixed_up.form("/login"))).url.query["state"]
        browser.stop_at = ""
        other = await browser.open(f"{app}/callback?code=x&state={state}&iss=https://e.example")
        assert other.status == 400


async def test_the_page_runs_no_script_and_logging_out_forgets_the_visit(tmp_path: Path) -> None:
    async with running(tmp_path) as (odori, app), open_browser(language="ja") as browser:
        assert "これがすべてです" in await log_in(browser, app)
        page = await browser.open(app)
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self';")
        assert f"form-action 'self' {odori.issuer}" in policy
        assert "<script" not in page.text
        left = await browser.send(page, page.form("/logout"))
        assert "1980s" not in left.text
        assert [one.action for one in left.forms] == ["/login"]


@pytest.mark.browser
async def test_a_real_browser_logs_in_withdraws_and_sees_the_refusal_under_every_page_s_policy(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path) as (odori, app),
        chromium() as browser,
        watched(browser, locale="en") as (page, trouble),
    ):
        await page.goto(app)
        await page.get_by_role("button", name="Log in with Odori ID").click()
        await page.locator("input[name=email]").fill(EMAIL)
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.locator("form[action='/account/login'] button").click()
        await page.locator("input[name='item:email']").check()
        await page.locator("button[name=decision][value=agree]").click()
        await page.get_by_text("What this service may know").wait_for()
        assert await page.get_by_text("1980s").count() == 1
        await page.get_by_role("link", name="Data use by each service").click()
        await page.goto(f"{odori.issuer}/account/services/{odori.service.client_id}/withdraw")
        await page.locator(f"form[action$='{odori.service.client_id}/withdraw'] button").click()
        await page.goto(app)
        await page.get_by_role("button", name="Fetch again").click()
        await page.get_by_role("alert").wait_for()
        assert await page.get_by_text("1980s").count() == 0
        assert trouble == []

"""A real browser that keeps a record of everything it should not have seen.

    async with chromium() as browser, watched(browser) as (page, trouble):
        await page.goto(url)
        assert trouble == []

`trouble` lists console errors, uncaught exceptions, violations of the content security policy,
failed requests and requests to other hosts. Never wait with `wait_for_function`: it evaluates text,
which the policy forbids. Wait for locators and for state that pages publish as attributes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error("CSP: " + event.violatedDirective + " " + event.blockedURI);
});
"""
_LOCAL = {"127.0.0.1", "localhost", ""}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's chromium, without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def watched(browser: Browser, **options: Any) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page in a context of its own, and the list of what went wrong on it."""
    context = await browser.new_context(**options)
    page = await context.new_page()
    trouble: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            trouble.append(f"console: {message.text}")

    def on_request(request: Request) -> None:
        if urlsplit(request.url).hostname not in _LOCAL and not request.url.startswith("data:"):
            trouble.append(f"request to another host: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: trouble.append(f"exception: {error}"))
    page.on("request", on_request)
    await page.add_init_script(_TELL_VIOLATIONS)
    try:
        yield page, trouble
    finally:
        await context.close()


async def shown_number(
    page: Page, selector: str, expected: float, *, timeout_s: float = 2.0
) -> None:
    """Wait until a number on the page is the expected one, as its `<data value>` says it.

    Raises:
        playwright.async_api.TimeoutError: it is not within `timeout_s`.
    """
    number = page.locator(f'{selector} data[value="{float(expected)}"]')
    await number.first.wait_for(state="attached", timeout=timeout_s * 1000)


GATE_NUMBER = "#gates .gate-card:nth-child({place}) .direction.{heading}"
"""On `/flow`: the present quarter hour of a gate (J1 is 1, J2 is 2) towards north or south."""


async def bare_numbers(page: Page) -> list[str]:
    """Texts with a digit, outside navigation, whose panel has no trust strip (§2.1.1)."""
    found: list[str] = await page.evaluate(
        """() => {
          const bare = [];
          const main = document.querySelector("main");
          const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (!/[0-9]/.test(node.textContent)) continue;
            const at = node.parentElement;
            if (at.closest("[data-plain], h1, h2, h3, .tools, script")) continue;
            const panel = at.closest("[data-part]");
            if (panel && panel.querySelector("[data-trust]")) continue;
            bare.push(node.textContent.trim());
          }
          return bare;
        }"""
    )
    return found

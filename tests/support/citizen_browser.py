"""What a person with a keyboard or a screen reader would trip over, as a list.

    assert await flaws(page) == []

Written for pages without script: labels, one heading of the first level, levels without gaps,
unique ids that are pointed to, the language, names of controls, targets that can be hit, contrast
as computed (WCAG 2.2: 1.3.1, 1.4.3, 1.4.10, 2.4.6, 2.5.8, 3.1.1, 4.1.2).
"""

from playwright.async_api import Page

_FLAWS = """
(language) => {
  const found = [];
  const seen = (node) => node.getClientRects().length > 0
    && getComputedStyle(node).visibility === "visible";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const name = (node) => node.tagName.toLowerCase() + (node.id ? "#" + node.id : "")
    + (node.name ? "[" + node.name + "]" : "");
  if (document.documentElement.lang !== language) found.push("lang");
  if (!document.title.trim()) found.push("title");
  if (all("script").length) found.push("script");
  if (all("main").length !== 1) found.push("main");
  if (all("h1").filter(seen).length !== 1) found.push("h1: " + all("h1").length);
  let level = 0;
  for (const heading of all("h1, h2, h3, h4").filter(seen)) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) found.push("heading skips: " + heading.textContent);
    level = next;
  }
  const ids = all("[id]").map((node) => node.id);
  for (const id of new Set(ids)) {
    if (ids.filter((one) => one === id).length > 1) found.push("id twice: " + id);
  }
  for (const node of all("[aria-describedby], [aria-labelledby], label[for], a[href^='#']")) {
    const named = ["aria-describedby", "aria-labelledby", "for"]
      .flatMap((one) => (node.getAttribute(one) || "").split(" "))
      .concat((node.getAttribute("href") || "").replace(/^[^#].*/, "").slice(1));
    for (const id of named.filter(Boolean)) {
      if (!document.getElementById(id)) found.push(name(node) + " points nowhere: " + id);
    }
  }
  for (const field of all("input:not([type=hidden]), select, textarea")) {
    if (!field.labels.length && !field.getAttribute("aria-label")) {
      found.push("no label: " + name(field));
    }
    if (["email", "password"].includes(field.type) && !field.getAttribute("autocomplete")) {
      found.push("no autocomplete: " + name(field));
    }
  }
  for (const set of all("fieldset")) {
    if (!set.querySelector(":scope > legend")) found.push("no legend: " + name(set));
  }
  for (const control of all("a[href], button, summary").filter(seen)) {
    const said = control.textContent.trim() || control.getAttribute("aria-label")
      || control.querySelector("img")?.alt;
    if (!said) found.push("says nothing: " + control.outerHTML.slice(0, 80));
  }
  for (const control of all("button, input:not([type=hidden]), select, summary, nav a")) {
    if (!seen(control)) continue;
    const target = control.labels?.[0] ?? control;
    const box = target.getBoundingClientRect();
    if (box.height < 24 || box.width < 24) found.push("too small: " + name(control));
  }
  for (const image of all("img")) if (!image.hasAttribute("alt")) found.push("no alt");
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
    found.push("scrolls sideways: " + document.documentElement.scrollWidth);
  }
  const parts = (text) => (text.match(/[0-9.]+/g) || []).map(Number);
  const light = ([red, green, blue]) => [red, green, blue]
    .map((one) => one / 255)
    .map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.textContent.trim() || !seen(node) || node.closest(".skip, option")) continue;
    const style = getComputedStyle(node);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const [one, other] = [light(parts(style.color)), light(ground(node))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < (large ? 3 : 4.5)) {
      found.push("contrast " + ratio.toFixed(2) + ": " + text.textContent.trim().slice(0, 40));
    }
  }
  return found;
}
"""
_TEXT = """
() => {
  const walker = document.createTreeWalker(
    document.querySelector("#agreement"), NodeFilter.SHOW_TEXT);
  const lines = [];
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    if (text.parentElement.closest("[data-own]")) continue;
    const folded = text.textContent.split(/[ \\t\\n\\r\\f\\v]+/).filter(Boolean).join(" ");
    if (folded) lines.push(folded);
  }
  return lines.join("\\n");
}
"""
_MOST_STOPS = 120


async def flaws(page: Page, language: str) -> list[str]:
    """Everything that is wrong with the page as it stands."""
    found: list[str] = await page.evaluate(_FLAWS, language)
    return [f"{page.url}: {one}" for one in found]


async def agreement_text(page: Page) -> str:
    """The text of the consent page without the person's own values, read by the browser."""
    text: str = await page.evaluate(_TEXT)
    return text


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; every stop on the way shows where it is."""
    for _ in range(_MOST_STOPS):
        await page.keyboard.press("Tab")
        here: dict[str, bool] = await page.evaluate(
            """(selector) => {
              const at = document.activeElement;
              const style = getComputedStyle(at);
              return {
                there: at.matches(selector),
                shown: at === document.body || style.outlineStyle !== "none",
              };
            }""",
            selector,
        )
        assert here["shown"], f"the focus cannot be seen on the way to {selector}"
        if here["there"]:
            return
    raise AssertionError(f"no way to {selector} by keyboard")


async def follow(page: Page, selector: str) -> None:
    """Go there by keyboard, press Enter, and wait for the page that follows."""
    await tab_to(page, selector)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def press(page: Page, selector: str, key: str) -> None:
    """Go there by keyboard and press a key that changes a control."""
    await tab_to(page, selector)
    await page.keyboard.press(key)


async def fill(page: Page, selector: str, text: str) -> None:
    """Go to a field by keyboard and type."""
    await tab_to(page, selector)
    await page.keyboard.type(text)

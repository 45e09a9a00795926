"""A browser without script: follows redirects, keeps cookies, fills forms in as they are drawn."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser

from aiohttp import ClientSession, CookieJar
from yarl import URL

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 10


@dataclass
class Form:
    """A form: what it would send if nothing were changed, and what could be changed."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """Where the browser is."""

    url: URL
    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def forms(self) -> list[Form]:
        """Every form of the page, in its order."""
        reader = _Forms()
        reader.feed(self.text)
        return reader.found

    def form(self, ending: str) -> Form:
        """The one whose action ends so."""
        found = [one for one in self.forms if one.action.partition("?")[0].endswith(ending)]
        assert len(found) == 1, f"{len(found)} forms lead to {ending}; status {self.status}"
        return found[0]


class _Forms(HTMLParser):
    """Reads forms; selects send their selected or first option."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(said.get("action", ""), said.get("method", "get").lower())
            self.found.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, said)

    def _field(self, form: Form, tag: str, said: Mapping[str, str]) -> None:
        name, value = said.get("name", ""), said.get("value", "")
        kind = said.get("type", "")
        if tag == "button":
            form.buttons.append((name, value))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in said or self._select not in form.values:
                form.values[self._select] = value
        elif tag == "input" and kind == "checkbox":
            form.boxes[name] = value
            if "checked" in said:
                form.values[name] = value
        elif tag == "input" and (kind != "radio" or "checked" in said) and name:
            form.values[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = ""


class Browser:
    """One person's browser.

    Attributes:
        http: with its cookies, for what no browser sends.
        stop_at: where it does not go: a redirect that leads there is where it ends.
    """

    def __init__(self, http: ClientSession, stop_at: str = "") -> None:
        self.http = http
        self.stop_at = stop_at

    async def open(self, url: str | URL) -> Page:
        """Go to an address."""
        return await self._go("GET", URL(url), None)

    async def send(
        self, page: Page, form: Form, *, press: tuple[str, str] | None = None, **values: str
    ) -> Page:
        """Send a form of the page with these values in the place of its own."""
        data = {**form.values, **values, **(dict([press]) if press else {})}
        target = page.url.join(URL(form.action)) if form.action else page.url
        headers = {"Origin": str(page.url.origin())}
        return await self._go(form.method.upper(), target, data, headers)

    async def _go(
        self,
        method: str,
        url: URL,
        data: Mapping[str, str] | None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        for _ in range(_MOST_REDIRECTS):
            async with self.http.request(
                method, url, data=data, headers=headers, allow_redirects=False
            ) as answer:
                page = Page(url, answer.status, await answer.text(), dict(answer.headers))
            if page.status not in _REDIRECTS:
                return page
            assert page.status == 303 or method == "GET", "a form is never sent twice"
            url = url.join(URL(page.headers["Location"], encoded=True))
            if self.stop_at and str(url).startswith(self.stop_at):
                return Page(url, page.status, "", page.headers)
            method, data, headers = "GET", None, None
        raise AssertionError("The redirects do not end")


@asynccontextmanager
async def open_browser(stop_at: str = "", language: str = "en") -> AsyncIterator[Browser]:
    """A browser with an empty cookie jar; loopback addresses may set cookies in it."""
    headers = {"Accept-Language": language}
    async with ClientSession(cookie_jar=CookieJar(unsafe=True), headers=headers) as http:
        yield Browser(http, stop_at)

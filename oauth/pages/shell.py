"""What every page of a citizen stands in: who is there, in which language, with which headers."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final, TypeAlias
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from kernel.ids import IdSource
from oauth.browser import csrf
from oauth.browser.cookies import Cookies
from oauth.browser.forms import read_guarded, singles
from oauth.pages.headers import page_headers
from oauth.pages.onward import HOME
from oauth.pages.templating import render
from oauth.pages.words import PageWords
from oauth.sealing.secrets import fresh_secret
from oauth.server.ports import Visitor, Visitors
from serving.html.assets import Assets
from serving.html.headers import page, see_other
from serving.html.look import look_of, remember
from serving.routes import Handler

LOGIN: Final = "/account/login"
ASSETS: Final = "/account/static"

_ROOMS: Final = (
    ("home", HOME),
    ("profile", "/account/profile"),
    ("services", "/account/services"),
    ("provisions", "/account/provisions"),
)

_ANSWERS: Final = frozenset({"said.html", "withdrawn.html"})
_DEFAULTS: Final[dict[str, object]] = {
    "home": HOME,
    "rooms": _ROOMS,
    "visitor": None,
    "room": "",
    "csrf": "",
    "errors": {},
    "typed": {},
    "told": "",
    "onward": None,
}

Own: TypeAlias = Callable[["Sight"], Awaitable[web.StreamResponse]]
"""A handler of somebody who is signed in."""


class Sight(msgspec.Struct, frozen=True):
    """A request of somebody who is signed in."""

    request: web.Request
    words: PageWords
    visitor: Visitor

    @property
    def account_id(self) -> str:
        """Whose."""
        return self.visitor.account.id


class Shell:
    """Draws pages and lets in who is signed in."""

    def __init__(self, *, visitors: Visitors, cookies: Cookies, ids: IdSource) -> None:
        self.cookies = cookies
        self._visitors = visitors
        self._ids = ids
        self.assets = Assets(
            prefix=ASSETS, packages=("serving.html", "oauth.pages"), headers=page_headers()
        )

    def own(self, handler: Own) -> Handler:
        """The handler behind the login: whoever is not signed in is sent there and back."""

        async def handle(request: web.Request) -> web.StreamResponse:
            visitor = await self._visitors.who(self.cookies.session(request))
            if visitor is not None:
                return await handler(Sight(request, words_of(request), visitor))
            where = request.path_qs if request.method in {"GET", "HEAD"} else HOME
            return see_other(f"{LOGIN}?{_query(next=where)}", page_headers())

        return handle

    async def own_form(
        self, sight: Sight, *, several: Collection[str] = ()
    ) -> Mapping[str, Sequence[str]]:
        """The form that a person sent from a page of theirs; see `read_guarded`.

        Raises:
            ForbiddenError: it comes from elsewhere.
            BadRequestError: it cannot be read, or says something twice.
            TooLargeError: it is larger than 64 KiB.
        """
        secret = self.cookies.session(sight.request)
        return await read_guarded(sight.request, secret, several=several)

    async def visit_form(self, request: web.Request) -> Mapping[str, str]:
        """The form that somebody sent who is not signed in; as `own_form`."""
        return singles(await read_guarded(request, self.cookies.visit(request)))

    def show(
        self,
        sight: Sight,
        template: str,
        title: str,
        *,
        room: str = "",
        status: int = 200,
        **values: object,
    ) -> web.Response:
        """A page of somebody who is signed in."""
        token = csrf.token(self.cookies.session(sight.request))
        shown = {"visitor": sight.visitor, "room": room, "csrf": token, **values}
        return self._page(sight.request, template, title, shown, status=status)

    def show_visitor(
        self,
        request: web.Request,
        template: str,
        title: str,
        *,
        status: int = 200,
        form_origins: Sequence[str] = (),
        **values: object,
    ) -> web.Response:
        """A page of somebody who need not be signed in; its forms are guarded."""
        known = self.cookies.visit(request)
        secret = known or fresh_secret(self._ids)
        shown = {"csrf": csrf.token(secret), **values}
        response = self._page(
            request, template, title, shown, status=status, form_origins=form_origins
        )
        if not known:
            self.cookies.set_visit(response, secret)
        return response

    def bare(
        self,
        request: web.Request,
        template: str,
        title: str,
        *,
        status: int = 200,
        form_origins: Sequence[str] = (),
        **values: object,
    ) -> web.Response:
        """A page without forms, or with a token that it brings."""
        return self._page(
            request, template, title, values, status=status, form_origins=form_origins
        )

    def _page(
        self,
        request: web.Request,
        template: str,
        title: str,
        values: Mapping[str, object],
        *,
        status: int,
        form_origins: Sequence[str] = (),
    ) -> web.Response:
        html = render(
            template,
            **{
                **_DEFAULTS,
                "words": words_of(request),
                "look": look_of(request),
                "title": title,
                "page": template.removesuffix(".html"),
                "asset": self.assets.path,
                "here": _here(request, template, values.get("kept")),
                **values,
            },
        )
        response = page(html, page_headers(form_origins), status=status)
        remember(request, response)
        return response


def words_of(request: web.Request) -> PageWords:
    """The words of the language that the reader wants."""
    return PageWords(look_of(request).language)


def go(where: str, **query: str) -> web.Response:
    """303 to a page of ours."""
    return see_other(f"{where}?{_query(**query)}" if query else where, page_headers())


def _here(request: web.Request, template: str, kept: object) -> Callable[..., str] | None:
    """Links to the present page with other parameters; None where nothing stands at its address.

    A form that is shown again stands at its own address, and `kept` is what that needs of a query;
    what is said after a form stands nowhere.
    """
    if request.method not in {"GET", "HEAD"} and template in _ANSWERS:
        return None
    query = kept if isinstance(kept, Mapping) else request.query

    def link(**changes: str) -> str:
        return f"{request.path}?{_query(**{**query, **changes})}"

    return link


def _query(**query: str) -> str:
    return urlencode(query)

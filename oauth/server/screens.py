"""The pages that the authorization server needs: the port that `oauth.pages` implements."""

from typing import Protocol

from aiohttp import web

from oauth.model.texts import Language
from oauth.server.views import ConsentView, LoginAsk, Trouble


class Screens(Protocol):
    """Pages. The server adds the headers that no page of an authorization may lack.

    Those are `no-store`, `no-referrer`, `X-Frame-Options: DENY`, and a CSP where a page brings
    none; a page's own CSP says `frame-ancestors 'none'` and `form-action 'self'` with the origins
    of the view.
    """

    @property
    def template(self) -> str:
        """Version of the consent page's template; it goes into the consent record."""

    async def login(self, request: web.Request, ask: LoginAsk) -> web.Response:
        """200: the login page; its form posts to `/account/login` with `ask.next` as `next`."""

    async def consent(self, request: web.Request, view: ConsentView) -> web.Response:
        """200: the consent page; its form posts to `DECISION_PATH` with the fields of `views`."""

    async def trouble(
        self, request: web.Request, kind: Trouble, *, onward: str = ""
    ) -> web.Response:
        """A page that says what is wrong and echoes nothing, with the status of the kind.

        `onward` is where a link "back to the service" leads; empty: there is no such link.
        """

    def screen_sha256(self, view: ConsentView, language: Language) -> str:
        """SHA-256 in hexadecimal of the text of the consent page as `consent` renders it.

        The previews of the person's own values are not part of that text: the digest of a value
        that can be guessed is the value. Neither are the hidden fields, nor which switches are on.
        """

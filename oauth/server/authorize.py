"""The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2).

Order (identity page §3.4): client known, redirect URI exact, other parameters, login, scope within
the contract, consent page or reuse, redirect.
"""

from functools import partial

from aiohttp import web

from kernel.clock import Clock
from kernel.times import Instant
from oauth.browser import csrf
from oauth.browser.cookies import Cookies
from oauth.consent import is_minor_locked
from oauth.consents.desk import Consents
from oauth.server.addressing import Addressed, Addressing, see_other
from oauth.server.authorizing import Asked, Authorizing
from oauth.server.consent_page import ConsentPage, form_origins
from oauth.server.forms import read_form
from oauth.server.ports import Visitor, Visitors
from oauth.server.protocol.authorization import Prompt, parse
from oauth.server.protocol.errors import ErrorCode, OAuthError
from oauth.server.protocol.metadata import AUTHORIZE
from oauth.server.protocol.scopes import check_contracted
from oauth.server.screens import Screens
from oauth.server.views import LoginAsk, Trouble


class AuthorizeEndpoint:
    """Leads a person through login and consent, or reuses what was said before."""

    def __init__(
        self,
        *,
        addressing: Addressing,
        authorizing: Authorizing,
        page: ConsentPage,
        consents: Consents,
        visitors: Visitors,
        cookies: Cookies,
        screens: Screens,
        clock: Clock,
    ) -> None:
        self._addressing = addressing
        self._authorizing = authorizing
        self._page = page
        self._consents = consents
        self._visitors = visitors
        self._cookies = cookies
        self._screens = screens
        self._clock = clock

    async def get(self, request: web.Request) -> web.Response:
        """The request in the query."""
        query = request.rel_url.raw_query_string
        return await self._addressing.answer(request, query, partial(self._show, request))

    async def post(self, request: web.Request) -> web.Response:
        """The request in a form (OpenID Connect Core §3.1.2.1): read as if it were the query.

        A form from another site comes without the session's cookie; the GET that follows has it.
        """
        try:
            form = await read_form(request)
        except OAuthError:
            return await self._screens.trouble(request, Trouble.MALFORMED)
        return see_other(f"{AUTHORIZE}?{form.render()}")

    async def _show(self, request: web.Request, addressed: Addressed) -> web.Response:
        read = parse(addressed.parameters, addressed.target)
        asked = await self._authorizing.asked(read, addressed.client)
        secret = self._cookies.session(request)
        visitor = await self._visitors.who(secret) if secret else None
        needed = read.freshest_needed(self._clock.now())
        if visitor is None or visitor.session.authenticated_at < needed:
            return await self._login(request, asked, needed, again=visitor is not None)
        check_contracted(read.items, asked.contract)
        if is_minor_locked(visitor.account, self._clock.now()):
            return await self._refuse_minor(request, asked)
        return await self._consent(request, asked, visitor, needed)

    async def _login(
        self, request: web.Request, asked: Asked, needed: Instant, *, again: bool
    ) -> web.Response:
        if Prompt.NONE in asked.request.prompts:
            raise OAuthError(ErrorCode.LOGIN_REQUIRED)
        ask = LoginAsk(
            next=f"{AUTHORIZE}?{asked.request.onward(needed).render()}",
            service=asked.client.name,
            again=again,
            form_origins=form_origins(asked),
        )
        return await self._screens.login(request, ask)

    async def _refuse_minor(self, request: web.Request, asked: Asked) -> web.Response:
        """The person is told why, and goes back to the service with a plain refusal."""
        if Prompt.NONE in asked.request.prompts:
            raise OAuthError(ErrorCode.ACCESS_DENIED)
        onward = self._addressing.refusal(asked.request.target, ErrorCode.ACCESS_DENIED)
        return await self._screens.trouble(request, Trouble.MINOR, onward=onward)

    async def _consent(
        self, request: web.Request, asked: Asked, visitor: Visitor, needed: Instant
    ) -> web.Response:
        prompts = asked.request.prompts
        reused = await self._page.reusable(asked, visitor.account)
        if reused is not None and Prompt.CONSENT not in prompts:
            code = await self._authorizing.grant(asked, visitor, reused)
            return self._addressing.granted(asked.request.target, code)
        if Prompt.NONE in prompts:
            raise OAuthError(ErrorCode.CONSENT_REQUIRED)
        token = csrf.token(self._cookies.session(request))
        view = await self._page.view(asked, visitor, csrf=token, login_after=needed)
        shown = [row.item for row in view.rows]
        await self._consents.requested(visitor.account.id, asked.client, shown)
        return await self._screens.consent(request, view)

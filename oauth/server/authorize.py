"""The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2).

Order (identity page §3.4): client known, redirect URI exact, other parameters, login, scope within
the contract, consent page or reuse, redirect.
"""

from functools import partial

from aiohttp import web

from kernel.times import Instant
from oauth.browser import csrf
from oauth.server.addressing import Addressed, see_other
from oauth.server.authorizing import Asked
from oauth.server.consent_page import form_origins
from oauth.server.flow import Flow
from oauth.server.forms import read_form
from oauth.server.ports import Visitor
from oauth.server.protocol.authorization import Prompt
from oauth.server.protocol.errors import ErrorCode, OAuthError
from oauth.server.protocol.metadata import AUTHORIZE
from oauth.server.protocol.scopes import check_contracted
from oauth.server.views import LoginAsk, Trouble


class AuthorizeEndpoint:
    """Leads a person through login and consent, or reuses what was said before."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    async def get(self, request: web.Request) -> web.Response:
        """The request in the query."""
        query = request.rel_url.raw_query_string
        return await self._flow.addressing.answer(request, query, partial(self._show, request))

    async def post(self, request: web.Request) -> web.Response:
        """The request in a form (OpenID Connect Core §3.1.2.1): read as if it were the query.

        A form from another site comes without the session's cookie; the GET that follows has it.
        """
        try:
            form = await read_form(request)
        except OAuthError:
            return await self._flow.screens.trouble(request, Trouble.MALFORMED)
        return see_other(f"{AUTHORIZE}?{form.render()}")

    async def _show(self, request: web.Request, addressed: Addressed) -> web.Response:
        asked, needed = await self._flow.asked(addressed)
        visitor = await self._flow.visitor(self._flow.cookies.session(request))
        if visitor is None or visitor.session.authenticated_at < needed:
            return await self._login(request, asked, needed, again=visitor is not None)
        if not await self._flow.is_meant(asked, visitor):
            return await self._login_as_another(request, asked)
        check_contracted(asked.request.items, asked.contract)
        if self._flow.is_minor_locked(visitor.account):
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
        return await self._flow.screens.login(request, ask)

    async def _login_as_another(self, request: web.Request, asked: Asked) -> web.Response:
        """The person whom the service means may log in; if another does, the service is told."""
        if asked.request.login_after is not None:
            raise OAuthError(ErrorCode.LOGIN_REQUIRED)
        return await self._login(request, asked, self._flow.clock.now(), again=True)

    async def _refuse_minor(self, request: web.Request, asked: Asked) -> web.Response:
        """The person is told why, and goes back to the service with a plain refusal."""
        if Prompt.NONE in asked.request.prompts:
            raise OAuthError(ErrorCode.ACCESS_DENIED)
        onward = self._flow.addressing.refusal(asked.request.target, ErrorCode.ACCESS_DENIED)
        return await self._flow.screens.trouble(request, Trouble.MINOR, onward=onward)

    async def _consent(
        self, request: web.Request, asked: Asked, visitor: Visitor, needed: Instant
    ) -> web.Response:
        prompts = asked.request.prompts
        said = await self._flow.page.said(asked, visitor.account)
        if said.reusable is not None and Prompt.CONSENT not in prompts:
            code = await self._flow.authorizing.grant(asked, visitor, said.reusable)
            return self._flow.addressing.granted(asked.request.target, code)
        if Prompt.NONE in prompts:
            raise OAuthError(ErrorCode.CONSENT_REQUIRED)
        token = csrf.token(self._flow.cookies.session(request))
        view = await self._flow.page.view(asked, visitor, said, csrf=token, login_after=needed)
        shown = [row.item for row in view.rows]
        await self._flow.consents.requested(visitor.account.id, asked.client, shown)
        return await self._flow.screens.consent(request, view)

"""The answer of the consent page: POST `/oauth/authorize/decision`.

Nothing is believed because the page said it: session, form, request and choices are held against
what is true now. Where that has changed since the page was shown, the page is shown again.
"""

from collections.abc import Mapping
from functools import partial

from aiohttp import web

from kernel.errors import ConflictError, ForbiddenError, UnavailableError
from kernel.times import Instant
from oauth.browser import csrf
from oauth.model.consents import Shown
from oauth.server.addressing import Addressed, see_other
from oauth.server.asking.choices import (
    TamperedError,
    check_fields,
    choices_of,
    decision_of,
    language_of,
)
from oauth.server.authorizing import Asked
from oauth.server.flow import Flow
from oauth.server.forms import read_form
from oauth.server.ports import Visitor
from oauth.server.protocol.errors import ErrorCode, OAuthError
from oauth.server.protocol.metadata import AUTHORIZE
from oauth.server.protocol.scopes import check_contracted
from oauth.server.views import AUTHORIZATION, SCREEN, ConsentView, Decision, Trouble


class DecisionEndpoint:
    """Stores what a person decided, and sends the browser to the service."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    async def post(self, request: web.Request) -> web.Response:
        """Yes or no, from the person whose page it was."""
        try:
            sent = await read_form(request)
            form = sent.once()
            visitor = await self._visitor(request, form)
            check_fields(name for name, _ in sent.pairs)
        except (OAuthError, TamperedError):
            return await self._flow.screens.trouble(request, Trouble.MALFORMED)
        except ForbiddenError:
            return await self._flow.screens.trouble(request, Trouble.FORBIDDEN)
        except UnavailableError:
            return await self._flow.screens.trouble(request, Trouble.UNAVAILABLE)
        going = partial(self._decide, form, visitor)
        return await self._flow.addressing.answer(request, form.get(AUTHORIZATION, ""), going)

    async def _visitor(self, request: web.Request, form: Mapping[str, str]) -> Visitor:
        secret = self._flow.cookies.session(request)
        csrf.check(secret, form)
        visitor = await self._flow.visitor(secret)
        if visitor is None:
            raise ForbiddenError("Nobody is signed in")
        return visitor

    async def _decide(
        self, form: Mapping[str, str], visitor: Visitor, addressed: Addressed
    ) -> web.Response:
        asked, needed = await self._flow.asked(addressed)
        is_meant = await self._flow.is_meant(asked, visitor)
        if not is_meant or visitor.session.authenticated_at < needed:
            return _again(asked, needed)
        check_contracted(asked.request.items, asked.contract)
        if self._flow.is_minor_locked(visitor.account):
            raise OAuthError(ErrorCode.ACCESS_DENIED)
        # The view is compared, not shown: it needs no token for its form.
        said = await self._flow.page.said(asked, visitor.account)
        view = await self._flow.page.view(asked, visitor, said, csrf="", login_after=needed)
        if decision_of(form) is Decision.REFUSE:
            shown = [row.item for row in view.rows]
            await self._flow.consents.refuse(visitor.account.id, asked.client, shown)
            raise OAuthError(ErrorCode.ACCESS_DENIED)
        return await self._agree(form, visitor, asked, view) or _again(asked, needed)

    async def _agree(
        self, form: Mapping[str, str], visitor: Visitor, asked: Asked, view: ConsentView
    ) -> web.Response | None:
        """Give the consent and go; None where the person saw another page than this one."""
        language = language_of(form)
        screen = self._flow.screens.screen_sha256(view, language)
        if form.get(SCREEN) != screen:
            return None
        items = choices_of(form, view.rows)
        shown = Shown(language, view.terms, screen, self._flow.screens.template)
        account_id = visitor.account.id
        try:
            consent = await self._flow.consents.give(
                account_id, asked.client, asked.contract, items, shown
            )
        except ConflictError:
            return None
        code = await self._flow.authorizing.grant(asked, visitor, consent)
        return self._flow.addressing.granted(asked.request.target, code)


def _again(asked: Asked, login_after: Instant) -> web.Response:
    return see_other(f"{AUTHORIZE}?{asked.request.onward(login_after).render()}")

"""Signing in with an operator's token, and out."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from kernel.errors import UnauthenticatedError
from kernel.ids import IdSource
from oauth.browser.cookies import Cookie
from oauth.browser.onward import Onward
from oauth.sealing.secrets import fresh_secret
from oauth.staff.pages import HOME, SIGN_IN, see_other
from oauth.staff.staff import Call, Staff

ONWARD: Final = Onward(
    home=HOME,
    folders=frozenset({"/"}),
    never=frozenset({SIGN_IN, "/staff/sign-out", "/account", "/oauth"}),
)
"""The operator's pages, and the boards; what is a citizen's is none of theirs."""


class Signing:
    """The handlers of `/staff/sign-in` and `/staff/sign-out`."""

    def __init__(self, staff: Staff, ids: IdSource) -> None:
        self._staff = staff
        self._ids = ids

    async def home(self, request: web.Request) -> web.Response:  # noqa: ARG002 — the same for all
        """Where the pages begin."""
        return see_other(HOME)

    async def show(self, request: web.Request) -> web.Response:
        """The form; a visit's secret guards it against being sent from elsewhere."""
        return self._form(request, next_=request.query.get("next", ""))

    async def sign_in(self, request: web.Request) -> web.Response:
        """A session for the holder of the token; this browser's before it ends."""
        form = await self._staff.pages.form(request, self._staff.cookies.visit(request))
        next_ = form.get("next", "")
        try:
            secret = await self._staff.sessions.sign_in(form.get("token", ""))
        except UnauthenticatedError as error:
            return self._form(request, next_=next_, status=error.status)
        await self._staff.sessions.sign_out(self._staff.cookies.staff(request))
        response = see_other(ONWARD.safe(next_))
        self._staff.cookies.set_staff(response, secret)
        self._staff.cookies.clear(response, Cookie.VISIT)
        return response

    async def sign_out(self, call: Call) -> web.Response:
        """The end of the session."""
        await self._staff.sessions.sign_out(call.operator.secret)
        response = see_other(SIGN_IN)
        self._staff.cookies.clear(response, Cookie.STAFF)
        return response

    def _form(
        self, request: web.Request, *, next_: str, status: int = HTTPStatus.OK
    ) -> web.Response:
        secret = self._staff.cookies.visit(request) or fresh_secret(self._ids)
        response = self._staff.pages.page(
            request,
            None,
            "sign-in.html",
            {"next": ONWARD.safe(next_), "refused": status != HTTPStatus.OK},
            status=status,
            secret=secret,
        )
        self._staff.cookies.set_visit(response, secret)
        return response

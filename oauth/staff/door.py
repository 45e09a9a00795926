"""A door for staff's browsers: guarded boards open to whoever signed in at `/staff`."""

from dataclasses import replace
from typing import Final

from aiohttp import web

from kernel.permission import Principal, Scope
from oauth.browser.cookies import Cookies
from oauth.staff.sessions import StaffSessions
from serving.access import Authenticator

_LOOKING: Final = frozenset({Scope.BOARDS, Scope.CITY_FLOW, Scope.NGSI_READ})
"""What a cookie can stand for, of the rights that its token has: nothing that changes anything."""

_SAFE: Final = frozenset({"GET", "HEAD"})
"""RFC 9110 §9.2.1. A cookie comes along on its own, so it never authorises more than reading."""


class StaffDoor:
    """Reads the staff cookie where a safe request carries no token; asks `inner` otherwise.

    The pages below `/staff` do not rest on it: they check cookie and form themselves.
    """

    def __init__(self, inner: Authenticator, *, sessions: StaffSessions, cookies: Cookies) -> None:
        self._inner = inner
        self._sessions = sessions
        self._cookies = cookies

    async def authenticate(self, request: web.Request) -> Principal:
        """The holder of the staff session's token, confined to looking; else whom `inner` sees.

        Raises:
            UnauthenticatedError: as `inner` does; a dead cookie counts for none.
        """
        if _may_rest_on_cookie(request):
            operator = await self._sessions.who(self._cookies.staff(request))
            if operator is not None:
                principal = operator.token.principal()
                return replace(principal, scopes=principal.scopes & _LOOKING)
        return await self._inner.authenticate(request)


def _may_rest_on_cookie(request: web.Request) -> bool:
    headers = request.headers
    carries_token = "Authorization" in headers or "X-Auth-Token" in headers
    return request.method in _SAFE and not carries_token and "Cookie" in headers

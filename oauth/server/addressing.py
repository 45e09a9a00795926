"""Where the outcome of an authorization request goes: to a page of ours, or to the client."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from aiohttp import web

from kernel.errors import BadRequestError, ForbiddenError, UnavailableError
from oauth.model.companies import Client
from oauth.server.authorizing import Authorizing
from oauth.server.protocol import responses
from oauth.server.protocol.authorization import Target, is_registered, target_of
from oauth.server.protocol.errors import ErrorCode, OAuthError, UnaddressedError
from oauth.server.protocol.parameters import Parameters, parse
from oauth.server.screens import Screens
from oauth.server.views import Trouble

SEE_OTHER: Final = 303
"""Never 302, 307 or 308: what was posted here is not posted there (RFC 9700 §4.12)."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A request of a known client whose redirect URI is its own; nothing else of it is read."""

    parameters: Parameters
    target: Target
    client: Client


Going: TypeAlias = Callable[[Addressed], Awaitable[web.Response]]


class Addressing:
    """Finds out where to answer to, and answers there whatever goes wrong from then on."""

    def __init__(self, *, authorizing: Authorizing, screens: Screens, issuer: str) -> None:
        self._authorizing = authorizing
        self._screens = screens
        self._issuer = issuer

    async def answer(self, request: web.Request, text: str, going: Going) -> web.Response:
        """Read a request as a query string, and go on with it once it can be answered."""
        try:
            found = await self._find(text)
        except (OAuthError, UnaddressedError):
            found = Trouble.MALFORMED
        except UnavailableError:
            found = Trouble.UNAVAILABLE
        if isinstance(found, Trouble):
            return await self._screens.trouble(request, found)
        return await self._go(request, found, going)

    def granted(self, target: Target, code: str) -> web.Response:
        """Send the browser to the client, with a code."""
        return see_other(responses.granted(target.redirect_uri, code, target.state, self._issuer))

    def refusal(self, target: Target, code: ErrorCode) -> str:
        """The URL that tells the client of an error."""
        return self._refused(target, OAuthError(code))

    async def _find(self, text: str) -> Addressed | Trouble:
        parameters = parse(text)
        target = target_of(parameters)
        client = await self._authorizing.client(target.client_id)
        if client is None:
            return Trouble.UNKNOWN_CLIENT
        if not is_registered(target, client):
            return Trouble.REDIRECT_URI
        return Addressed(parameters, target, client)

    async def _go(self, request: web.Request, addressed: Addressed, going: Going) -> web.Response:
        try:
            return await going(addressed)
        except OAuthError as error:
            return see_other(self._refused(addressed.target, error))
        except UnavailableError:
            return see_other(self.refusal(addressed.target, ErrorCode.TEMPORARILY_UNAVAILABLE))
        except BadRequestError:
            return await self._screens.trouble(request, Trouble.MALFORMED)
        except ForbiddenError:
            return await self._screens.trouble(request, Trouble.FORBIDDEN)

    def _refused(self, target: Target, error: OAuthError) -> str:
        return responses.refused(target.redirect_uri, error, target.state, self._issuer)


def see_other(where: str) -> web.Response:
    """303 to exactly this URL."""
    return web.Response(status=SEE_OTHER, headers={"Location": where})

"""Tells who asks. Default deny: without credentials that are known there is no principal."""

from typing import Final

from aiohttp import web

from kernel.clock import Clock
from kernel.errors import UnauthenticatedError
from kernel.permission import Principal
from oauth.model.token import Secret, Token
from oauth.ports import TokenStore
from oauth.tokens.bearer import bearer

_REFUSAL: Final = "This needs a token: send it as 'Authorization: Bearer …'"
_REMEMBERED_S: Final = 1.0
_REMEMBERED_TOKENS: Final = 1_024


class TokenGuard:
    """Reads `Authorization: Bearer …`, or `X-Auth-Token` as FIWARE's clients send it.

    A token that was found is remembered for a second, so a revoked one is refused within a second
    on every node. Tokens in the query string are not read: they would end up in logs.
    """

    def __init__(self, *, store: TokenStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._remembered: dict[str, tuple[float, Token]] = {}

    async def authenticate(self, request: web.Request) -> Principal:
        """The holder of the request's token.

        Raises:
            UnauthenticatedError: no token, an unknown or an expired one; the answer is the same.
            BadRequestError: there is more than one `Authorization` header.
        """
        text = _token_of(request)
        token = await self._look_up(Secret(text).digest) if text else None
        if token is None or not token.is_live(self._clock.now()):
            raise UnauthenticatedError(_REFUSAL)
        return token.principal()

    async def _look_up(self, digest: str) -> Token | None:
        now_s = self._clock.monotonic()
        remembered = self._remembered.get(digest)
        if remembered is not None and now_s - remembered[0] < _REMEMBERED_S:
            return remembered[1]
        token = await self._store.by_digest(digest)
        if token is None:
            self._remembered.pop(digest, None)
            return None
        if len(self._remembered) >= _REMEMBERED_TOKENS:
            self._remembered.clear()
        self._remembered[digest] = (now_s, token)
        return token


class OpenDoor:
    """Lets everybody in as one fixed principal, and holders of a token as themselves.

    For `--open` and for the demo, both on loopback only.
    """

    def __init__(self, principal: Principal, guard: TokenGuard | None = None) -> None:
        self._principal = principal
        self._guard = guard

    async def authenticate(self, request: web.Request) -> Principal:
        """The token's holder if a token was sent, else the fixed principal.

        An `X-Auth-Token` may be meant for a proxy that is not there: Orion takes no notice of it,
        and so it is not refused where it is not ours.

        Raises:
            UnauthenticatedError: a bearer token was sent that is not known.
        """
        if self._guard is None or not _token_of(request):
            return self._principal
        try:
            return await self._guard.authenticate(request)
        except UnauthenticatedError:
            if bearer(request):
                raise
            return self._principal


def _token_of(request: web.Request) -> str:
    return bearer(request) or request.headers.get("X-Auth-Token", "")

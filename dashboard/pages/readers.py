"""Who looks: the rights that a page is drawn with."""

from aiohttp import web

from kernel.errors import UnauthenticatedError
from kernel.permission import ANYBODY, Principal, Scope
from serving.access import OPEN, PRINCIPAL, Access, Authenticator


class Readers:
    """Tells readers' rights. Public boards are open, and staff see them with their own rights."""

    def __init__(self, authenticator: Authenticator, *, public: bool) -> None:
        self._authenticator = authenticator
        self.public = public

    @property
    def access(self) -> Access:
        """What the routes of boards need."""
        return OPEN if self.public else Scope.BOARDS

    async def reader(self, request: web.Request) -> Principal:
        """Who asks; anybody on a public board, unless credentials say more."""
        principal = request[PRINCIPAL]
        if principal is not ANYBODY:
            return principal
        try:
            return await self._authenticator.authenticate(request)
        except UnauthenticatedError:
            return ANYBODY

    async def is_staff(self, request: web.Request) -> bool:
        """Whether real people flow may be shown."""
        return (await self.reader(request)).has(Scope.CITY_FLOW)

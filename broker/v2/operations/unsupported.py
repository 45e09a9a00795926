"""What NGSI-v2 has and we do not have yet (`declarations.UNSUPPORTED`)."""

from aiohttp import web

from broker.v2.door import Door
from kernel.errors import NotImplementedHereError


class Unsupported:
    """Operations that answer 501."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def refuse(self, request: web.Request) -> web.Response:
        """501: the standard has it, we declare that we do not."""
        self._door.call(request)
        raise NotImplementedHereError("Registrations are not implemented")

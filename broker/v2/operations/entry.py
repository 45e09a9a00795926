"""NGSI-v2 "Group API Entry Point"."""

from typing import Final

from aiohttp import web

from broker.v2.door import Door

_RESOURCES: Final = {
    "entities_url": "/v2/entities",
    "types_url": "/v2/types",
    "subscriptions_url": "/v2/subscriptions",
    "registrations_url": "/v2/registrations",
}


class EntryPoint:
    """`/v2`."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def get(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Retrieve API Resources"."""
        call = self._door.call(request)
        return self._door.replies.json(call.correlator, _RESOURCES)

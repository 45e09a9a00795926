"""Who may call a route. Nothing is open unless its declaration says so (decision D9)."""

from typing import Protocol

from aiohttp import web

from kernel.permission import Principal, Scope

PRINCIPAL: web.RequestKey[Principal] = web.RequestKey("principal", Principal)


class Open:
    """Anybody: health, version, discovery documents, login, pages made public by a setting."""


class DeviceKey:
    """The handler itself checks the device's key (the IoT Agents' paths carry it in the query)."""


class Authenticator(Protocol):
    """Tells who asks."""

    async def authenticate(self, request: web.Request) -> Principal:
        """The principal of the request.

        Raises:
            UnauthenticatedError: no credentials, or none that are known. The answer is the same.
        """


Access = Open | DeviceKey | Scope
OPEN = Open()
DEVICE_KEY = DeviceKey()

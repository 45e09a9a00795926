"""Who may call a route. Nothing is open unless its declaration says so (decision D9)."""

from enum import StrEnum
from typing import Protocol

from aiohttp import web

from kernel.permission import Principal, Scope

PRINCIPAL: web.RequestKey[Principal] = web.RequestKey("principal", Principal)


class Open:
    """Anybody: health, version, discovery documents, login, pages made public by a setting."""


class Checked(StrEnum):
    """Routes whose handler checks a credential that is no token of ours for NGSI.

    The value is the name of the scheme in the OpenAPI document.
    """

    DEVICE_KEY = "device"  # the IoT Agents' paths carry it in the query
    CLIENT = "client"  # a member company's service, by its secret (RFC 6749 §2.3)
    COMPANY = "company"  # a company's access token (RFC 6750)
    SESSION = "session"  # a citizen's browser
    STAFF = "staff"  # the browser of somebody who holds an operator's token


class Authenticator(Protocol):
    """Tells who asks."""

    async def authenticate(self, request: web.Request) -> Principal:
        """The principal of the request.

        Raises:
            UnauthenticatedError: no credentials, or none that are known. The answer is the same.
        """


Access = Open | Checked | Scope
OPEN = Open()
DEVICE_KEY = Checked.DEVICE_KEY

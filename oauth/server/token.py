"""The token endpoint: POST `/oauth/token` (RFC 6749 §3.2)."""

from typing import assert_never

from aiohttp import web

from kernel.ids import IdSource
from oauth.model.companies import Client
from oauth.server.clients import Clients
from oauth.server.family_desk import FamilyDesk
from oauth.server.forms import read_form
from oauth.server.own_desk import OwnDesk
from oauth.server.protocol.token_request import Own, Redeem, Refresh, TokenRequest, parse


class TokenEndpoint:
    """Authenticates the client, reads the form, hands it to the desk that it is for."""

    def __init__(
        self, *, clients: Clients, families: FamilyDesk, own: OwnDesk, ids: IdSource
    ) -> None:
        self._clients = clients
        self._families = families
        self._own = own
        self._ids = ids

    async def post(self, request: web.Request) -> web.Response:
        """Tokens, or one of the errors of RFC 6749 §5.2."""
        form = await read_form(request)
        client = await self._clients.authenticate(request, form)
        request_id = self._ids.correlator()
        body = await self._answer(client, parse(form, client), request_id)
        headers = {"X-Request-Id": request_id, "Pragma": "no-cache"}
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def _answer(self, client: Client, ask: TokenRequest, request_id: str) -> bytes:
        match ask:
            case Redeem():
                return await self._families.redeem(client, ask, request_id)
            case Refresh():
                return await self._families.refresh(client, ask)
            case Own():
                return await self._own.issue(client, ask)
            case _:
                assert_never(ask)

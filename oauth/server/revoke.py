"""Token revocation: POST `/oauth/revoke` (RFC 7009). The consent stays."""

from typing import Final

from aiohttp import web
from msgspec.structs import replace

from kernel.clock import Clock
from kernel.errors import UnavailableError
from oauth.model.companies import Client
from oauth.model.kinds import ACCESS_TOKENS, GRANTS
from oauth.ports import Shelves
from oauth.sealing.secrets import digest_of
from oauth.server.clients import Clients
from oauth.server.forms import read_form
from oauth.server.machine_tokens import MachineTokens, owner_of
from oauth.server.protocol import families
from oauth.server.protocol.errors import ErrorCode, OAuthError, invalid_request

_ATTEMPTS: Final = 100


class RevokeEndpoint:
    """An access token ends alone; a refresh token, also one of the past, ends its family."""

    def __init__(
        self, *, vault: Shelves, clients: Clients, machines: MachineTokens, clock: Clock
    ) -> None:
        self._tokens = vault.shelf(ACCESS_TOKENS)
        self._grants = vault.shelf(GRANTS)
        self._clients = clients
        self._machines = machines
        self._clock = clock

    async def post(self, request: web.Request) -> web.Response:
        """200 once the token is dead, also for one that nobody knows (§2.2)."""
        form = await read_form(request)
        client = await self._clients.authenticate(request, form)
        text = form.once().get("token", "")
        if not text:
            raise invalid_request("The token is missing")
        if family := families.family_of(text):
            await self._revoke_family(client, family)
        else:
            await self._revoke_token(client, text)
        return web.Response()

    async def _revoke_family(self, client: Client, family: str) -> None:
        for _ in range(_ATTEMPTS):
            kept = await self._grants.get(family)
            if kept is None:
                return
            _check_owner(client, kept.value.client_id)
            ended = families.revoked(kept.value, self._clock.now())
            if ended == kept.value or await self._grants.swap(kept, ended):
                return
        raise UnavailableError("The grant changes too often to be revoked")

    async def _revoke_token(self, client: Client, text: str) -> None:
        machine = await self._machines.find(text)
        if machine is not None:
            _check_owner(client, owner_of(machine))
            await self._machines.revoke(machine)
        while (kept := await self._tokens.get(digest_of(text))) is not None:
            _check_owner(client, kept.value.client_id)
            if kept.value.revoked or await self._tokens.swap(
                kept, replace(kept.value, revoked=True)
            ):
                return


def _check_owner(client: Client, owner: str) -> None:
    """Another client's token lives on, and the client is told so (§2.1)."""
    if client.id != owner:
        raise OAuthError(ErrorCode.INVALID_GRANT, "The token was issued to another client")

"""Token introspection: POST `/oauth/introspect` (RFC 7662), for resource servers alone."""

from typing import Any, Final

from aiohttp import web

from kernel.clock import Clock
from kernel.times import SECOND_US
from oauth.consent import Facts, Reason, carried, standing
from oauth.model.companies import Client, ClientKind
from oauth.model.grants import AccessToken
from oauth.server.clients import Clients
from oauth.server.forms import read_form
from oauth.server.issuing import TOKEN_TYPE
from oauth.server.protocol.errors import ErrorCode, OAuthError, invalid_request
from oauth.server.protocol.scopes import render
from oauth.server.subjects import Subjects
from oauth.server.tokens import TokenReader
from serving.replies import json_reply

_INACTIVE: Final[dict[str, Any]] = {"active": False}


class IntrospectEndpoint:
    """Says what a token stands for now. Whatever ends reading ends a token."""

    def __init__(
        self, *, clients: Clients, tokens: TokenReader, subjects: Subjects, clock: Clock
    ) -> None:
        self._clients = clients
        self._tokens = tokens
        self._subjects = subjects
        self._clock = clock

    async def post(self, request: web.Request) -> web.Response:
        """§2.2; exactly `{"active": false}` for all that a resource server may not rely on."""
        form = await read_form(request)
        client = await self._clients.authenticate(request, form)
        if client.kind is not ClientKind.RESOURCE_SERVER:
            raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT)
        text = form.once().get("token", "")
        if not text:
            raise invalid_request("The token is missing")
        token = await self._tokens.read(text)
        return json_reply(_INACTIVE if token is None else await self._told(token))

    async def _told(self, token: AccessToken) -> dict[str, Any]:
        facts = await self._tokens.facts(token)
        scopes = carried(facts) if token.grant_id else token.scopes
        if facts.client is None or not self._stands(facts) or not scopes:
            return _INACTIVE
        said: dict[str, Any] = {
            "active": True,
            "scope": render(scopes),
            "client_id": token.client_id,
            "token_type": TOKEN_TYPE,
            "aud": token.audience,
            "iss": token.audience,
            "exp": token.expires_at // SECOND_US,
            "iat": token.issued_at // SECOND_US,
        }
        return said | await self._about(facts.client, token)

    async def _about(self, client: Client, token: AccessToken) -> dict[str, Any]:
        if not token.account_id:
            return {}
        return {"sub": await self._subjects.sub(client, token.account_id)}

    def _stands(self, facts: Facts) -> bool:
        """A company's own token is about nobody: what is true of a person is not asked of it."""
        reason = standing(facts, self._clock.now())
        return reason is None or (reason is Reason.SUBJECT and not facts.token.grant_id)

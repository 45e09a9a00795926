"""The HTTP surface of the token desk, for operators."""

import msgspec
from aiohttp import web

from kernel.errors import BadRequestError
from kernel.permission import Scope
from kernel.times import render_millis
from oauth.model.token import Token
from oauth.tokens.desk import LONGEST_TTL_S, TokenDesk, TokenRequest
from serving.app import Surface
from serving.replies import json_reply
from serving.routes import Route

_BODY = {
    "type": "object",
    "required": ["name", "scopes"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 64},
        "scopes": {"type": "array", "minItems": 1, "items": {"enum": [*Scope]}},
        "tenants": {"type": ["array", "null"], "items": {"type": "string"}},
        "types": {"type": ["array", "null"], "items": {"type": "string"}},
        "attributes": {"type": ["array", "null"], "items": {"type": "string"}},
        "service_paths": {"type": ["array", "null"], "items": {"type": "string"}},
        "ttl_s": {"type": "integer", "minimum": 0, "maximum": LONGEST_TTL_S},
    },
}


def surface(desk: TokenDesk) -> Surface:
    """`/v1/tokens`: issue, list, revoke."""

    async def issue(request: web.Request) -> web.Response:
        wanted = _decode(await request.read())
        secret = await desk.issue(wanted)
        shown = {"name": wanted.name, "token": secret.reveal()}
        return json_reply(shown, status=201, headers={"Cache-Control": "no-store"})

    async def show_all(_: web.Request) -> web.Response:
        return json_reply([_shown(token) for token in await desk.all()])

    async def revoke(request: web.Request) -> web.Response:
        await desk.revoke(request.match_info["name"])
        return web.Response(status=204)

    return Surface(
        [
            Route(
                "POST",
                "/v1/tokens",
                issue,
                Scope.OPERATOR,
                "Issue a token; its secret is shown this once",
                body=_BODY,
                answers={201: "The secret"},
            ),
            Route("GET", "/v1/tokens", show_all, Scope.OPERATOR, "List tokens, without secrets"),
            Route(
                "DELETE",
                "/v1/tokens/{name}",
                revoke,
                Scope.OPERATOR,
                "Revoke a token",
                answers={204: "Revoked", 404: "No token of this name"},
            ),
        ]
    )


def _decode(body: bytes) -> TokenRequest:
    try:
        return msgspec.json.decode(body, type=TokenRequest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadRequestError("A token request is an object with name and scopes") from None


def _shown(token: Token) -> dict[str, object]:
    return {
        "name": token.name,
        "scopes": sorted(token.scopes),
        "tenants": _listed(token.tenants),
        "types": _listed(token.types),
        "attributes": _listed(token.attributes),
        "servicePaths": _listed(token.service_paths),
        "createdAt": render_millis(token.created_at),
        "expiresAt": None if token.expires_at is None else render_millis(token.expires_at),
    }


def _listed(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)

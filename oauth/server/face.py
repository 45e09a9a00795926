"""How `/oauth` words what went wrong (identity page §3.7), and the headers of its answers."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from kernel.errors import (
    ForbiddenError,
    MethodNotAllowedError,
    NotFoundError,
    OdoriError,
    OurError,
    TooLargeError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from oauth.server.protocol.errors import DESCRIPTIONS, ErrorCode, OAuthError, status_of
from oauth.server.protocol.metadata import AUTHORIZE
from serving.cors import withhold
from serving.replies import json_reply

_CODES: Final[Mapping[type[OdoriError], ErrorCode]] = {
    UnauthenticatedError: ErrorCode.INVALID_TOKEN,
    ForbiddenError: ErrorCode.INSUFFICIENT_SCOPE,
    UnavailableError: ErrorCode.TEMPORARILY_UNAVAILABLE,
    OurError: ErrorCode.SERVER_ERROR,
}
"""The others are `invalid_request`, with the status of their kind."""

_KEEP_STATUS: Final = (TooLargeError, NotFoundError, MethodNotAllowedError, TooManyRequestsError)
_RETRY_AFTER_S: Final = 5

_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


class OAuthFace:
    """RFC 6749 §5.2, RFC 6750 §3."""

    prefix = "/oauth"

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:  # noqa: ARG002
        """`{"error": …, "error_description": …}` in fixed words."""
        code = _code_of(error)
        description = error.message if isinstance(error, OAuthError) else DESCRIPTIONS[code]
        kept = isinstance(error, _KEEP_STATUS)
        status = error.status if kept else status_of(code)
        return json_reply(
            {"error": code.value, "error_description": description},
            status=status,
            headers=_headers_of(error, code),
        )

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Nothing is cached unless it says so; the pages of an authorization are nobody else's."""
        headers = response.headers
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        if request.path.startswith(AUTHORIZE):
            headers["Cache-Control"] = "no-store"
            headers["Referrer-Policy"] = "no-referrer"
            headers["X-Frame-Options"] = "DENY"
            headers.setdefault("Content-Security-Policy", _POLICY)
            withhold(response)


def _code_of(error: OdoriError) -> ErrorCode:
    if isinstance(error, OAuthError):
        return error.code
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return code
    return ErrorCode.INVALID_REQUEST


def _headers_of(error: OdoriError, code: ErrorCode) -> dict[str, str]:
    match error:
        case OAuthError() if code is ErrorCode.INVALID_CLIENT:
            return {"WWW-Authenticate": 'Basic realm="odori", charset="UTF-8"'}
        case UnauthenticatedError() | ForbiddenError():
            return {"WWW-Authenticate": f'Bearer realm="odori", error="{code}"'}
        case MethodNotAllowedError():
            return {"Allow": ", ".join(error.allowed)}
        case TooManyRequestsError():
            return {"Retry-After": str(error.retry_after_s)}
        case UnavailableError():
            return {"Retry-After": str(_RETRY_AFTER_S)}
        case _:
            return {}

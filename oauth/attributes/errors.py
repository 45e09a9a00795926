"""The errors of resources in the words of RFC 6750 §3: a body, and `WWW-Authenticate`.

MissingTokenError 401 (no code in the header: §3.1)   UnauthenticatedError 401 invalid_token
BadRequestError   400 invalid_request                 ForbiddenError       403 insufficient_scope
NotFoundError     404 not_found                       TooManyRequestsError 429 with Retry-After
UnavailableError  503 temporarily_unavailable         OurError             500 server_error
"""

from typing import Final

from aiohttp import hdrs, web

from kernel.errors import (
    BadRequestError,
    CallerError,
    ForbiddenError,
    MethodNotAllowedError,
    NotFoundError,
    OdoriError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from oauth.release.errors import MissingTokenError
from serving.replies import json_reply

_CHALLENGE: Final = 'Bearer realm="odori"'
_RETRY_AFTER_S: Final = 1


class ResourceFace:
    """How resources answer when something is wrong. No answer may be kept by anybody."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:  # noqa: ARG002
        """`{"error": …, "error_description": …}`; the description is fixed text."""
        code = _code(error)
        body = {"error": code, "error_description": error.message}
        return json_reply(body, status=error.status, headers=_headers(error, code))

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG002
        """Personal data is stored nowhere on its way, and is no page whatever it looks like."""
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        response.headers[hdrs.X_CONTENT_TYPE_OPTIONS] = "nosniff"


def _code(error: OdoriError) -> str:
    match error:
        case UnauthenticatedError():
            return "invalid_token"
        case ForbiddenError():
            return "insufficient_scope"
        case NotFoundError():
            return "not_found"
        case TooManyRequestsError():
            return "too_many_requests"
        case UnavailableError():
            return "temporarily_unavailable"
        case CallerError():
            return "invalid_request"
        case _:
            return "server_error"


def _headers(error: OdoriError, code: str) -> dict[str, str]:
    match error:
        case MissingTokenError():
            return {hdrs.WWW_AUTHENTICATE: _CHALLENGE}
        case UnauthenticatedError() | ForbiddenError() | BadRequestError():
            told = f'{_CHALLENGE}, error="{code}", error_description="{error.message}"'
            return {hdrs.WWW_AUTHENTICATE: told}
        case TooManyRequestsError(retry_after_s=seconds):
            return {hdrs.RETRY_AFTER: str(seconds)}
        case UnavailableError():
            return {hdrs.RETRY_AFTER: str(_RETRY_AFTER_S)}
        case MethodNotAllowedError(allowed=allowed):
            return {hdrs.ALLOW: ", ".join(allowed)}
        case _:
            return {}

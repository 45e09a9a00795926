"""The NGSI-LD face: its errors and the headers of all its answers."""

from aiohttp import web

from broker.ld.door import TENANT_HEADER
from broker.ld.errors import PROBLEM_JSON, problem_of
from kernel.errors import MethodNotAllowedError, OdoriError, TooManyRequestsError
from kernel.json import render


class LdFace:
    """How the part of the URL space below `prefix` speaks; see `serving.face.Face`."""

    prefix = "/ngsi-ld"

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:  # noqa: ARG002
        """ProblemDetails of RFC 7807 with the types of §5.5.2."""
        headers: dict[str, str] = {}
        if isinstance(error, MethodNotAllowedError):
            headers["Allow"] = ", ".join(error.allowed)
        if isinstance(error, TooManyRequestsError):
            headers["Retry-After"] = str(error.retry_after_s)
        return web.Response(
            body=render(problem_of(error)),
            status=error.status,
            headers=headers,
            content_type=PROBLEM_JSON,
        )

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """The tenant that answered (§6.3.14)."""
        tenant = request.headers.get(TENANT_HEADER)
        if tenant:
            response.headers[TENANT_HEADER] = tenant

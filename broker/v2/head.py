"""What a request must be before it matters who serves it, in the order in which Orion looks.

Who breaks several rules is told the first of these; that a path leads nowhere, or a method is not
its own, is told to those who break none.
"""

from typing import Final

from aiohttp import web

from broker.v2.decode.names import has_forbidden
from broker.v2.media import (
    JSON,
    accepted,
    check_json,
    check_no_body,
    check_size,
    content_kind,
    missing_body,
)
from broker.v2.parameters import DEFAULTS, Parameters, read_parameters
from broker.v2.service import check_service_path
from kernel.errors import BadRequestError

_READING: Final = frozenset({"GET", "HEAD", "DELETE"})
_WRITING: Final = frozenset({"POST", "PUT", "PATCH"})
_ANYTHING: Final = (None, "*/*", JSON)


def read_head(request: web.Request, most_body_bytes: int) -> Parameters:
    """The parameters of a request, all else of whose first line and headers is as it must be.

    Raises:
        CallerError: with Orion's text for the first rule that is broken.
    """
    headers, method = request.headers, request.method
    has_body = request.body_exists
    if has_body:
        check_size(request.content_length or 0, most_body_bytes)
    if has_forbidden(request.path):
        raise BadRequestError("invalid character in URI")
    if path := headers.get("Fiware-ServicePath"):
        check_service_path(path, method)
    if has_body:
        content_kind(headers.get("Content-Type"))
    parameters = read_parameters(request.rel_url.query) if request.query_string else DEFAULTS
    accept = headers.get("Accept")
    if accept not in _ANYTHING:
        _check_accept(accept, request.path)
    if not has_body:
        _check_no_body(method, headers.get("Content-Type"))
    return parameters


def _check_accept(accept: str | None, path: str) -> None:
    """Values are text too, all else is JSON."""
    types = accepted(accept)
    if not path.removesuffix("/").endswith("/value"):
        check_json(types)


def _check_no_body(method: str, content_type: str | None) -> None:
    if method in _READING:
        check_no_body(content_type)
    elif method in _WRITING:
        raise missing_body()

"""Where a request of NGSI-v2 comes in: its circumstances, its parameters and its body."""

from typing import Any

import msgspec
from aiohttp import web

from broker.service.call import Call
from broker.v2.decode.document import limits_of, read_full_object, read_written
from broker.v2.decode.names import is_name
from broker.v2.media import JSON, accepted, check_body, check_json, check_no_body
from broker.v2.parameters import DEFAULTS, Parameters, read_parameters
from broker.v2.replies import REMARKS, Replies
from broker.v2.service import read_tenant
from kernel.errors import BadRequestError
from kernel.json import JsonValue, parse
from kernel.permission import ANYBODY
from serving.access import PRINCIPAL


class Limits(msgspec.Struct, frozen=True):
    """What the deployment decides.

    Attributes:
        multiservice: whether `Fiware-Service` counts (Orion's `-multiservice`).
        max_body_bytes: Orion's `-inReqPayloadMaxSize`.
    """

    multiservice: bool = False
    max_body_bytes: int = 1_048_576


class Door:
    """Reads what all operations of the API need of a request, and refuses what none accepts."""

    def __init__(self, replies: Replies, limits: Limits) -> None:
        self.replies = replies
        self._limits = limits
        self._json_limits = limits_of(limits.max_body_bytes)

    def call(self, request: web.Request) -> Call:
        """Who asks, in which tenant, at which service path.

        Raises:
            NotAcceptableError: the caller reads neither JSON nor text.
            BadRequestError: a body is announced where none can be, or the tenant's name is wrong.
        """
        headers = request.headers
        accept = headers.get("Accept")
        if accept is not None and accept not in ("*/*", JSON):
            types = accepted(accept)
            if not request.path.rstrip("/").endswith("/value"):
                check_json(types)
        if request.method in ("GET", "HEAD", "DELETE"):
            check_no_body(headers.get("Content-Type"))
        tenant = read_tenant(headers.get("Fiware-Service")) if self._limits.multiservice else ""
        call = Call(
            request.get(PRINCIPAL, ANYBODY),
            tenant,
            headers.get("Fiware-ServicePath", ""),
            self.replies.correlator(request),
        )
        request[REMARKS] = call.remarks
        return call

    def parameters(self, request: web.Request) -> Parameters:
        """The parameters of the query string."""
        return read_parameters(request.rel_url.query) if request.query_string else DEFAULTS

    def accepted(self, request: web.Request) -> tuple[str, ...]:
        """The media types that the caller accepts, best first."""
        return accepted(request.headers.get("Accept"))

    def part(self, request: web.Request, name: str) -> str:
        """The identifier that the path has under this name.

        Raises:
            BadRequestError: it holds a character that no identifier has.
        """
        return _checked(request.match_info[name])

    def entity_id(self, request: web.Request) -> str:
        """The entity id of the path."""
        return self.part(request, "entityId")

    def attribute_name(self, request: web.Request) -> str:
        """The attribute name of the path."""
        return self.part(request, "attrName")

    async def body(
        self, request: web.Request, allowed: tuple[str, ...] = (JSON,)
    ) -> tuple[str, bytes]:
        """The media type and the bytes of the body, which must be there."""
        kind = check_body(
            length=request.content_length,
            chunked=not request.content_length and _is_chunked(request),
            content_type=request.headers.get("Content-Type"),
            allowed=allowed,
            most=self._limits.max_body_bytes,
        )
        return kind, await request.read()

    async def document(self, request: web.Request) -> dict[str, Any]:
        """The JSON object of the body, which must say something."""
        _, body = await self.body(request)
        return read_full_object(body, self._json_limits)

    async def written(self, request: web.Request, *, may_be_empty: bool = False) -> dict[str, Any]:
        """The JSON object of a body that writes entities or attributes, each of them once."""
        _, body = await self.body(request)
        return read_written(body, self._json_limits, may_be_empty=may_be_empty)

    def parse(self, body: bytes) -> JsonValue:
        """Any JSON document."""
        return parse(body, self._json_limits)


def _is_chunked(request: web.Request) -> bool:
    return request.headers.get("Transfer-Encoding", "").lower() == "chunked"


def _checked(part: str) -> str:
    """A part of the path.

    Raises:
        BadRequestError: it holds a character that no identifier has.
    """
    if not is_name(part):
        raise BadRequestError("invalid character in URI")
    return part

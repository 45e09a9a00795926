"""Where a request of NGSI-v2 comes in: its circumstances, its parameters and its body."""

from typing import Any, Final

import msgspec
from aiohttp import web

from broker.service.call import Call
from broker.v2.decode.document import limits_of, read_full_object, read_written
from broker.v2.decode.names import is_name
from broker.v2.decode.repeats import check_value_repeats
from broker.v2.head import read_head
from broker.v2.media import JSON, accepted, content_kind
from broker.v2.parameters import DEFAULTS, Option, Parameters
from broker.v2.replies import REMARKS, Replies
from broker.v2.service import read_tenant
from kernel.errors import BadRequestError
from kernel.json import JsonValue, parse
from kernel.permission import ANYBODY
from serving.access import PRINCIPAL

_PARAMETERS: Final[web.RequestKey[Parameters]] = web.RequestKey("parameters", Parameters)


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
            CallerError: the first line or the headers break a rule of Orion's.
        """
        parameters = read_head(request, self._limits.max_body_bytes)
        if request.query_string:
            request[_PARAMETERS] = parameters
        headers = request.headers
        tenant = read_tenant(headers.get("Fiware-Service")) if self._limits.multiservice else ""
        call = Call(
            request.get(PRINCIPAL, ANYBODY),
            tenant,
            headers.get("Fiware-ServicePath", ""),
            self.replies.correlated(request),
        )
        request[REMARKS] = call.remarks
        return call

    def parameters(self, request: web.Request) -> Parameters:
        """The parameters of the query string, once `call` has read the request."""
        return request[_PARAMETERS] if request.query_string else DEFAULTS

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
        """The media type and the bytes of the body.

        Raises:
            UnsupportedMediaError: it is of a type that the operation does not read.
        """
        kind = content_kind(request.headers.get("Content-Type"), allowed)
        return kind, await request.read()

    async def document(self, request: web.Request) -> dict[str, Any]:
        """The JSON object of the body, which must say something."""
        _, body = await self.body(request)
        return read_full_object(body, self._json_limits)

    async def written(self, request: web.Request, *, may_be_empty: bool = False) -> dict[str, Any]:
        """The JSON object of a body that writes entities or attributes, each of them once."""
        _, body = await self.body(request)
        key_values = self.parameters(request).has(Option.KEY_VALUES)
        return read_written(
            body, self._json_limits, may_be_empty=may_be_empty, key_values=key_values
        )

    def parse(self, body: bytes) -> JsonValue:
        """Any JSON document that is a value."""
        value = parse(body, self._json_limits)
        check_value_repeats(body, value)
        return value


def _checked(part: str) -> str:
    """A part of the path.

    Raises:
        BadRequestError: it holds a character that no identifier has.
    """
    if not is_name(part):
        raise BadRequestError("invalid character in URI")
    return part

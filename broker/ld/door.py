"""Where a request of NGSI-LD comes in: tenant, context, media types and body (§6.3)."""

from typing import Any, Final

import msgspec
from aiohttp import web

from broker.ld.context import Context
from broker.ld.errors import InvalidRequestError, NoMultiTenantSupportError
from broker.ld.library import ContextLibrary
from broker.ld.links import context_url
from broker.service.call import Call
from kernel.errors import (
    BadRequestError,
    LengthRequiredError,
    NotAcceptableError,
    UnsupportedMediaError,
)
from kernel.json import JsonLimits, parse
from kernel.permission import ANYBODY
from serving.access import PRINCIPAL

JSON: Final = "application/json"
LD_JSON: Final = "application/ld+json"
GEO_JSON: Final = "application/geo+json"
MERGE_PATCH: Final = "application/merge-patch+json"
TENANT_HEADER: Final = "NGSILD-Tenant"
_LONGEST_TENANT: Final = 50


class Limits(msgspec.Struct, frozen=True):
    """What the deployment decides.

    Attributes:
        multitenant: whether `NGSILD-Tenant` counts.
        json: size and depth of bodies.
        max_batch: entities of one batch.
    """

    multitenant: bool = True
    json: JsonLimits = JsonLimits()
    max_batch: int = 1_000


class Door:
    """Reads what all operations of the API need of a request, and refuses what none accepts."""

    def __init__(self, library: ContextLibrary, limits: Limits) -> None:
        self.library = library
        self.limits = limits

    def call(self, request: web.Request) -> Call:
        """Who asks, and in which tenant.

        Raises:
            NoMultiTenantSupportError: a tenant is named where there is one only.
            InvalidRequestError: its name is malformed.
        """
        tenant = request.headers.get(TENANT_HEADER, "").lower()
        if tenant and not self.limits.multitenant:
            raise NoMultiTenantSupportError("This broker has one tenant only")
        if tenant and (len(tenant) > _LONGEST_TENANT or not tenant.replace("_", "a").isalnum()):
            raise InvalidRequestError(
                "A tenant's name has at most 50 letters, digits and underscores"
            )
        correlator = request.headers.get("Fiware-Correlator", "")
        return Call(request.get(PRINCIPAL, ANYBODY), tenant, "", correlator)

    def context(self, request: web.Request) -> Context:
        """The context of a request without one in its body: the Link header's, or the core."""
        header = ", ".join(request.headers.getall("Link", ()))
        return self.library.resolve(context_url(header) or None)

    async def document(self, request: web.Request) -> tuple[Any, Context]:
        """The JSON body, and the context that it is to be read with (§6.3.5).

        Raises:
            LengthRequiredError: there is no body.
            UnsupportedMediaError: the body is neither JSON nor JSON-LD.
            BadRequestError: the context stands where the media type does not want it.
        """
        media_type = _media_type(request)
        body = await request.read()
        if not body:
            raise LengthRequiredError("The operation needs a body")
        document = parse(body, self.limits.json)
        if media_type != LD_JSON:
            if isinstance(document, dict) and "@context" in document and media_type == JSON:
                raise BadRequestError(f"A body with @context is of the media type {LD_JSON}")
            return document, self.context(request)
        if context_url(", ".join(request.headers.getall("Link", ()))):
            raise BadRequestError("The @context stands in the body, not in a Link header")
        return document, self.embedded(document)

    def embedded(self, document: Any) -> Context:
        """The context that stands in a JSON-LD document; of an array each element has its own.

        Raises:
            BadRequestError: there is none.
        """
        if isinstance(document, list):
            return self.library.core
        if not isinstance(document, dict) or "@context" not in document:
            raise BadRequestError(f"A body of the media type {LD_JSON} has an @context")
        return self.library.resolve(document["@context"])


def _media_type(request: web.Request) -> str:
    media_type = request.content_type
    allowed = (JSON, LD_JSON, MERGE_PATCH) if request.method == "PATCH" else (JSON, LD_JSON)
    if "Content-Type" not in request.headers:
        return JSON
    if media_type not in allowed:
        raise UnsupportedMediaError(f"A body is of one of the media types {', '.join(allowed)}")
    return media_type


def accepted(request: web.Request, offered: tuple[str, ...] = (JSON, LD_JSON)) -> str:
    """The media type of the answer: of those offered, the one that the caller likes best.

    Raises:
        NotAcceptableError: the caller likes none.
    """
    header = request.headers.get("Accept", "")
    if not header:
        return offered[0]
    wishes = sorted((_wish(part) for part in header.split(",")), key=lambda wish: -wish[1])
    for media_range, quality in wishes:
        if quality > 0:
            for media_type in offered:
                if media_range in (media_type, "*/*", "application/*"):
                    return media_type
    raise NotAcceptableError(f"The answer is of one of the media types {', '.join(offered)}")


def _wish(part: str) -> tuple[str, float]:
    media_range, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return media_range.lower(), float(value)
            except ValueError:
                return media_range.lower(), 0.0
    return media_range.lower(), 1.0

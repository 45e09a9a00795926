"""Serves the contexts and schemas of our types where exports and other systems look for them."""

from aiohttp import web

from kernel.errors import NotFoundError
from sensors.models import contexts
from sensors.models.schema import schema_of
from sensors.models.table import models
from serving.access import OPEN
from serving.app import Surface
from serving.replies import json_reply
from serving.routes import Route

_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_CONTEXT_TYPE = "application/ld+json"


def surface() -> Surface:
    """`/ns/<context>.jsonld` and `/ns/schema/<Type>.json`; open, as a vocabulary has to be."""
    return Surface(
        routes=[
            *(_context_route(name) for name in contexts.names()),
            Route(
                "GET",
                "/ns/schema/{type}.json",
                show_schema,
                OPEN,
                "JSON Schema of an entity type in key-values form",
                answers={200: "The schema", 404: "The type is not one of ours"},
            ),
        ]
    )


async def show_schema(request: web.Request) -> web.Response:
    """The schema of the type that the path names."""
    model = models().get(request.match_info["type"])
    if model is None:
        raise NotFoundError("The type is not one of ours")
    return json_reply(schema_of(model))


def _context_route(name: str) -> Route:
    async def show(_: web.Request) -> web.Response:
        body = contexts.context(name)
        return web.Response(body=body, headers=_FOR_EVER, content_type=_CONTEXT_TYPE)

    return Route(
        "GET",
        f"/ns/{name}.jsonld",
        show,
        OPEN,
        f"JSON-LD context {name}; a published one never changes",
        clause="JSON-LD 1.1 §3.1",
    )

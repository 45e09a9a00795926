"""A route as a declaration: the router, the guard, OpenAPI and the house tests all read it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import web

from serving.access import Access

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

UNDECLARED: web.RequestKey[bool] = web.RequestKey("undeclared", bool)


def is_undeclared(request: web.Request) -> bool:
    """Whether no route is declared for the request's path and method."""
    return bool(request.get(UNDECLARED))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query string, for OpenAPI. `schema` is JSON Schema."""

    name: str
    text: str = ""
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the HTTP surface.

    Attributes:
        method: `GET`, `POST` …; GET answers HEAD too.
        path: in aiohttp's form, `/v2/entities/{id}`.
        access: `OPEN`, what the handler checks itself, or the scope that the caller needs.
        summary: one line, present tense.
        clause: of the standard, such as `NGSI-v2 "Create Entity"`.
        parameters: of the query string.
        body: JSON Schema of the body; None if there is none.
        consumes: media types of the body.
        answers: HTTP status → what it says.
        slash: whether the path is served with a slash at its end too, as Orion does.
        head: whether GET answers HEAD too; not where looking leaves a trace or spends something.
    """

    method: str
    path: str
    handler: Handler
    access: Access
    summary: str
    clause: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: dict[str, Any] | None = None
    consumes: tuple[str, ...] = ("application/json",)
    answers: dict[int, str] = field(default_factory=lambda: {200: "The answer"})
    slash: bool = False
    head: bool = True

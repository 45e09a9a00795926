"""OpenAPI 3.1 out of the declarations of routes: one source for the router, the guard and the page.

Nothing here knows an API. Which paths belong together, and which headers they share, is said by
`Family` values that the composition root hands in.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kernel.permission import Scope
from serving.access import Access, Checked, Open
from serving.routes import Parameter, Route

VERSION: Final = "3.1.0"
_VARIABLE: Final = re.compile(r"{(\w+)(?::[^{}]*(?:{[^{}]*}[^{}]*)*)?}")  # noqa: TID251 — ours
_SECURITY: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of `odori token create`; the roles are its scopes.",
    },
    "fiware": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Auth-Token",
        "description": "The same token, as clients of FIWARE send it.",
    },
    "device": {
        "type": "apiKey",
        "in": "query",
        "name": "k",
        "description": "The key of the device that `i` names.",
    },
    "client": {
        "type": "http",
        "scheme": "basic",
        "description": "A member company's service: client id and secret (RFC 6749 §2.3.1).",
    },
    "company": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token that `/oauth/token` issued (RFC 6750).",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-odori_session",
        "description": "A citizen's browser that is signed in.",
    },
    "staff": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-odori_staff",
        "description": "The browser of somebody who signed in with an operator's token.",
    },
}


@dataclass(frozen=True, slots=True)
class Family:
    """Paths that speak one API.

    Attributes:
        prefix: `/v2`; the longest that fits counts.
        name: its heading.
        text: what it is for, in a sentence.
        headers: that every operation of it understands.
        example: a command line that shows it, with `$ODORI` for the base URL.
    """

    prefix: str
    name: str
    text: str
    headers: tuple[Parameter, ...] = ()
    example: str = ""


@dataclass(frozen=True, slots=True)
class Title:
    """What the document is about."""

    name: str
    version: str
    text: str
    families: Sequence[Family] = field(default_factory=tuple)

    def family(self, path: str) -> Family | None:
        """The family of a path, by its longest prefix."""
        fitting = [one for one in self.families if _is_below(path, one.prefix)]
        return max(fitting, key=lambda one: len(one.prefix), default=None)


def document(routes: Sequence[Route], title: Title) -> dict[str, Any]:
    """The OpenAPI description of these routes, in their order."""
    paths: dict[str, dict[str, Any]] = {}
    schemas = _Schemas()
    for route in routes:
        path = template(route.path)
        operation = _operation(route, title.family(path), schemas)
        paths.setdefault(path, {})[route.method.lower()] = operation
    served = [one for one in title.families if any(_is_below(path, one.prefix) for path in paths)]
    return {
        "openapi": VERSION,
        "info": {"title": title.name, "version": title.version, "description": title.text},
        "tags": [{"name": one.name, "description": one.text} for one in served],
        "paths": paths,
        "components": {"securitySchemes": _SECURITY, "schemas": schemas.named},
    }


def template(path: str) -> str:
    """The path as OpenAPI writes it: variables without the patterns that the router needs."""
    return _VARIABLE.sub(r"{\1}", path)


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix.rstrip("/") + "/")


class _Schemas:
    """Definitions that bodies bring along, moved to where references from anywhere find them."""

    def __init__(self) -> None:
        self.named: dict[str, Any] = {}

    def adopt(self, schema: dict[str, Any]) -> Any:
        """The schema, with its definitions moved to the components.

        Raises:
            ValueError: two bodies define one name differently.
        """
        for name, definition in schema.get("$defs", {}).items():
            moved = _redirected(definition)
            if self.named.setdefault(name, moved) != moved:
                raise ValueError(f"Two schemas are called {name}")
        return _redirected({key: said for key, said in schema.items() if key != "$defs"})


def _redirected(value: Any) -> Any:
    match value:
        case {"$ref": str(target), **rest}:
            return {"$ref": target.replace("#/$defs/", "#/components/schemas/"), **rest}
        case dict():
            return {key: _redirected(said) for key, said in value.items()}
        case list():
            return [_redirected(one) for one in value]
        case _:
            return value


def _operation(route: Route, family: Family | None, schemas: _Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "security": _security(route.access),
    }
    if route.clause:
        operation["description"] = f"Standard: {route.clause}"
    if family is not None:
        operation["tags"] = [family.name]
    parameters = [*_variables(route.path), *_given(route.parameters, "query")]
    parameters += _given(family.headers if family is not None else (), "header")
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        schema = schemas.adopt(route.body)
        content = {media: {"schema": schema} for media in route.consumes}
        operation["requestBody"] = {"required": True, "content": content}
    operation["responses"] = _responses(route)
    return operation


def _operation_id(route: Route) -> str:
    """`get_v2_entities_entityId`: unique, because method and path are."""
    words = re.findall(r"\w+", template(route.path))
    return "_".join((route.method.lower(), *words))


def _security(access: Access) -> list[dict[str, list[str]]]:
    """Alternatives; none for what is open (OpenAPI 3.1 §4.8.30)."""
    match access:
        case Open():
            return []
        case Checked():
            return [{access.value: []}]
        case Scope():
            return [{"bearer": [access.value]}, {"fiware": [access.value]}]


def _variables(path: str) -> Iterator[dict[str, Any]]:
    for name in _VARIABLE.findall(path):
        schema = {"type": "string", "minLength": 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _given(parameters: Sequence[Parameter], place: str) -> Iterator[dict[str, Any]]:
    for one in parameters:
        said: dict[str, Any] = {"name": one.name, "in": place, "schema": one.schema}
        if one.text:
            said["description"] = one.text
        if one.required:
            said["required"] = True
        yield said


def _responses(route: Route) -> dict[str, Any]:
    said = {str(int(status)): {"description": text} for status, text in route.answers.items()}
    if isinstance(route.access, Scope):
        said.setdefault("401", {"description": "No token, or none that is known"})
        said.setdefault("403", {"description": f"The token lacks the scope {route.access}"})
    said["default"] = {"description": "What is wrong, in the words of the API"}
    return said

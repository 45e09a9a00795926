from typing import Any

import pytest
from aiohttp import web

from kernel.permission import Scope
from serving.access import DEVICE_KEY, OPEN, Access
from serving.openapi import Family, Title, document, template
from serving.routes import Parameter, Route


async def nothing(_: web.Request) -> web.Response:
    return web.Response()


def described(*routes: Route, families: tuple[Family, ...] = ()) -> dict[str, Any]:
    return document(routes, Title("T", "1", "About", families))


def route(path: str = "/a", access: Access = OPEN, **more: Any) -> Route:
    return Route("POST", path, nothing, access, "Does it", **more)


def operation(one: Route, families: tuple[Family, ...] = ()) -> dict[str, Any]:
    return next(iter(described(one, families=families)["paths"].values()))["post"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2", "/v2"),
        ("/v2/{id}", "/v2/{id}"),
        (r"/{id:[^/]+}/attrs/{rest:.*}", "/{id}/attrs/{rest}"),
        (r"/{code:\d{6}}.json", "/{code}.json"),
    ],
)
def test_patterns_of_the_router_are_left_out_of_paths(path: str, expected: str) -> None:
    assert template(path) == expected


def test_variables_of_the_path_are_required_parameters() -> None:
    assert operation(route("/{id}/x/{name:.*}"))["parameters"] == [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in ("id", "name")
    ]


def test_parameters_of_the_query_keep_their_schema() -> None:
    limit = Parameter("limit", "Most", {"type": "integer"}, required=True)
    assert operation(route(parameters=(limit,)))["parameters"] == [
        {
            "name": "limit",
            "in": "query",
            "schema": {"type": "integer"},
            "description": "Most",
            "required": True,
        }
    ]


@pytest.mark.parametrize(
    ("access", "security"),
    [
        (OPEN, []),
        (DEVICE_KEY, [{"device": []}]),
        (Scope.OPERATOR, [{"bearer": ["operator"]}, {"fiware": ["operator"]}]),
    ],
)
def test_each_kind_of_access_has_its_security(access: Access, security: list[Any]) -> None:
    assert operation(route(access=access))["security"] == security


def test_a_scope_brings_its_refusals() -> None:
    assert {"200", "401", "403"} <= set(operation(route(access=Scope.OPERATOR))["responses"])
    assert "401" not in operation(route())["responses"]


def test_a_body_is_described_for_each_media_type() -> None:
    body = operation(route(body={"type": "object"}, consumes=("a/b", "c/d")))["requestBody"]
    assert body["content"] == {
        "a/b": {"schema": {"type": "object"}},
        "c/d": {"schema": {"type": "object"}},
    }


def test_definitions_of_a_body_move_to_the_components() -> None:
    body = {
        "properties": {"list": {"items": {"$ref": "#/$defs/One"}}},
        "$defs": {"One": {"anyOf": [{"$ref": "#/$defs/Two"}]}, "Two": {"type": "null"}},
    }
    document = described(route(body=body))
    schema = document["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"properties": {"list": {"items": {"$ref": "#/components/schemas/One"}}}}
    assert document["components"]["schemas"] == {
        "One": {"anyOf": [{"$ref": "#/components/schemas/Two"}]},
        "Two": {"type": "null"},
    }


def test_two_definitions_of_one_name_are_refused() -> None:
    first = route("/a", body={"$defs": {"One": {"type": "null"}}})
    second = route("/b", body={"$defs": {"One": {"type": "string"}}})
    with pytest.raises(ValueError, match="One"):
        described(first, second)


def test_the_longest_prefix_names_the_family_and_brings_its_headers() -> None:
    families = (
        Family("/", "All", ""),
        Family("/iot", "Devices", ""),
        Family("/iot/devices", "Registry", "", (Parameter("Fiware-Service"),)),
    )
    registry = operation(route("/iot/devices/{id}"), families)
    assert registry["tags"] == ["Registry"]
    header = {"name": "Fiware-Service", "in": "header", "schema": {"type": "string"}}
    assert header in registry["parameters"]
    assert operation(route("/iot/json"), families)["tags"] == ["Devices"]
    assert operation(route("/iotx"), families)["tags"] == ["All"]

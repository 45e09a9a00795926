"""CORS as the manual of Orion tells it; answers to the letter are in `tests/golden/v2/protocol`."""

import pytest
from aiohttp.test_utils import make_mocked_request

from serving.cors import ANY, Cors
from serving.verbs import allow_order, in_order


@pytest.mark.parametrize(
    ("methods", "told"),
    [
        ({"POST", "GET", "HEAD"}, ["GET", "POST"]),
        ({"DELETE", "GET"}, ["GET", "DELETE"]),
        ({"PATCH", "PUT", "POST", "GET"}, ["GET", "PATCH", "POST", "PUT"]),
        ({"DELETE", "PUT", "GET"}, ["GET", "PUT", "DELETE"]),
        ({"PATCH", "DELETE", "GET"}, ["GET", "DELETE", "PATCH"]),
    ],
)
def test_methods_stand_in_the_order_of_orion(methods: set[str], told: list[str]) -> None:
    assert in_order(methods) == told


@pytest.mark.parametrize(
    ("methods", "told"),
    [
        ({"POST", "GET", "HEAD"}, ["POST", "GET"]),
        ({"POST", "GET", "OPTIONS"}, ["POST", "GET", "OPTIONS"]),
        ({"DELETE", "GET", "OPTIONS"}, ["GET", "DELETE", "OPTIONS"]),
        ({"PATCH", "PUT", "POST", "GET"}, ["GET", "PATCH", "POST", "PUT"]),
        ({"POST"}, ["POST"]),
    ],
)
def test_allow_has_an_order_of_its_own_for_lists(methods: set[str], told: list[str]) -> None:
    assert allow_order(methods) == told


@pytest.mark.parametrize(
    ("origin", "asked", "allowed"),
    [
        (ANY, "http://a.example", True),
        ("http://a.example", "http://a.example", True),
        ("http://a.example", "http://a.example.evil", False),
        ("http://a.example", "HTTP://A.EXAMPLE", False),
        (ANY, None, False),
    ],
)
def test_an_origin_is_allowed_if_it_is_the_one_or_any_may(
    origin: str, asked: str | None, allowed: bool
) -> None:
    headers = {} if asked is None else {"Origin": asked}
    request = make_mocked_request("GET", "/v2/entities", headers=headers)

    assert Cors(origin, 600).allows(request) is allowed


def test_no_origin_is_no_cors() -> None:
    assert Cors.of("", 600) is None

"""The query string, and the headers that say where and in what form."""

import asyncio
from contextlib import suppress

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.streams import StreamReader
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from broker.v2.head import read_head
from broker.v2.media import JSON, TEXT, accepted, check_size, content_kind, error_form
from broker.v2.parameters import DEFAULTS, Option, read_parameters
from broker.v2.service import is_at, one_path, read_tenant
from kernel.errors import (
    BadRequestError,
    LengthRequiredError,
    NotAcceptableError,
    TooLargeError,
    UnsupportedMediaError,
)

NAMES = st.sampled_from(
    ("id", "type", "idPattern", "q", "limit", "offset", "options", "attrs", "orderBy", "foo")
)


@given(st.dictionaries(NAMES | st.text(max_size=4), st.text(max_size=8), max_size=4))
def test_any_query_string_is_read_or_refused(query: dict[str, str]) -> None:
    with suppress(BadRequestError):
        assert read_parameters(query).limit >= 0


def test_what_an_error_quotes_is_escaped() -> None:
    with pytest.raises(BadRequestError, match="&lt;script&gt;"):
        read_parameters({"limit": "<script>"})


def test_nothing_said_is_the_defaults() -> None:
    assert read_parameters({}) is DEFAULTS
    assert (DEFAULTS.limit, DEFAULTS.offset) == (20, 0)


def test_options_are_a_set() -> None:
    assert read_parameters({"options": "count,keyValues"}).options == {
        Option.COUNT,
        Option.KEY_VALUES,
    }


@pytest.mark.parametrize(
    ("header", "types"),
    [
        (None, (JSON, TEXT)),
        ("*/*", (JSON, TEXT)),
        ("application/json", (JSON,)),
        ("text/*", (TEXT,)),
        ("text/plain;q=0.2, application/json;q=0.8", (JSON, TEXT)),
        ("application/json;q=0, text/plain", (TEXT,)),
        ("text/html;v=1, application/*", (JSON,)),
    ],
)
def test_the_best_media_type_comes_first(header: str | None, types: tuple[str, ...]) -> None:
    assert accepted(header) == types


@given(st.text(max_size=30))
def test_any_accept_header_is_read_or_refused(header: str) -> None:
    with suppress(BadRequestError, NotAcceptableError):
        assert set(accepted(header)) <= {JSON, TEXT}


def test_tenants_are_in_lower_case() -> None:
    assert read_tenant("City_1") == "city_1"
    assert read_tenant(None) == ""


@pytest.mark.parametrize(
    ("header", "path"),
    [("", ""), ("/#", ""), ("/a/b", "/a/b"), ("/a/", "/a"), ("/a/#", None), ("/a,/b", None)],
)
def test_a_look_up_by_id_knows_when_its_path_is_one(header: str, path: str | None) -> None:
    assert one_path(header) == path


@pytest.mark.parametrize(
    ("header", "path", "found"),
    [
        ("", "/a", True),
        ("/a", "/a", True),
        ("/a/", "/a", True),
        ("/a", "/a/", True),
        ("/", "/", True),
        ("/b", "/a", False),
        ("/#", "/a", False),
        ("/", "/a", False),
    ],
)
def test_what_was_made_at_a_path_is_found_at_no_other(header: str, path: str, found: bool) -> None:
    assert is_at(header, path) is found


def test_a_body_is_bounded_before_it_is_read() -> None:
    check_size(1_048_576, 1_048_576)
    with pytest.raises(TooLargeError, match="payload size: 1500000, max size supported: 1048576"):
        check_size(1_500_000, 1_048_576)


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "0"}])
def test_who_writes_sends_a_body(headers: dict[str, str]) -> None:
    request = make_mocked_request("POST", "/v2/entities", headers=headers)
    with pytest.raises(LengthRequiredError):
        read_head(request, 1)


async def test_a_body_in_chunks_has_no_length_and_is_one() -> None:
    loop = asyncio.get_running_loop()
    body = StreamReader(BaseProtocol(loop), 2**16, loop=loop)
    headers = {"Transfer-Encoding": "chunked", "Content-Type": TEXT}
    path = "/v2/entities/E/attrs/a/value"
    request = make_mocked_request("PUT", path, headers=headers, payload=body)
    assert read_head(request, 1) is DEFAULTS


def test_what_a_media_type_error_quotes_cannot_be_run() -> None:
    with pytest.raises(UnsupportedMediaError, match=r"text/&lt;script&gt;alert&#40;1&#41;"):
        content_kind("text/<script>alert(1)</script>")


@pytest.mark.parametrize(
    ("header", "form"),
    [
        (None, JSON),
        ("text/plain", TEXT),
        ("text/*;q=best, image/png", TEXT),
        ("text/plain, */*;q=0.1", JSON),
        ("image/png", JSON),
        ("", JSON),
    ],
)
def test_an_error_is_called_text_for_who_reads_nothing_else(header: str | None, form: str) -> None:
    assert error_form(header) == form

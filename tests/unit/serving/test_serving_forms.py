import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from kernel.errors import BadRequestError, TooLargeError
from serving.html.forms import MOST_BYTES, read_form

FORM = "application/x-www-form-urlencoded"


async def read(body: bytes, media_type: str = FORM) -> object:
    """What a handler gets, or the error that it is told."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await read_form(request))
        except (BadRequestError, TooLargeError) as error:
            return web.json_response(type(error).__name__)

    app = web.Application(client_max_size=10 * MOST_BYTES)
    app.router.add_post("/", handle)
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/", data=body, headers={"Content-Type": media_type})
        return await answer.json()


async def test_every_value_of_a_field_is_there_in_order() -> None:
    assert await read(b"a=1&b=&a=%E7%8B%B8+2") == {"a": ["1", "狸 2"], "b": [""]}


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"\xff\xfe", FORM),
        ("a=é".encode(), FORM),
        (b"a=%ff", FORM),
        (b"a=%ED%A0%80", FORM),
        (b"&".join([b"a=1"] * 201), FORM),
        (b"a=1", "multipart/form-data; boundary=a"),
        (b"{}", "application/json"),
    ],
)
async def test_what_cannot_be_read_is_a_bad_request(body: bytes, media_type: str) -> None:
    assert await read(body, media_type) == "BadRequestError"


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-7", "nonsense"])
async def test_a_charset_that_is_named_changes_nothing(charset: str) -> None:
    assert await read(b"a=%C3%A9", f"{FORM}; charset={charset}") == {"a": ["é"]}


async def test_what_is_larger_than_the_page_reads_is_too_large() -> None:
    assert await read(b"a=" + b"x" * MOST_BYTES) == "TooLargeError"

"""What comes in over a socket before it is a request."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from city.server import listening

REST = b" /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def _name(request: web.Request) -> web.Response:
    body = await request.read()
    return web.Response(text=f"{request.method} {request.path} {body.decode()}")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", _name)
    async with listening(app, "127.0.0.1", 0) as found:
        yield found


async def say(port: int, *parts: bytes) -> bytes:
    """What comes back; each part leaves on its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_method_of_nobodys_is_a_method(port: int) -> None:
    assert (await say(port, b"BADVERB" + REST)).endswith(b"BADVERB /a ")


async def test_it_may_have_a_body(port: int) -> None:
    head = b"BADVERB /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    assert (await say(port, head + b"abc")).endswith(b"BADVERB /a abc")


async def test_other_requests_may_follow_it(port: int) -> None:
    first = b"BADVERB /a HTTP/1.1\r\nHost: a\r\n\r\n"
    received = await say(port, first + b"GET" + REST)
    assert b"BADVERB /a " in received
    assert received.endswith(b"GET /a ")


@pytest.mark.parametrize("cut", range(1, 30))
async def test_a_request_may_come_in_two_parts(port: int, cut: int) -> None:
    whole = b"GET /some/thing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert (await say(port, whole[:cut], whole[cut:])).endswith(b"GET /some/thing ")


@pytest.mark.parametrize(
    "wrong", [b"BAD VERB", b"\x16\x03\x01", b"A" * 100, b"B@D", b"", b"GET /a HTTP/9"]
)
async def test_what_is_no_request_is_refused_without_repeating_it(port: int, wrong: bytes) -> None:
    received = await say(port, wrong + REST)
    assert received.partition(b"\r\n")[0] == b"HTTP/1.0 400 Bad Request"
    assert b"BAD VERB" not in received

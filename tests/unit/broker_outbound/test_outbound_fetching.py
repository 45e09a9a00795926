"""Asking other servers: whole answers, within limits, at permitted addresses."""

import pytest
from support.receivers import receiving, unused_port

from broker.outbound.fetching import TOO_LARGE, HttpFetcher
from broker.outbound.guard import EVERY_ADDRESS, AddressPolicy
from broker.outbound.sender import (
    COULD_NOT_CONNECT,
    MALFORMED_URL,
    NOT_ALLOWED,
    TIMED_OUT,
    DeliveryError,
)
from broker.ports import Outgoing

PATIENT_S = 5.0
ANYWHERE = HttpFetcher(EVERY_ADDRESS, most_bytes=100_000)


async def test_an_answer_comes_whole() -> None:
    async with receiving(status=200, answer=b"x" * 99_999) as server:
        asked = Outgoing(f"{server.url}/op", headers=(("X-Name", "a"),), body=b"{}")
        fetched = await ANYWHERE.fetch(asked, PATIENT_S)
        [received] = await server.arrived(1)
    assert (fetched.status, len(fetched.body)) == (200, 99_999)
    assert fetched.headers["content-LENGTH"] == "99999"
    assert [name for name, _ in received.headers] == ["Host", "X-Name", "Content-Length"]


async def test_an_answer_that_is_too_large_is_none() -> None:
    async with receiving(status=200, answer=b"x" * 100_001) as server:
        with pytest.raises(DeliveryError, match=TOO_LARGE):
            await ANYWHERE.fetch(Outgoing(server.url), PATIENT_S)


async def test_a_server_that_hangs_is_left() -> None:
    async with receiving(swallows=True) as server:
        with pytest.raises(DeliveryError, match=TIMED_OUT):
            await ANYWHERE.fetch(Outgoing(server.url), 0.05)


async def test_nobody_there_is_said_so() -> None:
    with pytest.raises(DeliveryError, match=COULD_NOT_CONNECT):
        await ANYWHERE.fetch(Outgoing(f"http://127.0.0.1:{unused_port()}/"), PATIENT_S)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254"])
async def test_addresses_that_are_not_allowed_are_not_called(host: str) -> None:
    guarded = HttpFetcher(AddressPolicy(), most_bytes=1_000)
    async with receiving(status=200) as server:
        with pytest.raises(DeliveryError, match=NOT_ALLOWED):
            await guarded.fetch(Outgoing(f"http://{host}:{server.port}/"), PATIENT_S)
        assert server.received == []


@pytest.mark.parametrize("url", ["http://", "http://h:port/", "nowhere"])
async def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(DeliveryError, match=MALFORMED_URL):
        await ANYWHERE.fetch(Outgoing(url), PATIENT_S)


async def test_a_line_break_in_a_header_is_not_sent() -> None:
    async with receiving(status=200) as server:
        with pytest.raises(DeliveryError, match="The request is malformed"):
            await ANYWHERE.fetch(Outgoing(server.url, headers=(("X", "a\nb"),)), PATIENT_S)
        assert server.received == []

import asyncio
import ipaddress

import pytest
from support.receivers import receiving, unused_port

from broker.outbound.guard import EVERY_ADDRESS, AddressPolicy
from broker.outbound.http import HttpSender
from broker.outbound.sender import BySchemeSender, DeliveryError
from broker.ports import Outgoing

HEADERS = (
    ("Fiware-Servicepath", "/"),
    ("Content-Length", "2"),
    ("User-Agent", "orion/4.7.0 libcurl/7.74.0"),
    ("Ngsiv2-Attrsformat", "normalized"),
    ("Host", "receiver:1028"),
    ("Accept", "application/json"),
    ("Content-Type", "application/json; charset=utf-8"),
    ("Fiware-Correlator", "c-1; cbnotif=1"),
)


async def test_the_headers_are_those_given_in_their_order_and_no_others() -> None:
    async with receiving() as receiver, HttpSender(EVERY_ADDRESS) as sender:
        await sender.send(Outgoing(f"{receiver.url}/a?b=c", headers=HEADERS, body=b"{}"), 1)

    (request,) = receiver.received
    assert request.request_line == "POST /a?b=c HTTP/1.1"
    assert request.headers == list(HEADERS)
    assert request.body == b"{}"


async def test_a_message_without_body_and_host_gets_what_http_needs() -> None:
    async with receiving() as receiver, HttpSender(EVERY_ADDRESS) as sender:
        await sender.send(Outgoing(receiver.url, method="GET"), 1)

    assert receiver.received[0].headers == [("Host", f"127.0.0.1:{receiver.port}")]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
async def test_custom_methods_are_used(method: str) -> None:
    async with receiving(status=200, answer=b"fine") as receiver, HttpSender(EVERY_ADDRESS) as one:
        receipt = await one.send(Outgoing(receiver.url, method=method, body=b"x"), 1)

    assert receiver.received[0].request_line.startswith(method)
    assert receipt.status == 200


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    async with receiving(status=302) as receiver, HttpSender(EVERY_ADDRESS) as sender:
        assert (await sender.send(Outgoing(receiver.url), 1)).status == 302


async def test_a_connection_closed_while_idle_is_replaced_without_a_failure() -> None:
    async with receiving() as receiver, HttpSender(EVERY_ADDRESS) as sender:
        await sender.send(Outgoing(receiver.url), 1)
        await receiver.stop()
        await receiver.start()

        assert (await sender.send(Outgoing(receiver.url), 1)).status == 204


async def test_a_long_answer_is_not_read_to_its_end() -> None:
    answer = b"x" * 5_000_000
    async with receiving(status=200, answer=answer) as receiver, HttpSender(EVERY_ADDRESS) as one:
        receipt = await one.send(Outgoing(receiver.url), 5)

    assert receipt.status == 200


async def refused(url: str, timeout_s: float = 5, policy: AddressPolicy = EVERY_ADDRESS) -> str:
    async with HttpSender(policy) as http:
        sender = BySchemeSender({"http": http})
        with pytest.raises(DeliveryError) as caught:
            await sender.send(Outgoing(url), timeout_s)
    return f"{caught.value.message}{', finally' if caught.value.is_final else ''}"


async def test_a_line_break_in_a_header_is_refused_for_good() -> None:
    async with receiving() as receiver, HttpSender(EVERY_ADDRESS) as sender:
        with pytest.raises(DeliveryError, match="malformed") as caught:
            await sender.send(Outgoing(receiver.url, headers=(("X-A", "1\r\nX-B: 2"),)), 1)

    assert caught.value.is_final
    assert receiver.received == []


async def test_failures_are_worded_like_curls() -> None:
    async with receiving(swallows=True) as hole:
        assert await refused(hole.url, 0.1) == "Timeout was reached"
    assert await refused(f"http://127.0.0.1:{unused_port()}") == "Could not connect to server"
    assert await refused("http://no-such-host.invalid/") == "Could not resolve hostname"
    assert await refused("kafka://x:1/") == "Unsupported protocol, finally"
    assert await refused("http://[::1/") == "URL using bad/illegal format or missing URL, finally"
    assert await refused("http://") == "URL using bad/illegal format or missing URL, finally"


async def test_a_receiver_that_hangs_up_without_an_answer_failed() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        reason = await refused(f"http://127.0.0.1:{port}/")

    assert reason == "Server returned nothing (no headers, no data)"


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "0x7f000001", "localhost", "[::1]"),
        *("[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254", "[fe80::1]", "224.0.0.1"),  # noqa: S104 — it is refused
    ],
)
async def test_addresses_of_this_machine_and_its_link_are_refused_however_written(
    host: str,
) -> None:
    port = unused_port()

    reason = await refused(f"http://{host}:{port}/", policy=AddressPolicy())

    assert reason == "The address is not allowed, finally"


@pytest.mark.parametrize("host", ["127.1", "2130706433"])
async def test_short_forms_of_addresses_are_no_urls(host: str) -> None:
    reason = await refused(f"http://{host}:{unused_port()}/", policy=AddressPolicy())

    assert reason == "URL using bad/illegal format or missing URL, finally"


async def test_loopback_can_be_allowed() -> None:
    async with receiving() as receiver, HttpSender(AddressPolicy(loopback=True)) as sender:
        assert (await sender.send(Outgoing(receiver.url), 1)).status == 204


@pytest.mark.parametrize(
    ("address", "policy", "is_permitted"),
    [
        ("8.8.8.8", AddressPolicy(), True),
        ("10.0.0.1", AddressPolicy(), True),
        ("10.0.0.1", AddressPolicy(private=False), False),
        ("fd00::1", AddressPolicy(private=False), False),
        ("169.254.1.1", AddressPolicy(link_local=True), True),
        ("169.254.1.1", AddressPolicy(loopback=True), False),
        ("::1", AddressPolicy(loopback=True), True),
        ("ff02::1", EVERY_ADDRESS, False),
    ],
)
def test_the_policy_names_kinds_of_addresses(
    address: str, policy: AddressPolicy, is_permitted: bool
) -> None:
    assert policy.permits(ipaddress.ip_address(address)) is is_permitted

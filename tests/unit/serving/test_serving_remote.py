from asyncio import Transport
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from serving.remote import Remote, read_networks

CLIENT, PROXY, OUTER = "203.0.113.9", "10.0.0.1", "198.51.100.1"


class From(Transport):
    """A connection that comes from an address."""

    def __init__(self, peer: str) -> None:
        super().__init__()
        self._peer = (peer, 5_000) if peer else None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._peer if name == "peername" else default


def request(peer: str, *forwarded: str) -> web.Request:
    headers = [("X-Forwarded-For", one) for one in forwarded]
    return make_mocked_request("GET", "/", headers=CIMultiDict(headers), transport=From(peer))


def test_without_proxies_a_header_has_no_effect() -> None:
    assert Remote().address(request(CLIENT, "192.0.2.1")) == CLIENT


def test_check_34_a_header_of_a_peer_that_is_not_trusted_has_no_effect() -> None:
    remote = Remote(read_networks(["10.0.0.0/8"]))
    assert remote.address(request(CLIENT, "192.0.2.1")) == CLIENT


def test_a_trusted_proxy_tells_who_asked_it() -> None:
    remote = Remote(read_networks(["10.0.0.0/8"]))
    assert remote.address(request(PROXY, CLIENT)) == CLIENT


def test_what_a_client_wrote_into_the_header_before_the_proxy_did_counts_for_nothing() -> None:
    remote = Remote(read_networks([PROXY]))
    assert remote.address(request(PROXY, f"192.0.2.1, 10.0.0.1, {CLIENT}")) == CLIENT
    assert remote.address(request(PROXY, "192.0.2.1", CLIENT)) == CLIENT


def test_proxies_in_a_row_are_passed_as_far_as_they_are_trusted() -> None:
    chain = request(PROXY, f"{CLIENT}, {OUTER}")
    assert Remote(read_networks([PROXY, OUTER])).address(chain) == CLIENT
    assert Remote(read_networks([PROXY])).address(chain) == OUTER


@pytest.mark.parametrize("text", ["", "unknown", "x, y", "999.1.1.1", "a" * 10_000, ",,,"])
def test_a_header_that_names_nobody_leaves_the_proxy(text: str) -> None:
    assert Remote(read_networks([PROXY])).address(request(PROXY, text)) == PROXY


def test_a_proxy_that_forwards_nothing_is_the_client_itself() -> None:
    assert Remote(read_networks([PROXY])).address(request(PROXY)) == PROXY


def test_ipv4_within_ipv6_is_ipv4() -> None:
    remote = Remote(read_networks([PROXY]))
    assert remote.address(request(f"::ffff:{PROXY}", CLIENT)) == CLIENT


def test_a_connection_without_address_has_none() -> None:
    assert Remote().address(request("")) == ""
    assert Remote().network(request("")) == ""


def test_failures_are_counted_by_household() -> None:
    assert Remote().network(request("2001:db8:1:2:3:4:5:6")) == "2001:db8:1:2::/64"
    assert Remote().network(request(CLIENT)) == CLIENT


def test_what_is_no_network_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="proxy"):
        read_networks(["proxy.example.jp"])
    assert len(read_networks([" 10.0.0.7/8 ", "::1"])) == 2

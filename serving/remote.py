"""Where a request comes from: the peer, or what a proxy that is trusted by name says of it."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from aiohttp import web

Network: TypeAlias = IPv4Network | IPv6Network
IpAddress: TypeAlias = IPv4Address | IPv6Address

_HEADER: Final = "X-Forwarded-For"
_LONGEST_CHAIN: Final = 32
_HOUSEHOLD_BITS: Final = 64  # what one IPv6 customer has: counting its addresses counts nothing


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks such as `10.0.0.0/8`.

    Raises:
        ValueError: one of them is neither.
    """
    return tuple(ip_network(text.strip(), strict=False) for text in texts)


class Remote:
    """Tells the network address of whoever asks.

    `X-Forwarded-For` is read from its end, as far as the proxies that wrote it are among `proxies`:
    the first address that is none of them is the client's. Without proxies the header has no
    effect, whoever sends it.
    """

    def __init__(self, proxies: Sequence[Network] = ()) -> None:
        self._proxies = tuple(proxies)

    def address(self, request: web.Request) -> str:
        """The client's address; "" where the connection has none (a Unix socket)."""
        client = _read(request.remote or "")
        for text in self._forwarded(request):
            if client is None or not self._is_proxy(client):
                break
            before = _read(text)
            if before is None:
                break  # whatever stands to the left was not written by somebody trusted
            client = before
        return "" if client is None else str(client)

    def network(self, request: web.Request) -> str:
        """What failures are counted by: an IPv4 address, or the /64 of an IPv6 address."""
        address = self.address(request)
        if ":" not in address:
            return address
        return str(ip_network((address, _HOUSEHOLD_BITS), strict=False))

    def _forwarded(self, request: web.Request) -> Sequence[str]:
        """What the header says, from the nearest hop to the farthest."""
        if not self._proxies:
            return ()
        hops = ",".join(request.headers.getall(_HEADER, [])).split(",")
        return hops[::-1][:_LONGEST_CHAIN]

    def _is_proxy(self, address: IpAddress) -> bool:
        return any(address in network for network in self._proxies)


def _read(text: str) -> IpAddress | None:
    """An address; IPv4 within IPv6 is IPv4, a zone is dropped."""
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address

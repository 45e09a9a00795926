"""Which addresses deliveries may reach: a subscription must not make us call our own house.

Server-side request forgery: whoever may subscribe chooses a URL that *we* call. Names are judged by
the addresses that they resolve to at the moment of connecting, so that a name which changes its
address later is caught too.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressNotAllowedError(OSError):
    """Every address of the host is refused by the policy."""


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Which kinds of addresses are allowed; public ones always are, multicast never.

    Attributes:
        loopback: this machine (`127.0.0.0/8`, `::1`, `0.0.0.0`).
        link_local: `169.254.0.0/16`, `fe80::/10`, where clouds keep their metadata service.
        private: the networks of RFC 1918 and RFC 4193.
    """

    loopback: bool = False
    link_local: bool = False
    private: bool = True

    def permits(self, address: IpAddress) -> bool:
        """Whether a delivery may go to the address."""
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            return self.permits(address.ipv4_mapped)
        if address.is_multicast:
            return False
        if address.is_loopback or address.is_unspecified:
            return self.loopback
        if address.is_link_local:
            return self.link_local
        return self.private or not address.is_private


EVERY_ADDRESS = AddressPolicy(loopback=True, link_local=True, private=True)


def literal_address(host: str) -> IpAddress | None:
    """The address that the host is written as; None if it is a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


async def resolve(policy: AddressPolicy, host: str, port: int) -> str:
    """The first address of a host that the policy permits.

    Raises:
        AddressNotAllowedError: it has none that is permitted.
        socket.gaierror: it has none at all.
    """
    found = await GuardedResolver(policy).resolve(host, port, socket.AF_UNSPEC)
    return found[0]["host"]


class GuardedResolver(AbstractResolver):
    """Resolves names to permitted addresses only. aiohttp asks it for every new connection."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The permitted addresses of the host.

        Raises:
            AddressNotAllowedError: it has none that is permitted.
            socket.gaierror: it has none at all.
        """
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, family=family
        )
        allowed = [
            ResolveResult(
                hostname=host,
                host=str(where[0]),
                port=int(where[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, where in found
            if self._allows(str(where[0]))
        ]
        if not allowed:
            raise AddressNotAllowedError("No address of the host is allowed")
        return allowed

    async def close(self) -> None:
        """Nothing is held."""

    def _allows(self, text: str) -> bool:
        address = literal_address(text)
        return address is not None and self._policy.permits(address)

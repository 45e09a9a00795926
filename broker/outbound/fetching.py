"""Asking another server and reading its whole answer: how context providers are called."""

from collections.abc import Mapping
from typing import Final, Protocol

import aiohttp
import msgspec
from multidict import CIMultiDict

from broker.outbound.guard import AddressPolicy
from broker.outbound.http import checked_url, failure_of, guarded_session
from broker.outbound.sender import DeliveryError
from broker.ports import Outgoing

TOO_LARGE: Final = "The answer is too large"
_MALFORMED_REQUEST: Final = "The request is malformed"
_CHUNK_BYTES: Final = 65_536


class Fetched(msgspec.Struct, frozen=True):
    """An answer: its status, its headers (names in any case) and all of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Fetcher(Protocol):
    """Asks a server."""

    async def fetch(self, outgoing: Outgoing, timeout_s: float) -> Fetched:
        """Send the request, once, and wait for the whole answer.

        Raises:
            DeliveryError: there was none within `timeout_s`, or it is too large.
        """


class HttpFetcher:
    """Each request has a connection of its own.

    A request that may have been heard is not to be repeated, and on a connection that was kept
    nobody can tell whether it was. (A session that closes its connections says so in a header.)
    """

    def __init__(self, policy: AddressPolicy, *, most_bytes: int) -> None:
        self._policy = policy
        self._most_bytes = most_bytes

    async def fetch(self, outgoing: Outgoing, timeout_s: float) -> Fetched:
        """See `Fetcher`. Redirections are not followed."""
        url = checked_url(self._policy, outgoing.url)
        try:
            async with (
                guarded_session(self._policy) as session,
                session.request(
                    outgoing.method,
                    url,
                    headers=CIMultiDict(outgoing.headers),
                    data=outgoing.body,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=timeout_s),
                ) as response,
            ):
                return Fetched(response.status, response.headers, await self._body(response))
        except DeliveryError:
            raise
        except (aiohttp.ClientError, OSError) as error:
            raise failure_of(error) from None
        except ValueError:  # a line break in a header
            raise DeliveryError(_MALFORMED_REQUEST, is_final=True) from None

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._most_bytes:
                raise DeliveryError(TOO_LARGE)
        return bytes(body)

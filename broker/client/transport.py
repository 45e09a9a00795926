"""The one place to swap the network: what carries requests to a broker."""

from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self

import aiohttp
import msgspec
from yarl import URL

from broker.client.errors import BrokerUnreachableError


class Request(msgspec.Struct, frozen=True):
    """A request. `path` begins with `/`; `params` are not yet encoded."""

    method: str
    path: str
    params: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes | None = None


class Reply(msgspec.Struct, frozen=True):
    """An answer. Header names are in small letters."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Transport(Protocol):
    """Carries one request."""

    async def send(self, request: Request) -> Reply:
        """The broker's answer, whatever its status.

        Raises:
            BrokerUnreachableError: there was none.
        """


class HttpTransport:
    """Real HTTP. An async context manager.

    Args:
        base_url: of the broker, with a path prefix if it has one.
        timeout_s: for one request with its answer.
    """

    def __init__(self, base_url: str, *, timeout_s: float = 30.0, connections: int = 64) -> None:
        self._base = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._connections = connections
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def send(self, request: Request) -> Reply:
        """See `Transport`."""
        assert self._http is not None, "used inside `async with`"  # noqa: S101
        # The path is encoded already, so that an id with a slash stays one segment.
        url = URL(self._base + request.path, encoded=True)
        try:
            async with self._http.request(
                request.method,
                url.update_query(request.params) if request.params else url,
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status, headers, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise BrokerUnreachableError("The broker does not answer") from None

"""Notifications over HTTP, with the headers that the face gave and no others."""

import contextlib
import socket
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from broker.outbound.guard import (
    AddressNotAllowedError,
    AddressPolicy,
    GuardedResolver,
    literal_address,
)
from broker.outbound.sender import (
    COULD_NOT_CONNECT,
    COULD_NOT_RESOLVE,
    MALFORMED_URL,
    NO_ANSWER,
    NOT_ALLOWED,
    TIMED_OUT,
    DeliveryError,
    Receipt,
)
from broker.ports import Outgoing

_READ_BYTES: Final = 65_536
_AUTOMATIC: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_BAD_CERTIFICATE: Final = "SSL peer certificate or SSH remote key was not OK"
_BAD_TLS: Final = "SSL connect error"
_BROKEN_ANSWER: Final = "Failure when receiving data from the peer"
_MALFORMED_REQUEST: Final = "The request is malformed"
_WEIRD_ANSWER: Final = "Weird server reply"


class _ExactRequest(aiohttp.ClientRequest):
    """A request whose headers are those that it was given, in their order and case.

    NGSI-v2 receivers and transcripts compare them. `Host` is put first where nobody gave it, since
    HTTP/1.1 needs it (RFC 9112 §3.2).
    """

    def update_headers(self, headers: Any) -> None:
        """Take the headers as they are."""
        given = CIMultiDict(headers or ())
        self.headers = CIMultiDict()
        if "Host" not in given:
            self.headers["Host"] = self.url.host_port_subcomponent or ""
        self.headers.extend(given)


class HttpSender:
    """Sends over pooled connections. An async context manager.

    The lanes bound how many there are: a pool with a limit would let dead receivers starve others.
    """

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = guarded_session(self._policy)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, outgoing: Outgoing, timeout_s: float) -> Receipt:
        """See `Sender`. A connection that the receiver closed while idle is replaced at once."""
        url = checked_url(self._policy, outgoing.url)
        with contextlib.suppress(aiohttp.ServerDisconnectedError, ConnectionResetError):
            return await self._try(outgoing, url, timeout_s)
        try:
            return await self._try(outgoing, url, timeout_s)
        except (aiohttp.ServerDisconnectedError, ConnectionResetError) as error:
            raise failure_of(error) from None

    async def _try(self, outgoing: Outgoing, url: URL, timeout_s: float) -> Receipt:
        try:
            return await self._exchange(outgoing, url, timeout_s)
        except (aiohttp.ServerDisconnectedError, ConnectionResetError):
            raise
        except (aiohttp.ClientError, OSError) as error:
            raise failure_of(error) from None
        except ValueError:  # a line break in a header, a method that is no word
            raise DeliveryError(_MALFORMED_REQUEST, is_final=True) from None

    async def _exchange(self, outgoing: Outgoing, url: URL, timeout_s: float) -> Receipt:
        assert self._session is not None, "used inside `async with`"  # noqa: S101
        async with self._session.request(
            outgoing.method,
            url,
            headers=_pairs(outgoing.headers),
            data=outgoing.body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=timeout_s),
        ) as response:
            # The answer is read, so that the connection can be used again; unless it is long.
            await response.content.read(_READ_BYTES)
            if not response.content.at_eof():
                response.close()
            return Receipt(response.status)


def guarded_session(policy: AddressPolicy) -> aiohttp.ClientSession:
    """A session that reaches permitted addresses only and sends the headers that it is given."""
    connector = aiohttp.TCPConnector(
        limit=0,
        resolver=GuardedResolver(policy),
        use_dns_cache=False,
    )
    return aiohttp.ClientSession(
        connector=connector,
        request_class=_ExactRequest,
        skip_auto_headers=_AUTOMATIC,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )


def checked_url(policy: AddressPolicy, text: str) -> URL:
    """The URL, as far as it can be judged before a connection is made.

    Raises:
        DeliveryError: it is none, or its address is not permitted.
    """
    try:
        url = URL(text)
    except ValueError:
        raise DeliveryError(MALFORMED_URL, is_final=True) from None
    if url.host is None:
        raise DeliveryError(MALFORMED_URL, is_final=True)
    address = literal_address(url.host)  # aiohttp asks no resolver about these
    if address is not None and not policy.permits(address):
        raise DeliveryError(NOT_ALLOWED, is_final=True)
    return url


def _pairs(headers: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
    return CIMultiDict(headers)


def failure_of(error: BaseException) -> DeliveryError:
    """The reason in curl's words: what scripts and operators of Orion look for."""
    match error:
        case TimeoutError():
            return DeliveryError(TIMED_OUT)
        case aiohttp.ClientConnectorCertificateError():
            return DeliveryError(_BAD_CERTIFICATE)
        case aiohttp.ClientConnectorSSLError():
            return DeliveryError(_BAD_TLS)
        case aiohttp.ClientConnectorError() as failed:
            return _connecting(failed.os_error)
        case aiohttp.InvalidURL():
            return DeliveryError(MALFORMED_URL, is_final=True)
        case aiohttp.ServerDisconnectedError():
            return DeliveryError(NO_ANSWER)
        case aiohttp.ClientPayloadError() | OSError():
            return DeliveryError(_BROKEN_ANSWER)
        case _:
            return DeliveryError(_WEIRD_ANSWER)


def _connecting(error: OSError) -> DeliveryError:
    match error:
        case AddressNotAllowedError():
            return DeliveryError(NOT_ALLOWED, is_final=True)
        case socket.gaierror():
            return DeliveryError(COULD_NOT_RESOLVE)
        case _:
            return DeliveryError(COULD_NOT_CONNECT)

"""Requests in the name of one tenant: credentials, repetition, and errors as types."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Protocol, Self

import msgspec
import orjson

from broker.client.errors import BrokerMalformedError, BrokerUnreachableError, answer_error
from broker.client.transport import Reply, Request, Transport
from broker.outbound.policy import BackOff

_LATER: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_LONGEST_WAIT_S: Final = 60.0
_JSON: Final = "application/json"


class TokenProvider(Protocol):
    """Where access tokens come from."""

    async def token(self, *, renew: bool) -> str:
        """A bearer token. `renew` says that the last one was refused."""


@dataclass(frozen=True, slots=True)
class FixedToken:
    """A token that never changes."""

    value: str

    async def token(self, *, renew: bool) -> str:  # noqa: ARG002 — there is no other
        """The token."""
        return self.value

    def __repr__(self) -> str:
        return "FixedToken(*****)"


class Session:
    """One tenant and service path at a broker.

    An answer 429 or 503 says that nothing was done, so every request is repeated after it; where
    no answer came, only requests that may be done twice are. Pauses grow, with jitter, unless the
    broker names one in `Retry-After`.

    Args:
        transport: carries requests.
        tenant, service_path: sent as headers if they are not empty.
        token: where bearer tokens come from; None sends none.
        attempts: how often a request is sent at most.
        chance, sleep: for the jitter of pauses, and for waiting.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        tenant: str = "",
        service_path: str = "",
        token: TokenProvider | None = None,
        attempts: int = 5,
        back_off: BackOff = BackOff(0.2, 10.0),  # noqa: B008 — frozen
        chance: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._transport = transport
        self.tenant = tenant
        self.service_path = service_path
        self._token = token
        self._attempts = attempts
        self._back_off = back_off
        self._chance = chance or random.Random()  # noqa: S311 — spreads repetitions, no secret
        self._sleep = sleep

    def scoped(self, *, tenant: str | None = None, service_path: str | None = None) -> Self:
        """The same broker and credentials for another tenant or service path."""
        return type(self)(
            self._transport,
            tenant=self.tenant if tenant is None else tenant,
            service_path=self.service_path if service_path is None else service_path,
            token=self._token,
            attempts=self._attempts,
            back_off=self._back_off,
            chance=self._chance,
            sleep=self._sleep,
        )

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        media_type: str = _JSON,
        is_repeatable: bool | None = None,
    ) -> Reply:
        """Send a request with a JSON body and return its good answer.

        Args:
            method: of HTTP.
            path: of the broker's API, encoded.
            params: of the query string, not yet encoded.
            headers: besides `Content-Type`.
            body: what becomes the JSON body; None sends none.
            media_type: of the body.
            is_repeatable: whether it may be done twice; by default what RFC 9110 §9.2.2 says.

        Raises:
            BrokerUnreachableError: no answer came.
            BrokerAnswerError: an answer from 400 on.
        """
        sent = dict(headers or {})
        if body is not None:
            sent["Content-Type"] = media_type
        data = None if body is None else orjson.dumps(body)
        request = Request(method, path, params or {}, sent, data)
        if is_repeatable is None:
            is_repeatable = method in ("GET", "HEAD", "PUT", "DELETE")
        reply = await self._repeat(request, is_repeatable=is_repeatable)
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise answer_error(reply.status, _parsed(reply))
        return reply

    async def _repeat(self, request: Request, *, is_repeatable: bool) -> Reply:
        for attempt in range(1, self._attempts):
            try:
                reply = await self._authorized(request)
            except BrokerUnreachableError:
                if not is_repeatable:
                    raise
                await self._sleep(self._back_off.pause_s(attempt, self._chance))
                continue
            if reply.status not in _LATER:
                return reply
            await self._sleep(self._pause_s(reply, attempt))
        return await self._authorized(request)

    def _pause_s(self, reply: Reply, attempt: int) -> float:
        text = reply.headers.get("retry-after", "")
        if text.isdecimal():
            return min(float(text), _LONGEST_WAIT_S)
        return self._back_off.pause_s(attempt, self._chance)

    async def _authorized(self, request: Request) -> Reply:
        if self._token is None:
            return await self._transport.send(request)
        reply = await self._transport.send(
            _with_token(request, await self._token.token(renew=False))
        )
        if reply.status != HTTPStatus.UNAUTHORIZED:
            return reply
        return await self._transport.send(_with_token(request, await self._token.token(renew=True)))


def _with_token(request: Request, token: str) -> Request:
    headers = {**request.headers, "Authorization": f"Bearer {token}"}
    return msgspec.structs.replace(request, headers=headers)


def _parsed(reply: Reply) -> object:
    try:
        return orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None


def json_of(reply: Reply) -> Any:
    """The JSON body of an answer.

    Raises:
        BrokerMalformedError: it is not JSON.
    """
    try:
        return orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        raise BrokerMalformedError("The broker's answer is not JSON") from None


def id_of(reply: Reply) -> str:
    """What was created: the last segment of `Location`.

    Raises:
        BrokerMalformedError: there is no `Location`.
    """
    location = reply.headers.get("location", "")
    identifier = location.partition("?")[0].rpartition("/")[2]
    if not identifier:
        raise BrokerMalformedError("The broker does not say what it created")
    return identifier


def total_of(reply: Reply, header: str) -> int:
    """A count that came in a header.

    Raises:
        BrokerMalformedError: it did not.
    """
    text = reply.headers.get(header, "")
    if not text.isdecimal():
        raise BrokerMalformedError("The broker does not say how many there are")
    return int(text)

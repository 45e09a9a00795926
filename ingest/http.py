"""The HTTP door: paths and parameters of the IoT Agents, answers of our own.

Every answer has one shape, whether measures were accepted or refused:
`{"accepted": 2, "refused": [{"index": 0, "rule": "range"}]}`. Nothing of the request is repeated.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from aiohttp import web

from ingest.intake import Intake, Verdict
from ingest.message import Dialect, RawMessage
from ingest.ports import Transport
from ingest.rules import Rule
from serving.access import DEVICE_KEY
from serving.replies import json_reply
from serving.routes import Parameter, Route

_STATUS: Final = {
    Rule.SENSOR: HTTPStatus.FORBIDDEN,
    Rule.POLICY_DOWNGRADE: HTTPStatus.FORBIDDEN,
    Rule.BYTES: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Rule.ENCODING: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Rule.RATE: HTTPStatus.TOO_MANY_REQUESTS,
    Rule.BUSY: HTTPStatus.TOO_MANY_REQUESTS,
    Rule.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Status of a request of which nothing was accepted, by its first rule; 400 for all others."""

_RETRY_AFTER: Final = {"Retry-After": "1"}
_RETRIED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})

_QUERY: Final = (
    Parameter("k", "API key of the service group", required=True),
    Parameter("i", "Device id", required=True),
    Parameter("t", "ISO 8601 time of measures that have none", {"format": "date-time"}),
)
_ANSWERS: Final = {
    200: "How many measures are durable, and which were refused by which rule",
    400: "No measure was accepted; the rule says why",
    403: "The sensor is unknown, not approved, expired or not announced",
    413: "The body is over the limit of the policy",
    415: "The body has a Content-Encoding",
    429: "Too many messages of this sensor, or too much waits",
    503: "The broker is away; send it again",
}


class HttpDoor:
    """Routes of the intake. Who sends is checked by key and device id in the query."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._max_bytes = intake.settings.limits.bytes

    def routes(self) -> Sequence[Route]:
        """The declarations for the application."""
        return (
            self._route("POST", "/iot/json", self.post_json, "Send measures as JSON"),
            self._route("POST", "/iot/json/attrs/{name}", self.post_json, "Send one value as JSON"),
            self._route("POST", "/iot/d", self.post_ultralight, "Send measures as UltraLight"),
            self._route(
                "POST", "/iot/d/attrs/{name}", self.post_ultralight, "Send one value as text"
            ),
            self._route(
                "GET",
                "/iot/d",
                self.get_ultralight,
                "Send measures as UltraLight in the query",
                (Parameter("d", "The measures", required=True),),
            ),
        )

    def _route(
        self,
        method: str,
        path: str,
        handler: object,
        summary: str,
        more: tuple[Parameter, ...] = (),
    ) -> Route:
        return Route(
            method=method,
            path=path,
            handler=handler,  # type: ignore[arg-type]
            access=DEVICE_KEY,
            summary=summary,
            clause="IoT Agent, HTTP transport",
            parameters=(*_QUERY, *more),
            answers=dict(_ANSWERS),
        )

    async def post_json(self, request: web.Request) -> web.Response:
        """An object, or an array of objects; with a name in the path, a bare value."""
        return await self._post(request, Dialect.JSON)

    async def post_ultralight(self, request: web.Request) -> web.Response:
        """`t|21.4|h|0.45#…`; with a name in the path, a bare value."""
        return await self._post(request, Dialect.ULTRALIGHT)

    async def get_ultralight(self, request: web.Request) -> web.Response:
        """UltraLight in `d`."""
        payload = request.query.get("d", "").encode(errors="surrogatepass")
        return await self._submit(request, Dialect.ULTRALIGHT, payload)

    async def _post(self, request: web.Request, dialect: Dialect) -> web.Response:
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return self._refuse(Rule.ENCODING)
        payload = await self._read(request)
        if payload is None:
            return self._refuse(Rule.BYTES)
        return await self._submit(request, dialect, payload)

    async def _read(self, request: web.Request) -> bytes | None:
        """The body; None as soon as it is over the limit."""
        if request.content_length is not None and request.content_length > self._max_bytes:
            return None
        payload = bytearray()
        while chunk := await request.content.readany():
            payload += chunk
            if len(payload) > self._max_bytes:
                return None
        return bytes(payload)

    async def _submit(self, request: web.Request, dialect: Dialect, payload: bytes) -> web.Response:
        message = RawMessage(
            payload,
            dialect,
            Transport.HTTP,
            name=request.match_info.get("name", ""),
            time=request.query.get("t", ""),
        )
        key, device = request.query.get("k", ""), request.query.get("i", "")
        return _reply(await self._intake.submit(key, device, message))

    def _refuse(self, rule: Rule) -> web.Response:
        """Turned away before anything was read."""
        self._intake.reject(Transport.HTTP, rule)
        return _reply(Verdict(0, ((0, rule),)))


def _reply(verdict: Verdict) -> web.Response:
    status = _status(verdict)
    refused = [{"index": index, "rule": rule.value} for index, rule in verdict.refused]
    return json_reply(
        {"accepted": verdict.accepted, "refused": refused},
        status=status,
        headers=_RETRY_AFTER if status in _RETRIED else None,
    )


def _status(verdict: Verdict) -> HTTPStatus:
    if verdict.is_away:
        return HTTPStatus.SERVICE_UNAVAILABLE
    if verdict.accepted or not verdict.refused:
        return HTTPStatus.OK
    return _STATUS.get(verdict.refused[0][1], HTTPStatus.BAD_REQUEST)

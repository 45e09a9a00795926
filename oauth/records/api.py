"""`POST /v1/records`: a company's service gives data back."""

from http import HTTPStatus
from typing import Any, Final

from aiohttp import hdrs, web

from kernel.errors import ForbiddenError, TooLargeError, UnauthenticatedError, UnsupportedMediaError
from oauth.records.cells import GIVEN_ITEMS
from oauth.records.forms import LIMITS, MOST_RECORDS, Fault, Refused, read_delivery
from oauth.records.service import Accepted, MemberRecords, Outcome
from oauth.records.standing import SCOPE
from oauth.release.ports import TokenSource
from oauth.tokens.bearer import bearer
from serving.access import Checked
from serving.app import Surface
from serving.replies import json_reply
from serving.routes import Route

_RECORD: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["sub", "dataset", "observedAt", "values"],
    "additionalProperties": False,
    "properties": {
        "sub": {"type": "string", "minLength": 1, "maxLength": 255},
        "dataset": {"type": "string", "pattern": "^[a-z][a-z0-9._-]{0,63}$"},
        "observedAt": {"type": "string", "format": "date-time"},
        "values": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {str(item): {} for item in GIVEN_ITEMS},
        },
    },
}
_BODY: Final[dict[str, Any]] = {
    "oneOf": [_RECORD, {"type": "array", "minItems": 1, "maxItems": MOST_RECORDS, "items": _RECORD}]
}
_KEPT_BY_NOBODY: Final[dict[str, str]] = {
    hdrs.CACHE_CONTROL: "no-store",
    hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
}
_SCHEME: Final = 'Bearer realm="odori"'
_STATUS: Final = {
    Accepted.STORED: HTTPStatus.CREATED,
    Accepted.UNCHANGED: HTTPStatus.OK,
    Fault.NO_CONSENT: HTTPStatus.NOT_FOUND,
    Fault.CONFLICT: HTTPStatus.CONFLICT,
}


def surface(records: MemberRecords, tokens: TokenSource) -> Surface:
    """The door of the member companies' services."""

    async def give(request: web.Request) -> web.Response:
        text = bearer(request)
        if not text:
            return _challenge(HTTPStatus.UNAUTHORIZED)
        token = await tokens.read(text)
        if token is None:
            return _challenge(HTTPStatus.UNAUTHORIZED, "invalid_token")
        delivery = read_delivery(await _body(request))
        try:
            outcomes = await records.give(token, delivery.records)
        except UnauthenticatedError:
            return _challenge(HTTPStatus.UNAUTHORIZED, "invalid_token")
        except ForbiddenError:
            return _challenge(HTTPStatus.FORBIDDEN, "insufficient_scope")
        if delivery.is_batch:
            return _answer([_worded(one) for one in outcomes])
        status = _STATUS.get(_kind(outcomes[0]), HTTPStatus.BAD_REQUEST)
        return _answer(_worded(outcomes[0]), status=status)

    return Surface(
        [
            Route(
                "POST",
                "/v1/records",
                give,
                Checked.COMPANY,
                "Give service data about people who agreed to it: one record or a batch",
                body=_BODY,
                answers={
                    200: "What became of each record of a batch, in order; or: it stood already",
                    201: "The record is kept",
                    400: "It is no record, or a value is wrong",
                    401: "No live token of a company's own",
                    403: f"No scope {SCOPE}, or contract or terms do not let it",
                    404: "Nobody by this ID agreed to it",
                    409: "Another record of this person, dataset and time stands",
                },
            )
        ]
    )


async def _body(request: web.Request) -> bytes:
    if request.content_type != "application/json":
        raise UnsupportedMediaError("Records come as application/json")
    if (request.content_length or 0) > LIMITS.max_bytes:
        raise TooLargeError(f"The body is larger than {LIMITS.max_bytes} bytes")
    return await request.read()


def _kind(outcome: Outcome) -> Accepted | Fault:
    return outcome.fault if isinstance(outcome, Refused) else outcome


def _worded(outcome: Outcome) -> dict[str, str | int]:
    """An item of ours may be named; a name that was sent is only counted."""
    if not isinstance(outcome, Refused):
        return {"outcome": outcome}
    worded: dict[str, str | int] = {"outcome": "refused", "reason": outcome.fault}
    if outcome.item:
        worded["item"] = outcome.item
    if outcome.unknown:
        worded["unknown"] = outcome.unknown
    return worded


def _answer(value: object, *, status: int = HTTPStatus.OK) -> web.Response:
    return json_reply(value, status=status, headers=_KEPT_BY_NOBODY)


def _challenge(status: int, error: str = "") -> web.Response:
    """RFC 6750 §3; who shows no token is told of no error (§3.1)."""
    answer = _answer({"error": error or "invalid_token"}, status=status)
    answer.headers[hdrs.WWW_AUTHENTICATE] = _SCHEME + (f', error="{error}"' if error else "")
    return answer

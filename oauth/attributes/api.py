"""`/v1/attributes`, `/v1/subjects` and `/oauth/userinfo`: what companies read."""

from typing import Final

from aiohttp import web

from kernel.errors import BadRequestError, TooLargeError
from kernel.ids import IdSource
from oauth.attributes.errors import ResourceFace
from oauth.attributes.query import MOST_SUBJECTS, USUAL_SUBJECTS, limit_of, question_of
from oauth.release.errors import MissingTokenError
from oauth.release.service import Release, ReleasedAnswer
from oauth.tokens.bearer import bearer
from serving.access import Checked
from serving.app import Surface
from serving.replies import json_reply
from serving.routes import Parameter, Route

REQUEST_ID: Final = "X-Request-Id"
_MOST_BYTES: Final = 65_536
_PATHS: Final = ("/v1/attributes", "/v1/subjects", "/oauth/userinfo")
_REFUSALS: Final = {
    400: "The query cannot be understood",
    401: "The token is missing or dead, or nothing is consented to any more",
    403: "The token does not cover it, or not so finely",
    503: "The record of the provision cannot be written: nothing is provided",
}
_READ: Final = {
    **_REFUSALS,
    200: "What is permitted; a record of it stands",
    404: "No consent of a person with this sub",
    429: "More often than the contract says",
}
_ITEMS: Final = Parameter("items", "Items, each with :granularity if it is to be coarser")
_SUB: Final = Parameter("sub", "Who, for a company's own token; else the person of the token")
_AFTER: Final = Parameter("after", "The last sub of the page before")
_LIMIT: Final = Parameter(
    "limit",
    "How many at most",
    {"type": "integer", "minimum": 1, "maximum": MOST_SUBJECTS, "default": USUAL_SUBJECTS},
)


class AttributeApi:
    """The handlers. Each answer carries the request id that stands in its record."""

    def __init__(self, *, release: Release, ids: IdSource) -> None:
        self._release = release
        self._ids = ids

    def surface(self) -> Surface:
        """Everything that companies read about people."""
        return Surface(self._routes(), [ResourceFace(path) for path in _PATHS])

    async def attributes(self, request: web.Request) -> web.Response:
        """The items of one person."""
        token, query = _token_of(request), _query_of(request)
        question, request_id = question_of(query), self._ids.correlator()
        if "sub" in query:
            answer = await self._release.subject(token, query["sub"], question, request_id)
        else:
            answer = await self._release.attributes(token, question, request_id)
        return _reply(answer, request_id)

    async def userinfo(self, request: web.Request) -> web.Response:
        """The same as claims. A form is not read: a token in it counts for nothing."""
        if (request.content_length or 0) > _MOST_BYTES:
            raise TooLargeError(f"The body is larger than {_MOST_BYTES} bytes")
        request_id = self._ids.correlator()
        return _reply(await self._release.userinfo(_token_of(request), request_id), request_id)

    async def subjects(self, request: web.Request) -> web.Response:
        """IDs, a page of them."""
        token, query = _token_of(request), _query_of(request)
        page = await self._release.subjects(token, query.get("after", ""), limit_of(query))
        onward = {"next": page.next} if page.next else {}
        return json_reply({"subjects": page.subs, **onward})

    def _routes(self) -> list[Route]:
        return [
            Route(
                "GET",
                "/v1/attributes",
                self.attributes,
                Checked.COMPANY,
                "Read what a person lets the service read",
                "RFC 6750 §2.1",
                parameters=(_ITEMS, _SUB),
                answers=_READ,
                head=False,
            ),
            Route(
                "GET",
                "/v1/subjects",
                self.subjects,
                Checked.COMPANY,
                "List the IDs of people whose consent to the service lives",
                "RFC 6750 §2.1",
                parameters=(_AFTER, _LIMIT),
                answers={**_REFUSALS, 200: "A page, and what the next one comes after"},
            ),
            *(
                Route(
                    method,
                    "/oauth/userinfo",
                    self.userinfo,
                    Checked.COMPANY,
                    "Read what a person lets the service read, as OpenID Connect claims",
                    "OpenID Connect Core §5.3",
                    answers=_READ,
                    head=False,
                )
                for method in ("GET", "POST")
            ),
        ]


def _token_of(request: web.Request) -> str:
    """The access token.

    Raises:
        MissingTokenError: there is none.
        BadRequestError: there are several.
    """
    text = bearer(request)
    if not text:
        raise MissingTokenError
    return text


def _query_of(request: web.Request) -> dict[str, str]:
    query = dict(request.query)
    if len(query) != len(request.query):
        raise BadRequestError("A parameter is repeated")
    return query


def _reply(answer: ReleasedAnswer, request_id: str) -> web.Response:
    """The very bytes that were recorded."""
    return web.Response(
        body=answer.body, content_type="application/json", headers={REQUEST_ID: request_id}
    )

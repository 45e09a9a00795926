import random
from collections.abc import Callable, Sequence

import orjson
import pytest

from broker.client import (
    BrokerAnswerError,
    BrokerBusyError,
    BrokerConflictError,
    BrokerForbiddenError,
    BrokerMissingError,
    BrokerTooLargeError,
    BrokerUnreachableError,
    LdClient,
    Reply,
    Request,
    Session,
    V2Client,
)
from broker.client.batches import BatchLimits, chunks
from broker.client.errors import BatchRefusedError
from broker.client.session import FixedToken
from broker.outbound.policy import BackOff


class Scripted:
    """A transport that answers by a script; None is no answer."""

    def __init__(self, script: Sequence[Reply | None] | Callable[[Request], Reply]) -> None:
        self._script = list(script) if not callable(script) else script
        self.sent: list[Request] = []

    async def send(self, request: Request) -> Reply:
        self.sent.append(request)
        reply = self._script(request) if callable(self._script) else self._script.pop(0)
        if reply is None:
            raise BrokerUnreachableError("The broker does not answer")
        return reply


class Naps:
    """A sleep that passes at once and remembers how long it would have taken."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


OK = Reply(200, {}, b"[]")
BUSY = Reply(503)


def session(transport: Scripted, naps: Naps | None = None, **rest: object) -> Session:
    return Session(
        transport,
        back_off=BackOff(1, 8, jitter=0),
        chance=random.Random(1),  # noqa: S311 — repeatable on purpose
        sleep=naps or Naps(),
        **rest,
    )


async def test_a_busy_broker_is_asked_again_after_growing_pauses() -> None:
    naps = Naps()
    transport = Scripted([BUSY, BUSY, BUSY, OK])

    await session(transport, naps).call("POST", "/x")

    assert naps.taken == [1, 2, 4]


async def test_the_broker_may_name_the_pause() -> None:
    naps = Naps()
    transport = Scripted([Reply(429, {"retry-after": "7"}), OK])

    await session(transport, naps).call("GET", "/x")

    assert naps.taken == [7]


async def test_without_an_answer_only_what_may_be_done_twice_is_repeated() -> None:
    repeatable = Scripted([None, None, OK])
    await session(repeatable).call("PUT", "/x")
    assert len(repeatable.sent) == 3

    once = Scripted([None, OK])
    with pytest.raises(BrokerUnreachableError):
        await session(once).call("POST", "/x")
    assert len(once.sent) == 1


async def test_patience_has_an_end() -> None:
    with pytest.raises(BrokerBusyError):
        await session(Scripted([BUSY] * 3), attempts=3).call("GET", "/x")
    with pytest.raises(BrokerUnreachableError):
        await session(Scripted([None] * 3), attempts=3).call("GET", "/x")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {}, BrokerForbiddenError),
        (403, {}, BrokerForbiddenError),
        (404, {"error": "NotFound", "description": "secret"}, BrokerMissingError),
        (409, {}, BrokerConflictError),
        (422, {"error": "Unprocessable", "description": "Already Exists"}, BrokerConflictError),
        (422, {"error": "PartialUpdate", "description": "secret"}, BrokerAnswerError),
        (413, {}, BrokerTooLargeError),
        (400, {"type": "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"}, BrokerAnswerError),
    ],
)
async def test_errors_have_types_and_quote_nothing(
    status: int, body: object, kind: type[BrokerAnswerError]
) -> None:
    with pytest.raises(kind) as caught:
        await session(Scripted([Reply(status, {}, orjson.dumps(body))])).call("GET", "/x")

    assert type(caught.value) is kind
    assert caught.value.code == status
    assert "secret" not in str(caught.value)


async def test_the_name_of_an_error_is_read_in_both_apis() -> None:
    v2 = Reply(400, {}, b'{"error":"BadRequest","description":"d"}')
    ld = Reply(400, {}, b'{"type":"https://uri.etsi.org/ngsi-ld/errors/InvalidRequest"}')
    names = []
    for reply in (v2, ld, Reply(500, {}, b"<html>")):
        with pytest.raises(BrokerAnswerError) as caught:
            await session(Scripted([reply])).call("GET", "/x")
        names.append(caught.value.name)

    assert names == ["BadRequest", "InvalidRequest", ""]


class Rotating:
    def __init__(self) -> None:
        self.generation = 1

    async def token(self, *, renew: bool) -> str:
        self.generation += renew
        return f"t{self.generation}"


async def test_a_refused_token_is_renewed_once() -> None:
    transport = Scripted([Reply(401), OK])

    await session(transport, token=Rotating()).call("GET", "/x")

    assert [one.headers["Authorization"] for one in transport.sent] == ["Bearer t1", "Bearer t2"]


def test_a_token_does_not_print() -> None:
    assert "secret" not in repr(FixedToken("secret"))


async def test_tenant_and_service_path_travel_as_each_api_wants_them() -> None:
    transport = Scripted([OK, OK])
    scoped = session(transport).scoped(tenant="city", service_path="/north")

    await V2Client(scoped).types()
    [one async for one in LdClient(scoped, context="https://c/x.jsonld").entities()]

    v2, ld = (request.headers for request in transport.sent)
    assert (v2["Fiware-Service"], v2["Fiware-ServicePath"]) == ("city", "/north")
    assert ld["NGSILD-Tenant"] == "city"
    assert ld["Link"].startswith("<https://c/x.jsonld>; rel=")


async def test_a_body_with_a_context_of_its_own_is_json_ld_without_a_link() -> None:
    transport = Scripted([Reply(201)])
    client = LdClient(session(transport), context="https://c/x.jsonld")

    await client.create({"id": "urn:x", "type": "T", "@context": "https://other/"})

    headers = transport.sent[0].headers
    assert headers["Content-Type"] == "application/ld+json"
    assert "Link" not in headers


async def test_names_in_paths_are_escaped() -> None:
    transport = Scripted([OK])

    await V2Client(session(transport)).attribute("a/b c", "x?y")

    assert transport.sent[0].path == "/v2/entities/a%2Fb%20c/attrs/x%3Fy"


async def test_a_batch_that_is_too_large_goes_in_halves() -> None:
    def answer(request: Request) -> Reply:
        return Reply(413 if len(orjson.loads(request.body)["entities"]) > 2 else 204)

    transport = Scripted(answer)
    entities = [{"id": str(n)} for n in range(7)]

    assert await V2Client(session(transport)).upsert(entities) == 7

    accepted = [
        one["id"]
        for request in transport.sent
        if len(batch := orjson.loads(request.body)["entities"]) <= 2
        for one in batch
    ]
    assert accepted == [str(n) for n in range(7)]


async def test_entities_that_a_batch_refused_are_named() -> None:
    body = {"success": ["a"], "errors": [{"entityId": "b", "error": {"title": "no"}}]}
    transport = Scripted([Reply(207, {}, orjson.dumps(body))])

    with pytest.raises(BatchRefusedError) as caught:
        await LdClient(session(transport)).upsert([{"id": "a"}, {"id": "b"}])

    assert caught.value.failures == [("b", {"title": "no"})]


def test_chunks_keep_the_order_and_the_limits() -> None:
    entities = [{"id": f"{n:03}"} for n in range(10)]
    by_count = list(chunks(entities, BatchLimits(most_entities=4)))
    by_bytes = list(chunks(entities, BatchLimits(most_bytes=3 * len(b'{"id":"000"},'))))

    assert [len(one) for one in by_count] == [4, 4, 2]
    assert [len(one) for one in by_bytes] == [3, 3, 3, 1]
    assert [one for chunk in by_bytes for one in chunk] == entities
    assert list(chunks([{"id": "x" * 99}], BatchLimits(most_bytes=10))) == [[{"id": "x" * 99}]]

"""Registrations and providers' answers: any JSON is read, or refused in words of ours."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.core.operators import operation_of
from broker.federation.asks import EntityPart, Origin, QueryAnswer, QueryAsk, UpdateAsk
from broker.federation.model import ForwardingMode, Selector
from broker.model.attribute import Attribute
from broker.outbound.fetching import Fetched
from broker.ports import Outgoing
from broker.service.registrations import Forwarded, Registered
from broker.v2.decode.registrations import decode_registration
from broker.v2.encode.registrations import encode_registration
from broker.v2.forwarding import V2Providers
from kernel.errors import BadRequestError, CallerError, PeerError
from kernel.times import Instant

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
TEXTS = st.sampled_from(("E1", "T", ".*", "[", "http://h/v2", "mailto:x", "all", "active", ""))


def some(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of these members, as they should be or not at all."""
    values = TEXTS | JSON | st.lists(TEXTS, max_size=2)
    return st.dictionaries(st.sampled_from(names), values, max_size=len(names))


DOCUMENTS = st.fixed_dictionaries(
    {
        "dataProvided": st.fixed_dictionaries(
            {"entities": st.lists(some("id", "idPattern", "type", "typePattern"), max_size=2)},
            optional={"attrs": st.lists(TEXTS) | JSON},
        )
        | JSON,
        "provider": st.fixed_dictionaries(
            {"http": some("url")},
            optional={"supportedForwardingMode": TEXTS | JSON, "legacyForwarding": JSON},
        )
        | JSON,
    },
    optional=dict.fromkeys(("description", "expires", "status"), TEXTS | JSON),
)


@given(DOCUMENTS | st.dictionaries(st.text(max_size=5), JSON))
def test_any_document_is_a_registration_or_refused(document: dict[str, Any]) -> None:
    try:
        draft = decode_registration(document, "/")
    except CallerError:
        return
    shown = encode_registration(Registered(draft, Forwarded()))
    assert decode_registration(orjson.loads(orjson.dumps(shown)), "/") == draft


@pytest.mark.parametrize(
    "url",
    [
        "http://h",
        "https://h:8080/a/b",
        "http://[::1]:1026/v2",
        "http://user:secret@h/v2",
    ],
)
def test_urls_to_which_a_path_can_be_added_are_read(url: str) -> None:
    assert decode_registration(_document(url), "/").url == url


@pytest.mark.parametrize(
    "url",
    [
        "h",
        "//h/v2",
        "http://",
        "ftp://h",
        "http://h:0/",
        "http://h:x/",
        "http://[::1/v2",
        "http://h/?a=1",
        "http://h/#a",
        "http://h/a b",
        "http://h/\r\nX: 1",
    ],
)
def test_other_urls_are_not(url: str) -> None:
    with pytest.raises(BadRequestError, match="/url/ field of /http/ is invalid"):
        decode_registration(_document(url), "/")


def _document(url: str) -> dict[str, Any]:
    return {
        "dataProvided": {"entities": [{"id": "E1"}]},
        "provider": {"http": {"url": url}, "supportedForwardingMode": "query"},
    }


def test_the_mode_and_the_path_are_kept() -> None:
    draft = decode_registration(_document("http://h"), "/park")
    assert (draft.mode, draft.service_path) == (ForwardingMode.QUERY, "/park")


# Providers' answers -------------------------------------------------------------------------------


class Answering:
    """A network where one answer waits for whoever asks."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._fetched = Fetched(status, headers or {}, body)
        self.asked: list[Outgoing] = []

    async def fetch(self, outgoing: Outgoing, timeout_s: float) -> Fetched:
        assert timeout_s == 5
        self.asked.append(outgoing)
        return self._fetched


async def answer(network: Answering, path: str = "", *, is_legacy: bool = False) -> QueryAnswer:
    providers = V2Providers(network, user_agent="odori", timeout_s=5)
    ask = QueryAsk("r", "http://h/v2", Selector("E1", type="T"), is_legacy=is_legacy)
    return await providers.query(ask, Origin("", path, "walk"), limit=7, offset=3)


@given(st.binary(max_size=30) | JSON.map(orjson.dumps) | st.lists(JSON).map(orjson.dumps))
async def test_any_answer_is_read_or_a_failure_of_the_provider(body: bytes) -> None:
    try:
        found = await answer(Answering(200, body))
    except PeerError:
        return
    assert all(one.id and one.types for one in found.entities)


MEMBERS = some("id", "type", "name", "value", "attributes", "metadatas")
ELEMENTS = st.fixed_dictionaries(
    {"id": TEXTS, "type": TEXTS},
    optional={"attributes": st.lists(st.fixed_dictionaries({"name": TEXTS, "type": TEXTS})) | JSON},
)
LEGACY = st.fixed_dictionaries(
    {
        "contextResponses": st.lists(
            st.fixed_dictionaries(
                {
                    "contextElement": ELEMENTS | MEMBERS | JSON,
                    "statusCode": st.just({"code": "200"}) | JSON,
                }
            )
            | JSON,
            max_size=2,
        )
    }
)


@given(st.binary(max_size=30) | JSON.map(orjson.dumps) | LEGACY.map(orjson.dumps))
async def test_any_answer_in_ngsiv1_is_read_or_a_failure_of_the_provider(body: bytes) -> None:
    try:
        found = await answer(Answering(200, body), is_legacy=True)
    except PeerError:
        return
    assert all(one.id and one.types for one in found.entities)


async def test_operators_are_told_in_ngsiv1_as_values() -> None:
    part = EntityPart("E1", "T", {"a": (Attribute(operation_of({"$inc": 1})),)})
    network = Answering(200, b'{"contextResponses":[]}')
    providers = V2Providers(network, user_agent="odori", timeout_s=5)
    ask = UpdateAsk("r", "http://h/v1", {0: part}, is_legacy=True)
    await providers.update(ask, Origin("", "", "walk"))
    [asked] = network.asked
    assert orjson.loads(asked.body or b"")["contextElements"][0]["attributes"] == [
        {"name": "a", "type": "", "value": {"$inc": 1}}
    ]


@pytest.mark.parametrize("status", [201, 204, 301, 400, 401, 403, 500, 503])
async def test_other_statuses_are_failures(status: int) -> None:
    with pytest.raises(PeerError, match=f"HTTP status {status}"):
        await answer(Answering(status, b"[]"))


@pytest.mark.parametrize(
    ("told", "total"),
    [("7", 7), ("0", 0), ("", 1), ("many", 1), ("-1", 1), ("9" * 30, 1), ("\u0661", 1)],
)
async def test_a_total_that_cannot_be_read_is_what_came(told: str, total: int) -> None:
    network = Answering(200, b'[{"id":"E1","type":"T"}]', {"Fiware-Total-Count": told})
    assert (await answer(network)).total == total


@pytest.mark.parametrize(
    ("sent", "path"), [("", "/"), ("/a", "/a"), ("/a/#", "/a"), ("/#", "/"), ("/a,/b", "/a")]
)
async def test_entities_of_others_are_where_they_were_asked_for(sent: str, path: str) -> None:
    network = Answering(200, b'[{"id":"E1"}]')
    [found] = (await answer(network, sent)).entities
    assert (found.service_path, found.types) == (path, ("Thing",))
    [asked] = network.asked
    assert asked.url == "http://h/v2/op/query?limit=7&offset=3&options=count"


async def test_what_is_written_is_forwarded_as_it_was_written() -> None:
    attributes = {
        "a": Attribute(21.5, unit_code="CEL", observed_at=Instant(1_000_000)),
        "b": Attribute(operation_of({"$inc": 1}), type="Number"),
        "c": Attribute(operation_of({"$set": {"x": 1}, "$unset": {"y": 1}})),
        "d": Attribute(None, metadata={"m": Attribute("x")}),
    }
    part = EntityPart("E1", "", {name: (one,) for name, one in attributes.items()})
    network = Answering(204, b"")
    providers = V2Providers(network, user_agent="odori", timeout_s=5)
    await providers.update(UpdateAsk("r", "http://h/v2", {0: part}), Origin("", "", "walk"))
    [asked] = network.asked
    assert orjson.loads(asked.body or b"") == {
        "actionType": "update",
        "entities": [
            {
                "id": "E1",
                "a": {
                    "type": "Number",
                    "value": 21.5,
                    "metadata": {
                        "unitCode": {"type": "Text", "value": "CEL"},
                        "observedAt": {"type": "DateTime", "value": "1970-01-01T00:00:01.000Z"},
                    },
                },
                "b": {"type": "Number", "value": {"$inc": 1}, "metadata": {}},
                "c": {"value": {"$set": {"x": 1}, "$unset": {"y": 1}}, "metadata": {}},
                "d": {
                    "type": "None",
                    "value": None,
                    "metadata": {"m": {"type": "Text", "value": "x"}},
                },
            }
        ],
    }

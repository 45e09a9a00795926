"""pain_08: a narrow token sees nothing outside it, by whichever route it asks (issue, section G).

A city holds data that a token shows among data with markers that it does not: other attributes of
the same entities, other types, service paths, tenants and subscriptions. The token's holder asks
every route of the description that its scopes open, in many ways. No marker may come back, and
whatever he asks about a hidden name must be answered as if there were no such thing: a phantom,
asked about in the same words, gets the same answer.
"""

import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from support.composed import AUTHORIZED, Composed, composed_city
from support.engines import ENGINES
from support.mongodb import drop_databases
from support.narrow_asks import (
    COUNTERS,
    ENTITY,
    LD,
    MARKERS,
    PHANTOM,
    REAL,
    SHOWN,
    VALUES,
    Ask,
    his_subscriptions,
    ld_reads,
    ld_writes,
    registering,
    registration,
    subscribing,
    v2_reads,
    v2_writes,
)
from support.receivers import Receiver, receiving

from kernel.permission import Scope

NGSI: Final = frozenset({Scope.NGSI_READ.value, Scope.NGSI_WRITE.value})
TENANT: Final = "green"

LIMITS: Final = {
    "name": "narrow",
    "scopes": sorted(NGSI),
    "tenants": [TENANT],
    "types": ["Air"],
    "attributes": ["temperature", "location", "note"],
    "service_paths": ["/parks/#", "/"],
}


# The city -----------------------------------------------------------------------------------------


@pytest.fixture(params=ENGINES)
async def running(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Composed]:
    settings: dict[str, Any] = {"multiservice": True, "delivery_private_receivers": True}
    if request.param == "sqlite":
        async with composed_city(tmp_path, **settings) as composed:
            yield composed
        return
    url, name = request.getfixturevalue("mongodb_url"), f"odori_{secrets.token_hex(6)}"
    settings |= {"mongodb_url": url, "mongodb_database": name}
    try:
        async with composed_city(tmp_path, **settings) as composed:
            yield composed
    finally:
        drop_databases(url, name)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@dataclass(frozen=True)
class Answer:
    """One answer, whole."""

    status: int
    headers: Mapping[str, str]
    text: str


class Holder:
    """Somebody with a token, in one tenant."""

    def __init__(self, running: Composed, authorized: Mapping[str, str]) -> None:
        self._client = running.client
        self._authorized = authorized

    async def ask(self, ask: Ask, names: Mapping[str, str] = REAL) -> Answer:
        url, body, headers = ask.words(names)
        tenant = "NGSILD-Tenant" if "/ngsi-ld/" in url else "Fiware-Service"
        media = {} if body is None else {"Content-Type": "application/json"}
        async with self._client.request(
            ask.method,
            url,
            data=body,
            headers={tenant: TENANT, **media, **headers, **self._authorized},
        ) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.text())


async def _narrow(running: Composed) -> Holder:
    async with running.client.post("/v1/tokens", json=LIMITS, headers=AUTHORIZED) as answer:
        assert answer.status == 201
        token = (await answer.json())["token"]
    return Holder(running, {"Authorization": f"Bearer {token}"})


def _city(running: Composed) -> Holder:
    return Holder(running, AUTHORIZED)


async def _plant(running: Composed, receiver: str) -> dict[str, str]:
    """Fill the city; returns the ids of its subscriptions by face."""
    city = _city(running)
    air = {
        "type": "Air",
        "temperature": {"value": 20},
        "note": {"value": "shown"},
        "@attr@": {
            "value": "marker-in-a-value",
            "metadata": {"@meta@": {"value": "marker-in-metadata"}},
        },
    }
    place = {"type": "geo:point", "value": "43.06, 141.35"}
    for number, entity in enumerate(SHOWN):
        # One has its only place hidden, one shows it, one has another that is hidden.
        places = ({"@attr@": place}, {"location": place}, {"location": place})[number]
        await _done(city, {"id": entity, **air, **places}, "/parks")
    marked = {**air, "note": {"value": "marker-in-a-value"}, "temperature": {"value": 987654321}}
    await _done(city, {"id": "@id@", **marked, "type": "@type@"}, "/parks")
    await _done(city, {"id": "@depot@", **marked}, "@path@")
    await _done(city, {"id": "@depot@", **marked}, "/parks", tenant="@tenant@")
    return {
        "/v2": await _subscribed(city, "/v2", _v2_subscription(receiver)),
        LD: await _subscribed(city, LD, _ld_subscription(receiver)),
    }


def _v2_subscription(receiver: str) -> dict[str, Any]:
    return {
        "description": "marker-in-a-subscription",
        "subject": {
            "entities": [{"idPattern": ".*", "type": "@type@"}],
            "condition": {"expression": {"q": "@attr@=='marker-in-a-subscription'"}},
        },
        "notification": {"http": {"url": f"{receiver}/marker-in-a-subscription"}},
    }


def _ld_subscription(receiver: str) -> dict[str, Any]:
    return {
        "type": "Subscription",
        "description": "marker-in-a-subscription",
        "entities": [{"type": "@type@"}],
        "notification": {"endpoint": {"uri": f"{receiver}/marker-in-a-subscription"}},
    }


async def _done(city: Holder, entity: Mapping[str, Any], path: str, tenant: str = TENANT) -> None:
    headers = {"Fiware-ServicePath": path, "Fiware-Service": tenant}
    answer = await city.ask(Ask("POST /v2/entities", "", "", entity, headers))
    assert answer.status == 201, answer.text


async def _subscribed(holder: Holder, face: str, body: Mapping[str, Any]) -> str:
    answer = await holder.ask(Ask(f"POST {face}/subscriptions", "", "", body))
    assert answer.status == 201, answer.text
    return answer.headers["Location"].rpartition("/")[2]


async def _hidden_data(running: Composed) -> list[str]:
    """Everything that the holder must not touch, as those see it who may; with its instants."""
    city = _city(running)
    told = "attrs=*,dateModified&metadata=*,dateModified&limit=100"
    asked = (
        Ask("GET /v2/entities", "", f"{told}&type=@type@"),
        Ask("GET /v2/entities", "", told, None, {"Fiware-ServicePath": "@path@/#"}),
        Ask("GET /v2/entities", "", told, None, {"Fiware-Service": "@tenant@"}),
        Ask("GET /v2/entities", "", "attrs=@attr@&metadata=*,dateModified&q=@attr@&limit=100"),
        *(
            Ask(f"GET {ENTITY}", f"/v2/entities/{entity}/attrs/@attr@", "lastN=100")
            for entity in SHOWN
        ),
    )
    answers = [await city.ask(ask) for ask in asked]
    assert all(answer.status == 200 for answer in answers)
    return [answer.text for answer in answers]


# The walk -----------------------------------------------------------------------------------------


async def _opened(running: Composed) -> set[str]:
    """The operations of the description that the holder's scopes open."""
    described = await (await running.client.get("/openapi.json")).json()
    return {
        f"{method.upper()} {path}"
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if any(NGSI & set(one.get("bearer", ())) for one in operation["security"])
    }


async def _walk(holder: Holder, asked: Sequence[Ask]) -> dict[str, set[int]]:
    """Ask everything; returns the statuses that each operation answered with."""
    statuses: dict[str, set[int]] = {}
    for ask in asked:
        answer = await holder.ask(ask)
        statuses.setdefault(ask.operation, set()).add(answer.status)
        assert answer.status < 500, ask
        said = f"{answer.text} {answer.headers}"
        for marker in MARKERS:
            # An error may repeat to somebody the name that he said himself.
            if marker not in str(ask.words(REAL)):
                assert marker not in said, (marker, ask)
        for value in VALUES:
            assert value not in answer.text or value in str(ask.words(REAL)), (value, ask)
        if ask.names_something_hidden:
            phantom = await holder.ask(ask, PHANTOM)
            assert (phantom.status, _renamed(phantom)) == (answer.status, _told(answer)), ask
    return statuses


def _told(answer: Answer) -> tuple[str, str | None, str | None]:
    headers = answer.headers
    return answer.text, headers.get("Fiware-Total-Count"), headers.get("NGSILD-Results-Count")


def _renamed(answer: Answer) -> tuple[str, str | None, str | None]:
    text, *counts = _told(answer)
    for mark, name in PHANTOM.items():
        text = text.replace(name, REAL[mark])
    return (text, *counts)


async def test_pain_08_no_question_brings_back_what_a_token_does_not_show(
    running: Composed,
) -> None:
    await _plant(running, "http://127.0.0.1:9")
    statuses = await _walk(await _narrow(running), [*v2_reads(), *ld_reads()])
    # It is about something: each of these operations does answer him.
    assert {name for name, said in statuses.items() if 200 not in said} == set()


async def test_pain_08_counts_and_types_are_of_what_is_shown(running: Composed) -> None:
    await _plant(running, "http://127.0.0.1:9")
    for holder, entities, types in (
        (await _narrow(running), 3, {"Air"}),
        (_city(running), 5, {"Air", "MarkedType"}),
    ):
        listed = await holder.ask(Ask("GET /v2/entities", "", "options=count&limit=1"))
        assert listed.headers["Fiware-Total-Count"] == str(entities)
        counted = await holder.ask(Ask(f"GET {LD}/entities", "", "local=true&count=true"))
        assert counted.headers["NGSILD-Results-Count"] == str(entities)
        found = json.loads((await holder.ask(Ask("GET /v2/types", "", "limit=100"))).text)
        assert {one["type"] for one in found} == types
        assert sum(one["count"] for one in found) == entities
    shown = json.loads(
        (
            await (await _narrow(running)).ask(Ask("GET /v2/types/{entityType}", "/v2/types/Air"))
        ).text
    )
    assert set(shown["attrs"]) == {"temperature", "location", "note"}


async def test_pain_08_no_write_tells_of_hidden_data_or_changes_them(running: Composed) -> None:
    kept = await _plant(running, "http://127.0.0.1:9")
    before = await _hidden_data(running)
    narrow = await _narrow(running)
    statuses = await _walk(narrow, [*v2_writes(), *ld_writes()])
    # Each refuses him something, and does something; but whole entities are not his to remove.
    assert all(said & {403, 207} for said in statuses.values()), statuses
    assert {name for name, said in statuses.items() if not said & {200, 201, 204}} == {
        f"DELETE {ENTITY}",
        f"DELETE {LD}/entities/{{entityId}}",
        f"POST {LD}/entityOperations/delete",
    }
    assert await _hidden_data(running) == before
    listed = await _walk(narrow, list(subscribing(kept)))
    assert {name: said for name, said in listed.items() if name.startswith("GET")} == {
        "GET /v2/subscriptions": {200},
        "GET /v2/subscriptions/{subscriptionId}": {404},
        "GET /v2/subscriptions/{subscriptionId}/deliveries": {404},
        f"GET {LD}/subscriptions": {200},
        f"GET {LD}/subscriptions/{{subscriptionId}}": {404},
    }
    for face, name in kept.items():
        answer = await _city(running).ask(Ask("GET", f"{face}/subscriptions/{name}"))
        assert "marker-in-a-subscription" in answer.text
        assert "mine now" not in answer.text


async def test_pain_08_registrations_of_others_are_not_there_and_none_is_made_past_the_token(
    running: Composed,
) -> None:
    await _plant(running, "http://127.0.0.1:9")
    every = "/v2/registrations"
    about = {"id": REAL["@id@"], "type": REAL["@type@"]}
    made = await _city(running).ask(
        Ask(f"POST {every}", "", "", registration(about, REAL["@attr@"]))
    )
    kept = made.headers["Location"].rpartition("/")[2]
    statuses = await _walk(await _narrow(running), [*registering(kept), *COUNTERS])
    assert statuses == {
        f"GET {every}": {200},
        f"GET {every}/{{registrationId}}": {404},
        f"DELETE {every}/{{registrationId}}": {404},
        f"POST {every}": {403},
        "GET /statistics": {200},
        "DELETE /statistics": {200},
    }
    listed = await _city(running).ask(Ask(f"GET {every}", "", "options=count"))
    assert listed.headers["Fiware-Total-Count"] == "1"


async def test_pain_08_every_operation_that_the_token_opens_is_walked(running: Composed) -> None:
    """A route that is added to the city is added to these walks, or this fails."""
    asked = (*v2_reads(), *ld_reads(), *v2_writes(), *ld_writes())
    walked = {ask.operation for ask in asked}
    walked |= {ask.operation for ask in subscribing({"/v2": "x", LD: "x"})}
    walked |= {f"POST {face}/subscriptions" for face in ("/v2", LD)}
    walked |= {ask.operation for ask in (*registering("x"), *COUNTERS)}
    opened = await _opened(running)
    narrow = await _narrow(running)
    for operation in sorted(opened - walked):
        answer = await narrow.ask(Ask(operation, operation.split(" ")[1]))
        assert answer.status == 501, operation
    assert walked <= opened


async def test_pain_08_no_notification_tells_what_a_token_does_not_show(
    running: Composed, receiver: Receiver
) -> None:
    await _plant(running, receiver.url)
    narrow = await _narrow(running)
    for face, body in his_subscriptions(receiver.url):
        await _subscribed(narrow, face, body)
    city = _city(running)
    at = {"Fiware-ServicePath": "/parks"}
    hidden: dict[str, Any] = {"@attr@": {"value": "another marker-in-a-value"}}
    shown = {"temperature": {"value": 21}}
    for number, values in enumerate(
        (hidden, {**hidden, **shown}, {**hidden, "note": {"value": "x"}})
    ):
        change = f"/v2/entities/{SHOWN[number]}/attrs"
        assert (await city.ask(Ask(f"POST {ENTITY}/attrs", change, "", values, at))).status == 204
    for entity, path in (("@id@", "/parks"), ("@depot@", "@path@")):
        change = f"/v2/entities/{entity}/attrs"
        answer = await city.ask(
            Ask(
                f"POST {ENTITY}/attrs",
                change,
                "",
                {**hidden, **shown},
                {"Fiware-ServicePath": path},
            )
        )
        assert answer.status == 204
    final = {"id": "urn:x:air:last", "type": "Air", "note": {"value": "the last one"}, **hidden}
    await _done(city, final, "/parks")
    await _all_lanes_told(receiver, b"urn:x:air:last", len(list(his_subscriptions(""))) - 1)
    for one in receiver.received:
        if one.path.startswith("/his"):
            said = (one.head + b" " + one.body).decode()
            assert not [marker for marker in MARKERS if marker in said], said
    told = b"".join(one.body for one in receiver.received if one.path.startswith("/his"))
    assert SHOWN[0].encode() not in told, "only what is hidden was written there"
    assert SHOWN[1].encode() in told
    assert SHOWN[2].encode() in told


async def _all_lanes_told(receiver: Receiver, word: bytes, wanted: int) -> None:
    """Return once that many notifications carry the word; what came before them came in order."""
    count = 0
    while sum(word in one.body + one.head for one in receiver.received[:count]) < wanted:
        count += 1
        await receiver.arrived(count)

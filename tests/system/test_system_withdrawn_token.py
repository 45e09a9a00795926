"""Pain 8: a withdrawal takes effect at the next delivery, through public doors, on every node."""

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import encode_basic_auth
from support.composed import AUTHORIZED, Composed, composed_city
from support.delivering import until
from support.engines import ENGINES
from support.mongodb import drop_databases
from support.receivers import Receiver, receiving

from city.compose import World
from kernel.clock import SystemClock
from kernel.times import Instant

LD = "/ngsi-ld/v1"
_VALUES = itertools.count(1)
NGSI = ["ngsi:read", "ngsi:write"]
COMPANY = {
    "name": {"ja": "大通ガイド", "en": "Odori Guide"},
    "address": "札幌市中央区",
    "representative": "代表",
    "contact": "guide@odori.example",
}
MACHINE = {"name": {"ja": "連携", "en": "Feeder"}, "kind": "machine", "scopes": NGSI}
REASON = "The credentials that the subscription was made with ended, or show less now"


class Skipping:
    """The system's clock, which a test sets forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now(self) -> Instant:
        return Instant(SystemClock().now() + round(self.ahead_s * 1e6))

    def monotonic(self) -> float:
        return SystemClock().monotonic() + self.ahead_s


@dataclass(frozen=True)
class Nodes:
    """Nodes of one city: `here` is asked to withdraw, `there` notices; on SQLite they are one."""

    here: Composed
    there: Composed
    clock: Skipping


@pytest.fixture(params=ENGINES)
async def nodes(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Nodes]:
    clock = Skipping()
    world, settings = World(clock=clock), {"delivery_private_receivers": True, "http_port": 1026}
    if request.param == "sqlite":
        async with composed_city(tmp_path, world=world, **settings) as one:
            yield Nodes(one, one, clock)
        return
    url, name = request.getfixturevalue("mongodb_url"), f"odori_{secrets.token_hex(6)}"
    settings |= {"mongodb_url": url, "mongodb_database": name, "vault_master_key": "A" * 43}
    try:
        async with AsyncExitStack() as opened:
            here, there = [
                await opened.enter_async_context(
                    composed_city(tmp_path / node, world=world, **settings)
                )
                for node in ("here", "there")
            ]
            yield Nodes(here, there, clock)
    finally:
        drop_databases(url, name)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


async def ask(
    node: Composed, method: str, path: str, body: Any = None, *, token: str = ""
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else AUTHORIZED
    async with node.client.request(method, path, json=body, headers=headers) as answer:
        if answer.content_type.endswith("json"):
            return answer.status, await answer.json()
        return answer.status, answer.headers.get("Location")


async def operate(node: Composed, method: str, path: str, body: Any = None) -> Any:
    status, answer = await ask(node, method, path, body)
    assert status < 300, answer
    return answer


async def issue(node: Composed, **limits: Any) -> str:
    made = await operate(node, "POST", "/v1/tokens", {"name": "gate", "scopes": NGSI} | limits)
    return str(made["token"])


async def subscribe(node: Composed, face: str, token: str, receiver: Receiver) -> str:
    """Subscribe to every bench; the path of the subscription."""
    if face == "/v2":
        body: Any = {
            "subject": {"entities": [{"idPattern": ".*", "type": "Bench"}]},
            "notification": {"http": {"url": f"{receiver.url}/hook"}},
        }
    else:
        body = {
            "type": "Subscription",
            "entities": [{"type": "Bench"}],
            "notification": {"endpoint": {"uri": f"{receiver.url}/hook"}},
        }
    status, location = await ask(node, "POST", f"{face}/subscriptions", body, token=token)
    assert status == 201, location
    return str(location)


async def write(node: Composed) -> int:
    """By somebody else, the operator: another value; returns it."""
    n = next(_VALUES)
    body = {"actionType": "append", "entities": [{"id": "B", "type": "Bench", "n": {"value": n}}]}
    await operate(node, "POST", "/v2/op/update", body)
    return n


def newest(receiver: Receiver) -> int:
    values = [one.json["data"][0]["n"]["value"] for one in receiver.received]
    return max(values, default=0)


async def told(node: Composed, receiver: Receiver) -> None:
    """Write until it is heard: a node knows of another's subscription after a tenth of a second.

    Nothing is on its way to the receiver afterwards: the last value was heard.
    """

    async def arrives() -> bool:
        n = await write(node)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while newest(receiver) < n:
                    await receiver.arrived(len(receiver.received) + 1)
        return newest(receiver) == n

    await until(arrives)


async def silent(nodes: Nodes, receiver: Receiver, witness: Receiver) -> None:
    """A witness hears of a change on each node, and whoever it was taken from does not."""
    before = len(receiver.received)
    for node in (nodes.there, nodes.here):
        await told(node, witness)
    assert len(receiver.received) == before


@pytest.mark.parametrize("face", ["/v2", LD])
async def test_pain_08_a_revoked_token_ends_what_was_subscribed_with_it_at_the_next_delivery(
    nodes: Nodes, receiver: Receiver, face: str
) -> None:
    async with receiving() as witness:
        token = await issue(nodes.here)
        path = await subscribe(nodes.here, face, token, receiver)
        other = await issue(nodes.here, name="other")
        await subscribe(nodes.here, "/v2", other, witness)
        await told(nodes.there, receiver)

        await operate(nodes.here, "DELETE", "/v1/tokens/gate")
        await silent(nodes, receiver, witness)

        for node in (nodes.here, nodes.there):
            shown = await operate(node, "GET", path)
            if face == "/v2":
                assert shown["status"] == "inactive"
                assert shown["notification"]["lastFailureReason"] == REASON
            else:
                assert (shown["status"], shown["isActive"]) == ("paused", False)

        # A token of the same name is somebody else's.
        await issue(nodes.here)
        await silent(nodes, receiver, witness)

        # Whoever may see it takes it over by switching it on.
        on = {"status": "active"} if face == "/v2" else {"isActive": True}
        await operate(nodes.here, "PATCH", path, on)
        await told(nodes.there, receiver)
        assert (await operate(nodes.there, "GET", path))["status"] == "active"


async def test_pain_08_a_token_that_expires_or_shows_less_is_told_no_more(
    nodes: Nodes, receiver: Receiver
) -> None:
    async with receiving() as witness:
        await subscribe(nodes.here, "/v2", await issue(nodes.here, name="other"), witness)
        path = await subscribe(nodes.here, "/v2", await issue(nodes.here), receiver)
        await told(nodes.there, receiver)

        await issue(nodes.here, types=["Room"])  # in its place, narrower
        await silent(nodes, receiver, witness)
        await issue(nodes.here, ttl_s=3_600)  # in its place: the rights of now decide
        await told(nodes.there, receiver)
        assert (await operate(nodes.here, "GET", path))["status"] == "active"

        nodes.clock.ahead_s = 3_601
        await silent(nodes, receiver, witness)
        await issue(nodes.here)  # after it had expired: somebody else
        await silent(nodes, receiver, witness)
        question = {"entity": {"id": "B", "type": "Bench"}}
        status, explained = await ask(nodes.here, "POST", f"{path}/explain", question)
        assert (status, explained["decidedBy"]) == (200, "owner")


async def test_pain_08_a_machine_is_told_over_its_renewals_until_its_company_is_suspended(
    nodes: Nodes, receiver: Receiver
) -> None:
    async def renewed() -> str:
        form = {"grant_type": "client_credentials", "scope": " ".join(NGSI)}
        headers = {"Authorization": encode_basic_auth(client["id"], client["secret"])}
        async with nodes.here.client.post("/oauth/token", data=form, headers=headers) as answer:
            assert answer.status == 200
            return str((await answer.json())["access_token"])

    async with receiving() as witness:
        await subscribe(nodes.here, "/v2", await issue(nodes.here), witness)
        company = await operate(nodes.here, "POST", "/v1/companies", COMPANY)
        clients = f"/v1/companies/{company['id']}/clients"
        client = await operate(nodes.here, "POST", clients, MACHINE)
        await subscribe(nodes.here, "/v2", await renewed(), receiver)
        nodes.clock.ahead_s = 301
        await told(nodes.there, receiver)
        await renewed()
        await told(nodes.there, receiver)

        suspension = f"/v1/companies/{company['id']}/suspension"
        await operate(nodes.here, "PUT", suspension, {"reason": "breach"})
        await silent(nodes, receiver, witness)
        await operate(nodes.here, "DELETE", f"{suspension}?reason=cured")
        await renewed()
        await silent(nodes, receiver, witness)

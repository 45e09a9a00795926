"""The contract of `broker.ports.SubscriptionStore`."""

import asyncio

import msgspec
from support.city import entity, notice, owing
from support.engines import Bench, Recorder

from broker.model.changes import Alteration
from broker.ports import Outcome
from broker.subscriptions.model import (
    Condition,
    Delivered,
    Endpoint,
    EntityMatcher,
    Face,
    Status,
    Subscription,
)
from kernel.times import Instant
from storage.engine import Engine


def subscription(name: str, created_at: int = 1) -> Subscription:
    return Subscription(
        name,
        (EntityMatcher("", ".*", "Room"),),
        Endpoint("http://a/x"),
        created_at=Instant(created_at),
    )


async def count(engine: Engine, announcer: Recorder, name: str, delivered: Delivered) -> None:
    """Let a notice of the subscription be delivered."""
    await engine.entities.write("t", [], owing(notice(name, entity("urn:room:1"))))
    _, (owed,), _ = announcer.heard[-1]
    await engine.outbox.settle([Outcome(owed, delivered)])


async def test_a_subscription_comes_back_unchanged(engine: Engine) -> None:
    written = Subscription(
        "s1",
        (EntityMatcher("urn:room:1"), EntityMatcher(type_pattern="R.*")),
        Endpoint(
            "mqtt://host:1883",
            topic="odori/a",
            qos=1,
            custom=True,
            headers={"X-Name": "大通"},
            payload="${temperature}",
            json={"a": [1, None]},
            payload_is_null=True,
        ),
        Face.LD,
        "/a/#",
        "",
        Condition(("temperature",), q="temperature>20", alterations=(Alteration.DELETE,)),
        attrs=("a", "b"),
        expires_at=Instant(2**52),
        status=Status.ONESHOT,
        throttling_s=0.5,
        context=["https://example.org/c.jsonld", {"a": "urn:a"}],
        created_at=Instant(5),
        modified_at=Instant(6),
    )
    await engine.subscriptions.put("t", written)

    assert await engine.subscriptions.get("t", "s1") == written


async def test_absent_ones_are_none(engine: Engine) -> None:
    await engine.subscriptions.put("t", subscription("s1"))

    assert await engine.subscriptions.get("t", "s2") is None
    assert await engine.subscriptions.get("other", "s1") is None
    assert await engine.subscriptions.all("other") == []


async def test_all_come_in_order_of_creation(engine: Engine) -> None:
    for name, created_at in (("b", 3), ("c", 1), ("a", 2)):
        await engine.subscriptions.put("t", subscription(name, created_at))

    assert [one.id for one in await engine.subscriptions.all("t")] == ["c", "a", "b"]


async def test_a_replacement_keeps_the_counters(engine: Engine, announcer: Recorder) -> None:
    await engine.subscriptions.put("t", subscription("s1"))
    await count(engine, announcer, "s1", Delivered(times_sent=3))
    changed = msgspec.structs.replace(subscription("s1"), description="new")
    await engine.subscriptions.put("t", changed)

    assert await engine.subscriptions.get("t", "s1") == changed
    assert await engine.subscriptions.delivered("t", ["s1", "s2"]) == {
        "s1": Delivered(times_sent=3)
    }


async def test_removal_takes_counters_notices_and_dead_letters_along(
    engine: Engine, announcer: Recorder
) -> None:
    for name in ("s1", "s2"):
        await engine.subscriptions.put("t", subscription(name))
    rooms = [notice(name, entity("urn:room:1")) for name in ("s1", "s1", "s2")]
    await engine.entities.write("t", [], owing(*rooms))
    _, (first, _, _), _ = announcer.heard[-1]
    await engine.outbox.settle([Outcome(first, Delivered(fails=1), dead=True, reason="gone")])

    assert await engine.subscriptions.remove("t", "s1")
    assert await engine.subscriptions.delivered("t", ["s1"]) == {}
    assert [one.subscription_id for one in await engine.outbox.owed()] == ["s2"]
    assert await engine.outbox.dead_letters("t", "s1") == []
    assert not await engine.subscriptions.remove("t", "s1")


async def test_a_late_outcome_does_not_bring_counters_of_a_removed_one_back(
    engine: Engine, announcer: Recorder
) -> None:
    await engine.subscriptions.put("t", subscription("s1"))
    await engine.entities.write("t", [], owing(notice("s1", entity("urn:room:1"))))
    _, (owed,), _ = announcer.heard[-1]
    await engine.subscriptions.remove("t", "s1")
    await engine.outbox.settle([Outcome(owed, Delivered(times_sent=1))])

    assert await engine.subscriptions.delivered("t", ["s1"]) == {}


async def test_removal_keeps_to_its_tenant(engine: Engine) -> None:
    for tenant in ("one", "two"):
        await engine.subscriptions.put(tenant, subscription("s1"))
    assert await engine.subscriptions.remove("one", "s1")

    assert await engine.subscriptions.get("two", "s1") is not None


async def test_the_version_rises_with_every_change_of_any_tenant(engine: Engine) -> None:
    versions = [await engine.subscriptions.version()]
    await engine.subscriptions.put("one", subscription("s1"))
    versions.append(await engine.subscriptions.version())
    await engine.subscriptions.put("two", subscription("s1"))
    versions.append(await engine.subscriptions.version())
    await engine.subscriptions.remove("one", "s1")
    versions.append(await engine.subscriptions.version())

    assert versions == sorted(set(versions))
    await engine.subscriptions.remove("one", "s1")
    assert await engine.subscriptions.version() >= versions[-1]


async def test_the_version_does_not_fall_at_a_reopening(bench: Bench) -> None:
    async with bench.open() as engine:
        await engine.subscriptions.put("t", subscription("s1"))
        before = await engine.subscriptions.version()
    async with bench.open() as engine:
        assert await engine.subscriptions.version() >= before
        assert [one.id for one in await engine.subscriptions.all("t")] == ["s1"]


async def test_a_tenant_with_a_subscription_is_a_tenant(engine: Engine) -> None:
    await engine.subscriptions.put("t", subscription("s1"))
    assert list(await engine.entities.tenants()) == ["t"]


async def test_many_puts_at_once_all_stay(engine: Engine) -> None:
    await asyncio.gather(
        *(engine.subscriptions.put("t", subscription(f"s{number}")) for number in range(30))
    )
    assert len(await engine.subscriptions.all("t")) == 30

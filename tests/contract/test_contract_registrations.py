"""The contract of `broker.ports.RegistrationStore`."""

import asyncio

import msgspec
from support.city import entity, put
from support.engines import Bench

from broker.federation.model import Forwarded, ForwardingMode, Registration, Selector
from kernel.times import Instant
from storage.engine import Engine


def registration(name: str, created_at: int = 1) -> Registration:
    return Registration(
        name, (Selector("E1", type="T"),), "http://a/v2", created_at=Instant(created_at)
    )


async def test_a_registration_comes_back_unchanged(engine: Engine) -> None:
    written = Registration(
        "r1",
        (Selector("E1", type="T"), Selector(id_pattern=".*", type="大通")),
        "http://provider:1026/v2",
        ("temperature", "A'; DROP TABLE registrations; --"),
        ForwardingMode.QUERY,
        "/a/b",
        "",
        Instant(2**52),
        is_active=False,
        created_at=Instant(5),
    )
    await engine.registrations.put("t", written)

    assert await engine.registrations.get("t", "r1") == written


async def test_what_does_not_exist_is_absent(engine: Engine) -> None:
    await engine.registrations.put("t", registration("r1"))

    assert await engine.registrations.get("t", "r2") is None
    assert await engine.registrations.get("u", "r1") is None
    assert await engine.registrations.all("u") == []
    assert await engine.registrations.forwarded("t", ["r1", "r2"]) == {}


async def test_all_come_in_order_of_creation(engine: Engine) -> None:
    for name, created_at in (("b", 2), ("c", 1), ("a", 2)):
        await engine.registrations.put("t", registration(name, created_at))

    assert [one.id for one in await engine.registrations.all("t")] == ["c", "a", "b"]


async def test_putting_again_replaces_and_keeps_what_is_known(engine: Engine) -> None:
    await engine.registrations.put("t", registration("r1"))
    await engine.registrations.count("t", {"r1": Forwarded(1, Instant(7))})
    changed = msgspec.structs.replace(registration("r1"), mode=ForwardingMode.NONE)
    await engine.registrations.put("t", changed)

    assert await engine.registrations.all("t") == [changed]
    assert await engine.registrations.forwarded("t", ["r1"]) == {"r1": Forwarded(1, Instant(7))}


async def test_counts_add_up_and_the_latest_instants_stay(engine: Engine) -> None:
    await engine.registrations.put("t", registration("r1"))
    for more in (
        Forwarded(2, Instant(10), Instant(10), None),
        Forwarded(1, Instant(8), None, Instant(8)),
        Forwarded(3, Instant(12), Instant(11), Instant(12)),
    ):
        await engine.registrations.count("t", {"r1": more})

    known = await engine.registrations.forwarded("t", ["r1"])
    assert known == {"r1": Forwarded(6, Instant(12), Instant(11), Instant(12))}


async def test_counts_that_meet_are_all_counted(engine: Engine) -> None:
    await engine.registrations.put("t", registration("r1"))
    await asyncio.gather(
        *(engine.registrations.count("t", {"r1": Forwarded(1, Instant(n))}) for n in range(1, 13))
    )

    known = await engine.registrations.forwarded("t", ["r1"])
    assert known == {"r1": Forwarded(12, Instant(12))}


async def test_a_count_of_no_registration_is_let_pass(engine: Engine) -> None:
    await engine.registrations.count("nobody", {"r1": Forwarded(1)})
    await engine.registrations.put("t", registration("r1"))
    await engine.registrations.count("t", {"r2": Forwarded(1), "r1": Forwarded(1)})

    known = await engine.registrations.forwarded("t", ["r1", "r2"])
    assert known == {"r1": Forwarded(1)}


async def test_removing_takes_what_is_known_along(engine: Engine) -> None:
    await engine.registrations.put("t", registration("r1"))
    await engine.registrations.count("t", {"r1": Forwarded(1)})

    assert await engine.registrations.remove("t", "r1")
    assert not await engine.registrations.remove("t", "r1")
    await engine.registrations.put("t", registration("r1"))
    assert await engine.registrations.forwarded("t", ["r1"]) == {}


async def test_the_version_rises_with_every_change_of_any_tenant(engine: Engine) -> None:
    versions = [await engine.registrations.version()]
    await engine.registrations.put("t", registration("r1"))
    versions.append(await engine.registrations.version())
    await engine.registrations.put("u", registration("r1"))
    versions.append(await engine.registrations.version())
    await engine.registrations.remove("t", "r1")
    versions.append(await engine.registrations.version())

    assert versions == sorted(set(versions))


async def test_counting_changes_no_version(engine: Engine) -> None:
    await engine.registrations.put("t", registration("r1"))
    version = await engine.registrations.version()
    await engine.registrations.count("t", {"r1": Forwarded(1)})

    assert await engine.registrations.version() == version


async def test_registrations_outlive_the_engine(bench: Bench) -> None:
    async with bench.open() as engine:
        await engine.registrations.put("t", registration("r1"))
        await engine.registrations.count("t", {"r1": Forwarded(4, Instant(9))})
    async with bench.open() as engine:
        assert await engine.registrations.all("t") == [registration("r1")]
        known = await engine.registrations.forwarded("t", ["r1"])
        assert known == {"r1": Forwarded(4, Instant(9))}


async def test_a_tenant_of_registrations_alone_has_no_entities_to_sweep(engine: Engine) -> None:
    await engine.registrations.put("alone", registration("r1"))
    await put(engine.entities, "t", entity("urn:room:1"))

    assert "alone" not in await engine.entities.tenants()

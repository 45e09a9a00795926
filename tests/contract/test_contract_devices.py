"""The contract of `sensors.ports.DeviceStore`."""

import asyncio

import msgspec
import pytest
from support.engines import Bench

from kernel.errors import ConflictError
from kernel.times import Instant
from sensors.registry.device import (
    Approval,
    ApprovalState,
    Device,
    DeviceClass,
    Notice,
    Place,
    Point,
    PolicyRef,
    Transport,
)
from storage.engine import Engine


def device(name: str, tenant: str = "t", key: str = "0" * 64, revision: int = 1) -> Device:
    return Device(
        name,
        key,
        DeviceClass.PEOPLE_FLOW_GATE,
        PolicyRef("peopleflow-gate", 1),
        "Sapporo",
        "office",
        "contact",
        Place("chikaho", "011002", Point(141.35, 43.06)),
        tenant,
        revision=revision,
    )


async def test_a_device_comes_back_unchanged(engine: Engine) -> None:
    written = Device(
        "J1",
        "a" * 64,
        DeviceClass.NOISE,
        PolicyRef("noise", 3),
        "札幌市",
        "office",
        "contact",
        Place("chikaho", "011002", Point(141.35, 43.06), "zone", 12.5, 2.5, "indoor"),
        "t",
        "/a",
        Approval(ApprovalState.APPROVED, "office", Instant(1), Instant(2), Instant(2**52)),
        Notice("https://example.org/n", "2026-01-15"),
        "J1 北",
        "2nd",
        ">=80%",
        5,
        Transport.ULTRALIGHT,
        {"t": "temperature"},
        {"indoor": True, "height": 2.5, "floor": 1, "note": "ü"},
        "J0",
        1,
        Instant(3),
        Instant(4),
    )
    await engine.devices.put(written)

    assert await engine.devices.get("t", "J1") == written
    assert await engine.devices.find("a" * 64, "J1") == written


async def test_absent_devices_are_none(engine: Engine) -> None:
    await engine.devices.put(device("J1"))

    assert await engine.devices.get("t", "J2") is None
    assert await engine.devices.get("other", "J1") is None
    assert await engine.devices.find("1" * 64, "J1") is None
    assert await engine.devices.find("0" * 64, "J2") is None


async def test_a_device_is_created_once(engine: Engine) -> None:
    await engine.devices.put(device("J1"))
    with pytest.raises(ConflictError):
        await engine.devices.put(msgspec.structs.replace(device("J1"), name="other"))

    stored = await engine.devices.get("t", "J1")
    assert stored is not None
    assert stored.name == ""


async def test_a_change_must_follow_the_stored_revision(engine: Engine) -> None:
    await engine.devices.put(device("J1"))
    await engine.devices.put(device("J1", key="1" * 64, revision=2))
    for stale in (2, 4):
        with pytest.raises(ConflictError):
            await engine.devices.put(device("J1", key="2" * 64, revision=stale))

    assert await engine.devices.find("0" * 64, "J1") is None
    found = await engine.devices.find("1" * 64, "J1")
    assert found is not None
    assert found.revision == 2


async def test_a_change_of_a_device_that_is_gone_is_refused(engine: Engine) -> None:
    with pytest.raises(ConflictError):
        await engine.devices.put(device("J1", revision=2))

    assert await engine.devices.count("t") == 0


async def test_key_and_id_name_one_device_of_all_tenants(engine: Engine) -> None:
    await engine.devices.put(device("J1", "one"))
    with pytest.raises(ConflictError):
        await engine.devices.put(device("J1", "two"))
    await engine.devices.put(device("J1", "two", "1" * 64))
    with pytest.raises(ConflictError):
        await engine.devices.put(device("J1", "two", "0" * 64, revision=2))

    found = await engine.devices.find("1" * 64, "J1")
    assert found is not None
    assert (found.tenant, found.revision) == ("two", 1)


async def test_of_many_who_change_a_device_one_succeeds(engine: Engine) -> None:
    await engine.devices.put(device("J1"))
    changes = [
        msgspec.structs.replace(device("J1", revision=2), name=str(number)) for number in range(20)
    ]
    answers = await asyncio.gather(
        *(engine.devices.put(change) for change in changes), return_exceptions=True
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["ConflictError"] * 19 + [
        "NoneType"
    ]
    stored = await engine.devices.get("t", "J1")
    assert stored is not None
    assert answers[int(stored.name)] is None


async def test_pages_come_in_order_of_id(engine: Engine) -> None:
    names = ["b", "B", "a10", "a9", "é", "\U0001f33b", "\uffee"]
    for name in names:
        await engine.devices.put(device(name))
    await engine.devices.put(device("other", "two"))

    async def page(after: str = "", offset: int = 0, limit: int = 100) -> list[str]:
        found = await engine.devices.page("t", after=after, offset=offset, limit=limit)
        return [one.id for one in found]

    ordered = sorted(names)
    assert await page() == ordered
    assert await page(limit=2) == ordered[:2]
    assert await page(after=ordered[1], limit=3) == ordered[2:5]
    assert await page(offset=5) == ordered[5:]
    assert await engine.devices.count("t") == len(names)
    assert await engine.devices.count("nobody") == 0


async def test_a_removed_device_is_gone_and_may_come_again(engine: Engine) -> None:
    await engine.devices.put(device("J1"))

    assert not await engine.devices.remove("other", "J1")
    assert await engine.devices.remove("t", "J1")
    assert not await engine.devices.remove("t", "J1")
    assert await engine.devices.find("0" * 64, "J1") is None
    await engine.devices.put(device("J1"))


async def test_devices_outlive_a_reopening(bench: Bench) -> None:
    async with bench.open() as engine:
        await engine.devices.put(device("J1"))
    async with bench.open() as engine:
        assert await engine.devices.get("t", "J1") == device("J1")

import pytest
from support.sensor_stand_ins import MemoryDeviceStore

from city.binding.approvals import ApprovalsOfRegistry
from kernel.clock import ManualClock
from kernel.errors import BadRequestError, NotFoundError, UnprocessableError
from kernel.ids import SeededIds
from kernel.times import Instant
from sensors.registry.decisions import Draft
from sensors.registry.device import ApprovalState, DeviceClass, Place, Point
from sensors.registry.directory import Directory
from sensors.registry.service import DeviceRegistry

NOTICE = {"notice_url": "https://city.example/n", "published_on": "2023-11-01"}


class City:
    """A registry with a gate and a weather station that wait."""

    def __init__(self, *tenants: str) -> None:
        store = MemoryDeviceStore()
        clock = ManualClock(Instant(1_700_000_000_000_000))
        self.registry = DeviceRegistry(
            store=store, directory=Directory(store), clock=clock, ids=SeededIds(1)
        )
        self.approvals = ApprovalsOfRegistry(self.registry, tenants or ("",))

    async def add(self, device_id: str, device_class: DeviceClass, tenant: str = "") -> None:
        place = Place(site="chikaho", municipality="011002", location=Point(141.35, 43.06))
        draft = Draft(
            id=device_id,
            device_class=device_class,
            owner="city",
            responsible_party="city",
            contact="traffic",
            place=place,
        )
        await self.registry.provision(tenant, draft)

    async def waiting(self) -> list[str]:
        return [one.id for one in await self.approvals.waiting()]

    async def state(self, device_id: str) -> ApprovalState:
        return (await self.registry.get("", device_id)).approval.state


async def test_only_devices_that_nobody_decided_about_wait() -> None:
    city = City()
    await city.add("W2", DeviceClass.WEATHER)
    await city.add("J3", DeviceClass.PEOPLE_FLOW_GATE)
    found = await city.approvals.waiting()
    assert [(one.id, one.needs_notice) for one in found] == [("J3", True), ("W2", False)]
    await city.approvals.approve("", "W2", role="weather-office", notice_url="", published_on="")
    await city.approvals.deny("", "J3", role="traffic-office")
    assert await city.waiting() == []
    assert await city.state("W2") is ApprovalState.APPROVED
    assert await city.state("J3") is ApprovalState.SUSPENDED


async def test_what_meets_people_is_approved_with_a_notice_and_even_after_a_denial() -> None:
    city = City()
    await city.add("J3", DeviceClass.PEOPLE_FLOW_GATE)
    with pytest.raises(UnprocessableError):
        await city.approvals.approve("", "J3", role="office", notice_url="", published_on="")
    await city.approvals.deny("", "J3", role="office")
    await city.approvals.approve("", "J3", role="office", **NOTICE)
    device = await city.registry.get("", "J3")
    assert device.approval.by_role == "office"
    assert device.notice is not None


@pytest.mark.parametrize(
    "said",
    [
        {"role": "Hanako Odori", "notice_url": "", "published_on": ""},
        {"role": "office", "notice_url": "javascript:x", "published_on": "2023-11-01"},
        {"role": "office", "notice_url": "https://city.example/n", "published_on": ""},
    ],
)
async def test_role_and_notice_are_read_as_the_registrys_api_reads_them(
    said: dict[str, str],
) -> None:
    city = City()
    await city.add("J3", DeviceClass.PEOPLE_FLOW_GATE)
    with pytest.raises(BadRequestError):
        await city.approvals.approve("", "J3", **said)
    assert await city.waiting() == ["J3"]


async def test_a_device_that_is_not_there_cannot_be_decided_about() -> None:
    with pytest.raises(NotFoundError):
        await City().approvals.deny("", "none", role="office")


async def test_tenants_are_walked_in_order_and_all_their_devices_seen() -> None:
    city = City("b", "a")
    for number in range(510):
        await city.add(f"W{number:03}", DeviceClass.WEATHER, "a")
    await city.add("J1", DeviceClass.WEATHER, "b")
    found = await city.approvals.waiting()
    assert len(found) == 500
    assert {one.tenant for one in found} == {"a"}
    for one in found:
        await city.approvals.deny("a", one.id, role="office")
    assert len(await city.waiting()) == 11

"""The registry: its pure decisions, its service under races, and the intake's directory."""

import msgspec
import pytest
from structlog.testing import capture_logs
from support.sensor_stand_ins import MemoryDeviceStore

from kernel.clock import ManualClock
from kernel.errors import BadRequestError, ConflictError, UnavailableError
from kernel.ids import SeededIds
from kernel.times import DAY_US, Instant, parse_instant
from sensors.registry import decisions
from sensors.registry.decisions import Approve, Draft
from sensors.registry.device import (
    Approval,
    ApprovalState,
    Device,
    DeviceClass,
    Notice,
    Place,
    Point,
    PolicyRef,
)
from sensors.registry.directory import Directory
from sensors.registry.facts import facts_of
from sensors.registry.keys import hash_of
from sensors.registry.service import DeviceExistsError, DeviceNotFoundError, DeviceRegistry

NOW = parse_instant("2026-02-07T09:00:00Z")
PLACE = Place(site="chikaho", municipality="011002", location=Point(141.3513, 43.0657))
NOTICE = Notice(url="https://city.example/notice", published_on="2026-01-15")


def draft(device_id: str = "J1", **changed: object) -> Draft:
    plain = Draft(
        id=device_id,
        device_class=DeviceClass.PEOPLE_FLOW_GATE,
        owner="city",
        responsible_party="city, roads",
        contact="roads@city.example",
        place=PLACE,
    )
    return msgspec.structs.replace(plain, **changed)


def device(**changed: object) -> Device:
    return decisions.provision(draft(**changed), tenant="", key_hash=hash_of("key"), now=NOW)


def approved(**changed: object) -> Device:
    return decisions.approve(device(**changed), Approve(role="data-office", notice=NOTICE), NOW)


def test_a_new_device_is_bound_to_the_policy_of_its_class_and_may_not_write() -> None:
    new = device()
    assert str(new.policy) == "peopleflow-gate/1"
    assert new.approval.state is ApprovalState.REQUESTED
    assert not new.is_admitted(NOW)


def test_a_class_without_a_policy_needs_one_that_is_named() -> None:
    with pytest.raises(BadRequestError):
        device(device_class=DeviceClass.NOISE)
    named = device(device_class=DeviceClass.NOISE, policy=PolicyRef("noise", 1))
    assert str(named.policy) == "noise/1"


def test_a_device_that_meets_people_is_not_approved_before_the_public_is_told() -> None:
    with pytest.raises(decisions.NoticeMissingError):
        decisions.approve(device(), Approve(role="data-office"), NOW)
    late = Notice(url="https://city.example/notice", published_on="2026-03-01")
    with pytest.raises(decisions.NoticeMissingError):
        decisions.approve(device(), Approve(role="data-office", notice=late), NOW)
    assert approved().is_admitted(NOW)


def test_a_weather_station_needs_no_notice() -> None:
    station = device(device_class=DeviceClass.WEATHER)
    assert decisions.approve(station, Approve(role="data-office"), NOW).is_admitted(NOW)


def test_an_approval_holds_from_its_first_instant_to_before_its_last() -> None:
    end = Instant(NOW + DAY_US)
    wish = Approve(role="data-office", notice=NOTICE, valid_from=NOW, valid_until=end)
    known = decisions.approve(device(), wish, NOW)
    assert [known.is_admitted(Instant(at)) for at in (NOW - 1, NOW, end - 1, end)] == [
        *(False, True, True, False)
    ]


def test_an_approval_does_not_end_before_it_begins() -> None:
    wish = Approve(role="data-office", notice=NOTICE, valid_from=NOW, valid_until=NOW)
    with pytest.raises(BadRequestError):
        decisions.approve(device(), wish, NOW)


def test_a_suspended_device_is_silent_until_it_is_approved_again() -> None:
    silent = decisions.suspend(approved(), "data-office", NOW)
    assert not silent.is_admitted(NOW)
    assert decisions.approve(silent, Approve(role="data-office"), NOW).is_admitted(NOW)


def test_nothing_brings_a_retired_device_back() -> None:
    retired = decisions.retire(approved(), "data-office", NOW)
    with pytest.raises(decisions.RetiredDeviceError):
        decisions.approve(retired, Approve(role="data-office", notice=NOTICE), NOW)
    with pytest.raises(decisions.RetiredDeviceError):
        decisions.suspend(retired, "data-office", NOW)
    with pytest.raises(decisions.RetiredDeviceError):
        decisions.rotate_key(retired, hash_of("other"), NOW)
    with pytest.raises(decisions.RetiredDeviceError):
        decisions.revise(retired, draft(), NOW)


def test_a_device_is_never_bound_to_a_lower_version_of_its_policy() -> None:
    newer = device(policy=PolicyRef("peopleflow-gate", 2))
    lower = Approve(role="data-office", notice=NOTICE, policy=PolicyRef("peopleflow-gate", 1))
    with pytest.raises(decisions.PolicyDowngradeError):
        decisions.approve(newer, lower, NOW)
    with pytest.raises(decisions.PolicyDowngradeError):
        decisions.revise(newer, draft(policy=PolicyRef("peopleflow-gate", 1)), NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"owner": "somebody else"},
        {"device_class": DeviceClass.STEREO_COUNT},
        {"place": msgspec.structs.replace(PLACE, location=Point(141.0, 43.0))},
        {"policy": PolicyRef("peopleflow-gate", 2)},
        {"speaks_for": "J2"},
    ],
)
def test_a_change_of_what_was_approved_asks_for_approval_again(changed: dict[str, object]) -> None:
    assert decisions.revise(approved(), draft(**changed), NOW).approval == Approval()


def test_a_change_of_anything_else_leaves_the_approval_alone() -> None:
    revised = decisions.revise(approved(), draft(name="North gate", report_interval_s=30), NOW)
    assert revised.is_admitted(NOW)
    assert revised.name == "North gate"


def test_a_revision_cannot_rename_a_device() -> None:
    with pytest.raises(BadRequestError):
        decisions.revise(device(), draft("J2"), NOW)


def test_every_decision_counts_the_revision_up_by_one() -> None:
    known = approved()
    assert known.revision == 2
    assert decisions.rotate_key(known, hash_of("other"), NOW).revision == 3


def test_a_device_prints_neither_contact_nor_key_hash() -> None:
    assert "example" not in repr(device())
    assert hash_of("key") not in repr(device())


def test_facts_are_what_the_registry_knows_and_provisioned_ones_win() -> None:
    facts = facts_of(device(name="North gate", facts={"simulated": True}))
    assert facts["name"] == "North gate"
    assert facts["simulated"] is True
    assert facts_of(device())["simulated"] is False
    assert "height" not in facts


class Room:
    """A registry over a store in memory."""

    def __init__(self) -> None:
        self.store = MemoryDeviceStore()
        self.directory = Directory(self.store)
        self.registry = DeviceRegistry(
            store=self.store, directory=self.directory, clock=ManualClock(NOW), ids=SeededIds(1)
        )


async def test_a_new_device_gets_a_key_of_its_own_of_which_only_the_hash_is_kept() -> None:
    room = Room()
    first = await room.registry.provision("", draft("J1"))
    second = await room.registry.provision("", draft("J2"))
    assert len(first.key) == 32
    assert first.key != second.key
    assert first.key not in repr(first)
    assert first.key.encode() not in msgspec.json.encode(list(room.store.devices.values()))
    assert await room.store.find(hash_of(first.key), "J1") == first.device


async def test_a_key_that_a_device_brings_along_is_not_shown_again() -> None:
    room = Room()
    registered = await room.registry.provision("", draft(), own_key="an-old-key-of-the-field")
    assert registered.key == ""
    assert room.directory.by_key("an-old-key-of-the-field", "J1") == registered.device


async def test_an_id_is_taken_once_per_tenant() -> None:
    room = Room()
    await room.registry.provision("", draft())
    with pytest.raises(DeviceExistsError):
        await room.registry.provision("", draft())
    await room.registry.provision("other", draft())


async def test_the_intake_sees_a_suspension_and_a_new_key_at_once() -> None:
    room = Room()
    made = await room.registry.provision("", draft())
    await room.registry.approve("", "J1", Approve(role="data-office", notice=NOTICE))
    seen = room.directory.by_key(made.key, "J1")
    assert seen is not None
    assert seen.is_admitted(NOW)
    rotated = await room.registry.rotate_key("", "J1")
    assert room.directory.by_key(made.key, "J1") is None
    await room.registry.suspend("", "J1", "data-office")
    silent = room.directory.by_key(rotated.key, "J1")
    assert silent is not None
    assert not silent.is_admitted(NOW)
    await room.registry.remove("", "J1")
    assert room.directory.by_device("J1") is None


async def test_what_does_not_exist_cannot_be_changed_or_removed() -> None:
    room = Room()
    with pytest.raises(DeviceNotFoundError):
        await room.registry.suspend("", "J9", "data-office")
    with pytest.raises(DeviceNotFoundError):
        await room.registry.remove("", "J9")


class RacingStore(MemoryDeviceStore):
    """Somebody else changes the device right before each of the first `races` puts."""

    def __init__(self, races: int) -> None:
        super().__init__()
        self.races = races

    async def put(self, device: Device) -> None:
        if self.races and device.revision > 1:
            self.races -= 1
            stored = self.devices[device.tenant, device.id]
            await super().put(decisions.rotate_key(stored, hash_of(str(self.races)), NOW))
        await super().put(device)


async def test_a_change_that_lost_a_race_is_decided_again_on_the_new_device() -> None:
    store = RacingStore(races=3)
    registry = DeviceRegistry(
        store=store, directory=Directory(store), clock=ManualClock(NOW), ids=SeededIds(1)
    )
    await registry.provision("", draft())
    changed = await registry.suspend("", "J1", "data-office")
    assert changed.revision == 5
    assert changed.key_hash == hash_of("0")


async def test_a_change_that_loses_every_race_says_so() -> None:
    store = RacingStore(races=99)
    registry = DeviceRegistry(
        store=store, directory=Directory(store), clock=ManualClock(NOW), ids=SeededIds(1)
    )
    await registry.provision("", draft())
    with pytest.raises(ConflictError):
        await registry.suspend("", "J1", "data-office")


async def test_the_directory_reads_all_pages_of_its_tenant_and_keeps_what_did_not_change() -> None:
    room = Room()
    for number in range(1_203):
        await room.store.put(device(id=f"D{number}"))
    await room.store.put(msgspec.structs.replace(device(id="elsewhere"), tenant="other"))
    await room.directory.refresh()
    assert len(room.directory.devices) == 1_203
    before = room.directory.by_device("D7")
    await room.directory.refresh()
    assert room.directory.by_device("D7") is before


async def test_while_the_store_is_away_the_last_copy_stands_and_is_lamented_once() -> None:
    room = Room()
    await room.registry.provision("", draft())
    room.store.is_away = True
    with pytest.raises(UnavailableError):
        await room.registry.get("", "J1")
    with capture_logs() as logs:
        await room.directory.refresh()
        await room.directory.refresh()
        room.store.is_away = False
        await room.directory.refresh()
    assert room.directory.by_device("J1") is not None
    assert [log["log_level"] for log in logs] == ["warning", "info"]

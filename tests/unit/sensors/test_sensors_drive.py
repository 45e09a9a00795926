"""The driver, its clock, the past, and the provisioning that comes before all of them."""

import asyncio
import json
from datetime import date, timedelta

import pytest
from structlog.testing import capture_logs
from support.sensor_stand_ins import MemoryDeviceStore, RecordingLoader, RecordingTransport

from kernel.clock import ManualClock, SystemClock
from kernel.errors import BadRequestError, ForbiddenError, UnavailableError
from kernel.ids import SeededIds
from kernel.times import HOUR_US, MINUTE_US, SECOND_US, Instant, parse_instant
from sensors.registry.device import Transport
from sensors.registry.directory import Directory
from sensors.registry.service import DeviceRegistry
from sensors.simulation import jst, scenario, world
from sensors.simulation.backfill import Era, Filled, backfill, eras
from sensors.simulation.drive import Simulation
from sensors.simulation.ports import Sender
from sensors.simulation.provisioning import EVERY_DEVICE, dialect_of, provision
from sensors.simulation.wire import Flaws
from sensors.simulation.worldclock import WorldClock

NOON = jst.at_minute(date(2026, 2, 4), 12 * 60)
SENDERS = {d.id: Sender(d.id, f"key-of-{d.id}", dialect_of(d)) for d in world.DEVICES}
DIALECTS = {d.id: dialect_of(d) for d in world.DEVICES}


def simulation(
    transport: RecordingTransport, clock: WorldClock, name: str = "weekday"
) -> Simulation:
    return Simulation(
        seed=7,
        senders=SENDERS,
        transport=transport,
        clock=clock,
        scenario=scenario.load(name),
        flaws=Flaws(duplicates=0, planted=0),
    )


def past_clock() -> WorldClock:
    """A world in which everything that a test asks for is already due."""
    return WorldClock(ManualClock(Instant(NOON + 12 * HOUR_US)))


async def test_each_device_speaks_with_its_own_key_and_in_its_own_dialect() -> None:
    transport = RecordingTransport()
    await simulation(transport, past_clock()).speak(NOON)
    spoken = {device: (dialect, body) for device, dialect, body in transport.sent}
    assert {"J1", "J2", "WX1", "ENV1", "SIGN1", "CAM1", "J1-status"} <= spoken.keys()
    dialect, body = spoken["ENV1"]
    assert dialect is Transport.ULTRALIGHT
    assert b"|t|" in body
    assert json.loads(spoken["J1"][1])["complete"] is True


async def test_what_nobody_takes_waits_and_goes_out_first_in_its_old_order() -> None:
    transport, late = RecordingTransport(), RecordingTransport()
    city = simulation(transport, past_clock())
    transport.error = UnavailableError("away")
    with capture_logs() as logs:
        await city.speak(NOON)
        waiting = city.progress().waiting
        transport.error = None
        await city.speak(Instant(NOON + MINUTE_US))
    await simulation(late, past_clock()).speak(NOON)
    assert waiting == len(late.sent) > 0
    assert transport.sent[:waiting] == late.sent
    assert city.progress().waiting == 0
    assert [log["log_level"] for log in logs] == ["warning", "info"]


async def test_what_the_intake_refuses_is_counted_and_not_sent_again() -> None:
    transport = RecordingTransport()
    city = simulation(transport, past_clock())
    transport.error = ForbiddenError("not approved")
    await city.speak(NOON)
    progress = city.progress()
    assert progress.refused > 0
    assert (progress.sent, progress.waiting) == (0, 0)


async def test_a_scenario_that_is_played_changes_what_comes_after_it() -> None:
    transport = RecordingTransport()
    clock = ManualClock(NOON)
    city = simulation(transport, WorldClock(clock))
    city.play(scenario.load("sensor-outage"))
    clock.advance(12 * 3600)
    await city.speak(Instant(NOON + 30 * MINUTE_US))
    spoken = {device for device, _, _ in transport.sent}
    assert "J2" in spoken
    assert not {"J1", "J1-status"} & spoken
    assert city.progress().scenario == "sensor-outage"


async def test_a_device_without_a_key_says_nothing() -> None:
    transport = RecordingTransport()
    city = Simulation(
        seed=7,
        senders={"J2": SENDERS["J2"]},
        transport=transport,
        clock=past_clock(),
        scenario=scenario.load("weekday"),
    )
    await city.speak(NOON)
    assert {device for device, _, _ in transport.sent} == {"J2"}


class CountingTransport(RecordingTransport):
    """Tells when so many messages have come."""

    def __init__(self, wanted: int) -> None:
        super().__init__()
        self.wanted = wanted
        self.enough = asyncio.Event()

    async def send(self, sender: Sender, body: bytes) -> None:
        await super().send(sender, body)
        if len(self.sent) >= self.wanted:
            self.enough.set()


async def test_the_runner_leaves_no_minute_out_and_keeps_the_order_of_time() -> None:
    transport = CountingTransport(wanted=60)
    city = simulation(transport, WorldClock(SystemClock(), start=NOON, speed=600))
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running = group.create_task(city.run())
        await transport.enough.wait()
        running.cancel()
    seen = [json.loads(body)["observedAt"] for device, _, body in transport.sent if device == "J1"]
    minutes = [parse_instant(text) // MINUTE_US for text in seen]
    assert minutes == list(range(minutes[0], minutes[0] + len(minutes)))


async def test_a_paused_world_says_nothing_until_it_goes_on() -> None:
    transport = CountingTransport(wanted=1)
    city = simulation(transport, WorldClock(SystemClock(), start=NOON, speed=600))
    city.pause()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running = group.create_task(city.run())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not transport.sent
        city.run_at(300)
        city.resume()
        await transport.enough.wait()
        running.cancel()
    assert not city.progress().paused


def test_the_worlds_clock_runs_stands_and_changes_its_speed_without_a_jump() -> None:
    real = ManualClock(parse_instant("2026-02-07T00:00:00Z"))
    clock = WorldClock(real, start=NOON, speed=60)
    real.advance(10)
    assert clock.now() == NOON + 600 * SECOND_US
    clock.run_at(1)
    assert clock.now() == NOON + 600 * SECOND_US
    real.advance(5)
    clock.pause()
    real.advance(100)
    assert clock.now() == NOON + 605 * SECOND_US
    clock.resume()
    real.advance(1)
    assert clock.now() == NOON + 606 * SECOND_US
    assert clock.monotonic() == real.monotonic()


def test_the_world_goes_no_further_than_it_is_allowed_and_makes_up_for_nothing() -> None:
    real = ManualClock(NOON)
    clock = WorldClock(real, speed=600)
    clock.allow(Instant(NOON + 5 * MINUTE_US))
    real.advance(10)
    assert clock.now() == NOON + 5 * MINUTE_US
    clock.allow(Instant(NOON + 6 * MINUTE_US))
    assert clock.now() == NOON + 5 * MINUTE_US
    real.advance(0.05)
    assert clock.now() == NOON + 5 * MINUTE_US + 30 * SECOND_US
    clock.allow(None)
    real.advance(1)
    assert clock.now() == NOON + 15 * MINUTE_US + 30 * SECOND_US


class CreepingClock(ManualClock):
    """Ten milliseconds pass whenever somebody looks at it."""

    def monotonic(self) -> float:
        self.advance(0.01)
        return super().monotonic()


class LaggingTransport(CountingTransport):
    """An intake on a machine that needs a second for each message."""

    def __init__(self, clock: ManualClock, world: WorldClock) -> None:
        super().__init__(wanted=40)
        self.clock = clock
        self.world = world
        self.latest = 0

    async def send(self, sender: Sender, body: bytes) -> None:
        await super().send(sender, body)
        self.clock.advance(1)
        said = json.loads(body).get("observedAt") if body.startswith(b"{") else None
        if said is not None and sender.device == "J1":
            self.latest = max(self.latest, self.world.now() - parse_instant(said))
        await asyncio.sleep(0)


async def test_a_slow_intake_slows_the_world_instead_of_falling_behind_it() -> None:
    real = CreepingClock(NOON)
    clock = WorldClock(real, start=NOON, speed=600)
    transport = LaggingTransport(real, clock)
    city = simulation(transport, clock)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running = group.create_task(city.run())
        await transport.enough.wait()
        running.cancel()
    assert 0 < transport.latest < 7 * MINUTE_US


def test_waiting_is_measured_in_our_seconds() -> None:
    clock = WorldClock(ManualClock(NOON), speed=60)
    later = Instant(NOON + 120 * SECOND_US)
    assert clock.wait_s(later) == 2
    assert clock.wait_s(NOON) == 0
    clock.pause()
    assert clock.wait_s(later) is None


@pytest.mark.parametrize("speed", [0, 0.5, 601, float("nan")])
def test_a_speed_outside_of_1_to_600_is_refused(speed: float) -> None:
    with pytest.raises(BadRequestError):
        WorldClock(ManualClock(NOON)).run_at(speed)


async def test_the_past_comes_newest_day_first_and_stops_before_the_present() -> None:
    loader, told = RecordingLoader(), list[Filled]()
    gates = tuple(d for d in world.DEVICES if d.id in {"J1", "J2"})
    days = tuple(jst.days_back(date(2026, 2, 4), 3))
    count = await backfill(
        seed=7,
        until=NOON,
        loader=loader,
        dialects=DIALECTS,
        progress=told.append,
        what=[Era("test", gates, days)],
    )
    assert count == len(loader.messages) == 2 * (48 + 96 + 96)
    assert [one.day for one in told] == list(days)
    assert told[-1].days_done == told[-1].days_total == 3
    assert max(message.at for message in loader.messages) < NOON + 2 * SECOND_US
    for batch in loader.batches:
        assert batch == sorted(batch, key=lambda message: message.at)


async def test_the_past_tells_the_totals_that_a_gate_has_said_live() -> None:
    loader, transport = RecordingLoader(), RecordingTransport()
    gate = world.DEVICES[:1]
    await backfill(
        seed=7,
        until=NOON,
        loader=loader,
        dialects=DIALECTS,
        progress=lambda _: None,
        what=[Era("test", gate, (date(2026, 2, 4),))],
    )
    await simulation(transport, past_clock()).speak(NOON)
    live = next(json.loads(body) for device, _, body in transport.sent if device == "J1")
    past = json.loads(loader.messages[-1].body)
    assert {k: v for k, v in past.items() if k != "observedAt"} == {
        k: v for k, v in live.items() if k != "observedAt"
    }


def test_the_past_has_the_gap_between_the_two_generations_of_sensors() -> None:
    days = {day: era.devices for era in eras(date(2024, 3, 10)) for day in era.days}
    assert date(2024, 2, 1) in days
    assert not [day for day in days if date(2023, 10, 1) <= day < date(2024, 2, 1)]
    assert days[date(2023, 9, 30)] == world.OLDER_GATES
    assert date(2023, 9, 30) - min(days) == timedelta(days=364)


def test_no_day_of_the_past_is_told_twice() -> None:
    days = [day for era in eras(date(2026, 11, 21)) for day in era.days]
    assert len(days) == len(set(days)) == 730 + 365
    assert days == sorted(days, reverse=True)


async def test_provisioning_approves_every_device_and_makes_new_keys_at_each_start() -> None:
    store = MemoryDeviceStore()
    directory = Directory(store)
    registry = DeviceRegistry(
        store=store, directory=directory, clock=ManualClock(NOON), ids=SeededIds(1)
    )
    first = await provision(registry)
    second = await provision(registry)
    assert first.keys() == second.keys() == {device.id for device in EVERY_DEVICE}
    for device in world.DEVICES:
        known = directory.by_key(second[device.id].key, device.id)
        assert known is not None
        assert known.is_admitted(NOON)
        assert directory.by_key(first[device.id].key, device.id) is None


async def test_the_older_sensors_may_speak_of_their_time_and_not_of_today() -> None:
    store = MemoryDeviceStore()
    registry = DeviceRegistry(
        store=store, directory=Directory(store), clock=ManualClock(NOON), ids=SeededIds(1)
    )
    await provision(registry)
    older = await registry.get("", world.OLDER_GATES[0].id)
    assert older.subject == "J1"
    assert older.is_admitted(jst.at_minute(date(2023, 9, 30), 1439))
    assert not older.is_admitted(jst.midnight(date(2023, 10, 1)))


async def test_a_simulated_device_that_somebody_suspended_stays_suspended() -> None:
    store = MemoryDeviceStore()
    registry = DeviceRegistry(
        store=store, directory=Directory(store), clock=ManualClock(NOON), ids=SeededIds(1)
    )
    await provision(registry)
    await registry.suspend("", "J1", "data-office")
    await registry.retire("", "J2", "data-office")
    senders = await provision(registry)
    assert not (await registry.get("", "J1")).is_admitted(NOON)
    assert "J2" not in senders


def test_a_sender_does_not_print_its_key() -> None:
    assert "key-of-J1" not in repr(SENDERS["J1"])

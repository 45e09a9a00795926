"""The demo's world: its devices are registered, driven through real doors, and given a past."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Self

import msgspec

from city.binding.loader import PastLoader
from city.binding.sink import BrokerSink
from city.binding.stage import Stage
from city.binding.zones import write_zones
from city.compose import City
from kernel.clock import Clock
from kernel.times import DAY_US, MINUTE_US, Instant, floor_to
from sensors.registry.decisions import Approve, Draft
from sensors.registry.device import DeviceClass, Place, Transport
from sensors.registry.service import DeviceExistsError, DeviceRegistry
from sensors.simulation import jst
from sensors.simulation import scenario as scripts
from sensors.simulation.backfill import Era, Filled, backfill, eras
from sensors.simulation.drive import Simulation
from sensors.simulation.ports import DeviceTransport, Sender
from sensors.simulation.provisioning import NOTICE, provision
from sensors.simulation.transports import HttpTransport, MqttTransport
from sensors.simulation.world import SAPPORO, SITE, ZONES, is_closed, point_at
from sensors.simulation.worldclock import WorldClock

TRIAL_DEVICE = "TRY1"
_TRIAL_POSITION_M = 200.0
_LIVELY_MINUTE = 17 * 60 + 30
"""When the walkway is fullest: a demo that would begin behind closed doors begins here."""


@dataclass(frozen=True)
class Trial:
    """A device for whoever wants to try the doors by hand."""

    device: str
    key: str


@dataclass(frozen=True)
class DemoWorld:
    """What the demo was asked for. `days` of history are filled in, newest first."""

    seed: int
    scenario: str
    speed: float
    days: int

    def stage(self, clock: Clock) -> Stage:
        """The world's clock and levers, before anything moves in it."""
        now = clock.now()
        start = lively(now)
        world = WorldClock(clock, start=start, speed=self.speed)
        return Stage(world, self.scenario, lives_at_our_time=start == now)

    @asynccontextmanager
    async def living(
        self, stage: Stage, city: City, *, base_url: str, mqtt_url: str
    ) -> AsyncIterator[Trial]:
        """Register, remember, and begin to move; ends with the context."""
        registry = city.registry.registry
        await write_zones(city.broker.broker)
        senders = await provision(registry)
        trial = Trial(TRIAL_DEVICE, await _trial_key(registry))
        past = _Past(city, senders, self.seed, stage.clock.now())
        await past.tell(1)
        async with _Doors(base_url, mqtt_url) as doors:
            simulation = Simulation(
                seed=self.seed,
                senders=senders,
                transport=doors,
                clock=stage.clock,
                scenario=scripts.load(self.scenario),
            )
            stage.attach(simulation)
            await simulation.speak(floor_to(stage.clock.now(), MINUTE_US))
            city.tasks.start("simulated city", simulation.run())
            if city.boards is not None:
                await city.boards.reread()  # whoever comes now finds the first day
            city.tasks.start("simulated past", past.tell(self.days, skip=1))
            yield trial


def lively(now: Instant) -> Instant:
    """The world's time at the start: ours or, while the walkway is closed, the evening before."""
    if not is_closed(jst.minute_of_day(now)):
        return now
    yesterday = jst.day_of(Instant(now - DAY_US))
    return jst.at_minute(yesterday, _LIVELY_MINUTE)


class _Past:
    """Tells the city's past, and the boards as it grows."""

    def __init__(self, city: City, senders: dict[str, Sender], seed: int, until: Instant) -> None:
        self._city = city
        self._seed = seed
        self._until = until
        self._dialects = {device: sender.dialect for device, sender in senders.items()}
        intake = city.intake
        assert intake is not None, "the demo has every room"  # noqa: S101
        self._loader = PastLoader(
            directory=city.registry.sensors,
            policies=intake.policies,
            history=city.stores.history,
            dialects=self._dialects,
            ids=city.ids,
        )

    async def tell(self, days: int, *, skip: int = 0) -> None:
        """Load the newest `days` days without the first `skip`; with them, show the present."""
        if days <= skip:
            return
        await backfill(
            seed=self._seed,
            until=self._until,
            loader=self._loader,
            dialects=self._dialects,
            progress=self._grew,
            what=_newest(eras(jst.day_of(self._until)), days, skip),
        )
        if not skip:
            await BrokerSink(self._city.broker.broker).put(self._loader.latest())

    def _grew(self, filled: Filled) -> None:
        begin = jst.midnight(filled.day)
        for entity_id in self._loader.take_grown():
            self._city.broker.reader.grew(entity_id, begin, Instant(begin + DAY_US))


def _newest(told: Sequence[Era], days: int, skip: int) -> list[Era]:
    """The eras cut down to so many days."""
    kept = []
    for era in told:
        kept.append(msgspec.structs.replace(era, days=era.days[skip:days]))
        days, skip = max(days - len(era.days), 0), max(skip - len(era.days), 0)
    return [era for era in kept if era.days]


class _Doors:
    """JSON devices speak over MQTT, UltraLight ones over HTTP: both doors are used."""

    def __init__(self, base_url: str, mqtt_url: str) -> None:
        self._http = HttpTransport(base_url)
        self._mqtt = MqttTransport(mqtt_url)
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._opened.enter_async_context(self._http)
        await self._opened.enter_async_context(self._mqtt)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    async def send(self, sender: Sender, body: bytes) -> None:
        """Through the door of the device's dialect."""
        door: DeviceTransport = self._mqtt if sender.transport is Transport.JSON else self._http
        await door.send(sender, body)


async def _trial_key(registry: DeviceRegistry) -> str:
    """A gate at the plaza that nobody simulates; it gets a new key at every start."""
    try:
        made = await registry.provision("", _trial_draft())
    except DeviceExistsError:
        return (await registry.rotate_key("", TRIAL_DEVICE)).key
    await registry.approve("", TRIAL_DEVICE, Approve(role="simulator", notice=NOTICE))
    return made.key


def _trial_draft() -> Draft:
    zone = next(one for one in ZONES if one.from_m <= _TRIAL_POSITION_M < one.to_m)
    return Draft(
        id=TRIAL_DEVICE,
        device_class=DeviceClass.PEOPLE_FLOW_GATE,
        owner="you",
        responsible_party="you",
        contact="you",
        place=Place(
            site=SITE,
            municipality=SAPPORO,
            location=point_at(_TRIAL_POSITION_M),
            zone=zone.id,
            position_m=_TRIAL_POSITION_M,
        ),
        name="お試しゲート / trial gate",
        facts={"simulated": True},
        accuracy_class="unknown",
        report_interval_s=86_400,
    )

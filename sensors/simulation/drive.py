"""Drives the simulated devices: says at each minute of the world what they have to say.

Messages go out one after the other in the order of their time. What nobody takes is kept, up to a
bound, and sent again first: devices have memories, too.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence

import msgspec
import structlog

from kernel.errors import CallerError, UnavailableError
from kernel.times import MINUTE_US, Instant
from sensors.simulation.flow import City
from sensors.simulation.ports import DeviceTransport, Sender
from sensors.simulation.scenario import Scenario
from sensors.simulation.speech import minute_of_city, next_minute
from sensors.simulation.wire import Flaws, Message, messages
from sensors.simulation.world import DEVICES, Installed
from sensors.simulation.worldclock import WorldClock

_log = structlog.get_logger("odori.sensors")
_MOST_KEPT = 20_000
"""Messages that wait for the intake; beyond it the oldest are lost, as in a real device."""
_MOST_AHEAD_US = 5 * MINUTE_US
"""How far the world may run ahead of what has been said; intakes refuse what comes too late."""


class Progress(msgspec.Struct, frozen=True):
    """What the simulation has done and how it stands."""

    scenario: str
    now: Instant
    speed: float
    paused: bool
    sent: int
    refused: int
    waiting: int
    lost: int


class Simulation:
    """The running city. It starts with the ordinary day.

    Attributes:
        clock: the time of the world; the intake that is spoken to has to live by it.
    """

    def __init__(
        self,
        *,
        seed: int,
        senders: Mapping[str, Sender],
        transport: DeviceTransport,
        clock: WorldClock,
        scenario: Scenario,
        devices: Sequence[Installed] = DEVICES,
        flaws: Flaws | None = None,
    ) -> None:
        self.clock = clock
        self._city = City(seed)
        self._devices = [device for device in devices if device.id in senders]
        self._senders = senders
        self._transport = transport
        self._flaws = flaws or Flaws()
        self._waiting: deque[Message] = deque()
        self._changed = asyncio.Event()
        self._sent = self._refused = self._lost = 0
        self._unreachable = False
        self._scenario = ""
        self.play(scenario)

    def play(self, scenario: Scenario) -> None:
        """Begin a scenario now; what the last one did ends now."""
        course = self._city.course.then(scenario, self.clock.now())
        self._city = City(self._city.seed, course)
        self._scenario = scenario.name

    def pause(self) -> None:
        """Stop the world."""
        self.clock.pause()
        self._changed.set()

    def resume(self) -> None:
        """Let the world go on."""
        self.clock.resume()
        self._changed.set()

    def run_at(self, speed: float) -> None:
        """Change the speed: 1 to 600.

        Raises:
            BadRequestError: it is outside that.
        """
        self.clock.run_at(speed)
        self._changed.set()

    def progress(self) -> Progress:
        """How it stands."""
        return Progress(
            scenario=self._scenario,
            now=self.clock.now(),
            speed=self.clock.speed,
            paused=self.clock.is_paused,
            sent=self._sent,
            refused=self._refused,
            waiting=len(self._waiting),
            lost=self._lost,
        )

    async def run(self) -> None:
        """Speak minute after minute of the world, until cancelled. No minute is left out."""
        due = next_minute(self.clock.now())
        try:
            while True:
                self.clock.allow(Instant(due + _MOST_AHEAD_US))
                await self._until(due)
                await self.speak(due)
                due = Instant(due + MINUTE_US)
        finally:
            self.clock.allow(None)

    async def speak(self, due: Instant) -> None:
        """Send everything that the devices say at a minute's end."""
        said = messages(
            self._city.seed,
            minute_of_city(self._city, self._devices, due),
            {device: sender.dialect for device, sender in self._senders.items()},
            self._flaws,
        )
        for message in sorted(said, key=lambda one: one.at):
            await self._until(message.at)
            self._keep(message)
            await self._flush()

    def _keep(self, message: Message) -> None:
        self._waiting.append(message)
        if len(self._waiting) > _MOST_KEPT:
            self._waiting.popleft()
            self._lost += 1

    async def _flush(self) -> None:
        """Send what waits, oldest first, until nobody takes it."""
        while self._waiting:
            message = self._waiting[0]
            try:
                await self._transport.send(self._senders[message.device], message.body)
                self._sent += 1
            except CallerError:
                self._refused += 1
            except UnavailableError:
                self._notice_outage()
                return
            self._waiting.popleft()
        if self._unreachable:
            _log.info("intake takes simulated messages again")
            self._unreachable = False

    def _notice_outage(self) -> None:
        if not self._unreachable:
            _log.warning("intake takes no simulated messages, they wait")
            self._unreachable = True

    async def _until(self, instant: Instant) -> None:
        """Wait for an instant of the world, however often speed and pause change meanwhile."""
        while (wait_s := self.clock.wait_s(instant)) != 0:
            self._changed.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                continue

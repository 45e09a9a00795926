"""The simulated city's levers, as the boards know them."""

from collections.abc import Sequence

from dashboard.ports import Scenario, Speed, WorldStatus
from sensors.simulation import scenario as scripts
from sensors.simulation.drive import Simulation
from sensors.simulation.worldclock import WorldClock


class Stage:
    """Implements `dashboard.ports.ScenarioControl`; the simulation is attached once it exists."""

    def __init__(self, clock: WorldClock, scenario: str, *, lives_at_our_time: bool = True) -> None:
        self.clock = clock
        self.lives_at_our_time = lives_at_our_time
        self._scenario = scenario
        self._simulation: Simulation | None = None

    def attach(self, simulation: Simulation) -> None:
        """Hand over the levers."""
        self._simulation = simulation

    def scenarios(self) -> Sequence[Scenario]:
        """Every scenario that there is a script of."""
        return [_shown(scripts.load(name)) for name in scripts.names()]

    def status(self) -> WorldStatus:
        """Where the world stands."""
        simulation = self._simulation
        scenario = self._scenario if simulation is None else simulation.progress().scenario
        return WorldStatus(
            self.clock.now(), scenario, _nearest(self.clock.speed), self.clock.is_paused
        )

    async def start(self, scenario: str) -> None:
        """Play a scenario from its beginning."""
        script = scripts.load(scenario)
        self._scenario = script.name
        if self._simulation is not None:
            self._simulation.play(script)

    async def set_speed(self, speed: Speed) -> None:
        """Run at this speed from now on."""
        if self._simulation is not None:
            self._simulation.run_at(float(speed))

    async def pause(self, paused: bool) -> None:
        """Hold the world, or let it go on."""
        if self._simulation is None:
            return
        if paused:
            self._simulation.pause()
        else:
            self._simulation.resume()


def _nearest(speed: float) -> Speed:
    """The button nearest to a speed that the command line chose."""
    return min(Speed, key=lambda one: abs(float(one) - speed))


def _shown(script: scripts.Scenario) -> Scenario:
    return Scenario(script.name, dict(script.title))

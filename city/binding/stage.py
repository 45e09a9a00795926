"""The simulated city's levers, as the boards know them."""

from collections.abc import Sequence

from dashboard.ports import Scenario, Speed, WorldStatus
from sensors.simulation import scenario as scripts
from sensors.simulation.drive import Simulation


class Stage:
    """Implements `dashboard.ports.ScenarioControl` on a running simulation."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def scenarios(self) -> Sequence[Scenario]:
        """Every scenario that there is a script of."""
        return [_shown(scripts.load(name)) for name in scripts.names()]

    def status(self) -> WorldStatus:
        """Where the world stands."""
        progress = self._simulation.progress()
        return WorldStatus(
            progress.now, progress.scenario, Speed(f"{progress.speed:g}"), progress.paused
        )

    async def start(self, scenario: str) -> None:
        """Play a scenario from its beginning."""
        self._simulation.play(scripts.load(scenario))

    async def set_speed(self, speed: Speed) -> None:
        """Run at this speed from now on."""
        self._simulation.run_at(float(speed))

    async def pause(self, paused: bool) -> None:
        """Hold the world, or let it go on."""
        if paused:
            self._simulation.pause()
        else:
            self._simulation.resume()


def _shown(script: scripts.Scenario) -> Scenario:
    return Scenario(script.name, dict(script.title))

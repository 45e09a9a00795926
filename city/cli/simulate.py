"""`odori simulate`: the simulated city against a running Odori, through its public doors."""

import asyncio
import contextlib
from contextlib import AsyncExitStack

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from city.cli.language import help_text
from city.cli.running import run
from city.cli.talking import operator_token, server_options
from kernel.clock import SystemClock
from kernel.times import HOUR_US, Instant
from sensors.simulation import scenario as scripts
from sensors.simulation.drive import Simulation
from sensors.simulation.ports import DeviceTransport
from sensors.simulation.remote import RemoteRegistry
from sensors.simulation.transports import HttpTransport, MqttTransport
from sensors.simulation.worldclock import WorldClock
from serving.tasks import Supervisor

_HELP = help_text(
    "Drive the simulated city as its devices would, against a running Odori. The devices are"
    " registered and approved first, which needs an operator's token. Faster than real time, the"
    " world begins so many hours ago and goes on in real time once it has caught up.",
    "動いている Odori に模擬都市のデータを送ります(センサーの登録には運用者トークンが必要)",
    "odori simulate weekday",
    "odori simulate sensor-outage --speed 60 --hours 6",
    "odori simulate weekday --mqtt mqtt://127.0.0.1:1883 --minutes 10",
)


@click.command(help=_HELP)
@click.argument("scenario", default="weekday", type=click.Choice(scripts.names()))
@click.option("--speed", type=click.FloatRange(1, 600), default=1.0, help="1 to 600")
@click.option("--hours", type=click.FloatRange(0, 60), default=6.0, help="How long ago it begins")
@click.option("--seed", type=int, default=2026, help="Another seed, another city")
@click.option("--mqtt", "mqtt_url", default="", help="Speak MQTT to this broker, else HTTP")
@click.option("--minutes", type=float, default=0.0, help="Stop after so many; 0: at Ctrl-C")
@server_options
def simulate(
    scenario: str,
    speed: float,
    hours: float,
    seed: int,
    mqtt_url: str,
    minutes: float,
    url: str,
    token: str,
) -> None:
    """Register, then drive until stopped."""
    script = scripts.load(scenario)
    clock = SystemClock()
    start = Instant(clock.now() - round(hours * HOUR_US)) if speed > 1 else clock.now()
    world = WorldClock(clock, start=start, speed=speed)
    door = MqttTransport(mqtt_url) if mqtt_url else HttpTransport(url)
    run(
        _drive(
            RemoteRegistry(url, operator_token(token)),
            script,
            seed,
            world,
            door,
            minutes * 60 or None,
        )
    )


async def _drive(
    registry: RemoteRegistry,
    script: scripts.Scenario,
    seed: int,
    world: WorldClock,
    door: HttpTransport | MqttTransport,
    limit_s: float | None,
) -> None:
    async with AsyncExitStack() as opened:
        await opened.enter_async_context(door)
        transport: DeviceTransport = door
        senders = await registry.provision()
        simulation = Simulation(
            seed=seed, senders=senders, transport=transport, clock=world, scenario=script
        )
        tasks = await opened.enter_async_context(Supervisor())
        tasks.start("simulated city", simulation.run())
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(limit_s):
                await _show(simulation, world)


async def _show(simulation: Simulation, world: WorldClock) -> None:
    """A line that tells how it goes; real time from the moment the world has caught up."""
    clock = SystemClock()
    began, target = world.now(), clock.now()
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(simulation.progress().scenario, total=target - began or 1, told="")
        while True:
            now = simulation.progress()
            told = f"sent {now.sent}  refused {now.refused}  waiting {now.waiting}"
            bar.update(task, completed=world.now() - began, told=told)
            if world.speed > 1 and world.now() >= clock.now():
                simulation.run_at(1.0)
            await asyncio.sleep(0.5)

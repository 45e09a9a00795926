"""`odori demo`: a whole simulated city on this machine, with one command."""

import os
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import click

from city.addresses import base_url
from city.cli.banner import Welcome, banner
from city.cli.language import help_text, say
from city.cli.options import GroupedCommand, given, print_config_option, setting_options
from city.cli.running import run
from city.cli.talking import TOKEN_FILE
from city.compose import City, World, city
from city.demo_partner import partner
from city.doors import is_loopback
from city.issuer import with_port
from city.logs import set_up_logs
from city.mqtt_embedded import embedded_mqtt
from city.ports_taken import check_port
from city.preflight import check_database
from city.server import listening, until_stopped
from city.settings.load import ConfigurationError, load
from city.settings.printing import print_settings
from city.settings.table import Settings
from city.simulated import DemoWorld
from kernel.clock import SystemClock
from sensors.simulation import scenario as scripts

_HELP = help_text(
    "Run a simulated city: sensors push over MQTT and HTTP, identifiers are stripped, the broker"
    " serves what remains, the board shows it live. Everything stays on this machine.",
    "模擬都市を動かします。センサーは MQTT と HTTP で送り、個人識別情報は取り除かれ、"
    "画面に表示されます。"
    "全てこの機械の中で完結します。",
    "odori demo",
    "odori demo --port 8080 --speed 60",
    "odori demo --scenario sensor-outage --seed 7 --days 14",
)


@click.command(cls=GroupedCommand, help=_HELP)
@click.option("--seed", type=int, default=2026, help=say("Another seed, another city", "乱数の種"))
@click.option(
    "--scenario",
    default="weekday",
    type=click.Choice(scripts.names()),
    help=say("What happens in it", "シナリオ"),
)
@click.option("--speed", type=click.FloatRange(1, 600), default=1.0, help=say("1 to 600", "速度"))
@click.option(
    "--days",
    type=click.IntRange(0, 1200),
    default=56,
    help=say("Days of history to fill in, newest first", "過去データの日数"),
)
@click.option("--browser/--no-browser", default=None, help=say("Open the board", "画面を開く"))
@print_config_option
@setting_options("HTTP", "Storage", "Intake", "Logging")
def demo(
    seed: int,
    scenario: str,
    speed: float,
    days: int,
    browser: bool | None,
    print_config: bool,
    **options: Any,
) -> None:
    """Load the settings and run the demo until it is stopped."""
    loaded = load(given(options) | _DEMO, os.environ, Path.cwd())
    if print_config:
        print_settings(loaded)
        return
    settings = with_port(loaded.settings)
    if not is_loopback(settings.http_host):
        raise ConfigurationError("The demo stays on loopback; for the network use: odori serve")
    is_quiet = loaded.origins["log_level"] == "default"
    set_up_logs("warning" if is_quiet else settings.log_level, settings.log_format)
    world = DemoWorld(seed=seed, scenario=scenario, speed=speed, days=days)
    run(_demo(settings, world, opens_browser=_wants_browser(browser)))


_DEMO = {"dashboard_public": True, "delivery_private_receivers": True}


async def _demo(settings: Settings, world: DemoWorld, *, opens_browser: bool) -> None:
    clock = SystemClock()
    check_port(settings.http_host, settings.http_port, flag="--port", purpose="HTTP")
    check_port(
        settings.http_host,
        settings.mqtt_embedded_port,
        flag="--mqtt-embedded-port",
        purpose="MQTT",
    )
    check_database(settings)
    async with AsyncExitStack() as opened:
        mqtt_port = await opened.enter_async_context(
            embedded_mqtt(settings.http_host, settings.mqtt_embedded_port)
        )
        mqtt_url = f"mqtt://{settings.http_host}:{mqtt_port}"
        settings = settings.model_copy(update={"mqtt_url": mqtt_url})
        stage = world.stage(clock)
        outer = World(clock=clock, time=stage.clock, stage=stage, embedded_mqtt=True, demo=True)
        running = await opened.enter_async_context(city(settings, world=outer))
        token = _token(settings.data_dir, running.first_token)
        port = await opened.enter_async_context(
            listening(running.app, settings.http_host, settings.http_port)
        )
        url = base_url(settings.http_host, port)
        trial = await opened.enter_async_context(
            world.living(stage, running, base_url=url, mqtt_url=mqtt_url)
        )
        moved_to = None if stage.lives_at_our_time else stage.clock.now()
        service = await opened.enter_async_context(_partner(running, settings.http_host))
        welcome = Welcome(
            url, settings.http_host, mqtt_port, settings.data_dir, token, trial, moved_to, service
        )
        click.echo(banner(welcome))
        if opens_browser:
            webbrowser.open(url)
        await until_stopped()
        click.echo(say("Stopping; everything acknowledged is kept.", "終了します。"), err=True)


@asynccontextmanager
async def _partner(running: City, host: str) -> AsyncIterator[str]:
    """A member company's service to log in to, as long as the demo runs; its address."""
    if running.identity is None:
        yield ""
        return
    async with partner(running.identity, host) as address:
        yield address


def _token(folder: Path, made: str) -> str:
    """Keep the demo's operator token beside its data, for the command line; readable by us only."""
    path = folder / TOKEN_FILE
    if made:
        path.touch(mode=0o600)
        path.write_text(made, encoding="ascii")
        return made
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


def _wants_browser(asked: bool | None) -> bool:
    if asked is not None:
        return asked
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

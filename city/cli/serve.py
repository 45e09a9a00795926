"""`odori serve [rooms]`."""

import os
from pathlib import Path
from typing import Any

import click

from city.addresses import base_url
from city.cli.language import help_text, say
from city.cli.options import GroupedCommand, given, print_config_option, setting_options
from city.cli.running import run
from city.compose import City, Room, city
from city.doors import check_openness
from city.issuer import with_port
from city.logs import set_up_logs
from city.ports_taken import check_port
from city.preflight import check_database, check_settings
from city.server import listening, until_stopped
from city.settings.load import Loaded, load
from city.settings.printing import print_settings
from city.settings.table import Settings

_HELP = help_text(
    "Serve the city, or only some of its rooms: broker, ingest, sensors, dashboard, oauth.",
    "都市、またはその一部(broker, ingest, sensors, dashboard, oauth)を動かします。",
    "odori serve",
    "odori serve broker --port 1026 --data-dir ./data --open",
    "odori serve broker oauth --mongodb-url mongodb://db:27017 --multiservice",
    "odori serve ingest sensors --mqtt-url mqtt://mosquitto:1883",
)


@click.command(cls=GroupedCommand, help=_HELP)
@click.argument("rooms", nargs=-1, type=click.Choice([room.value for room in Room]))
@print_config_option
@setting_options()
def serve(rooms: tuple[str, ...], print_config: bool, **options: Any) -> None:
    """Load the settings and serve until stopped."""
    loaded = load(given(options), os.environ, Path.cwd())
    if print_config:
        print_settings(loaded)
        return
    chosen = frozenset(Room(name) for name in rooms) or frozenset(Room)
    set_up_logs(loaded.settings.log_level, loaded.settings.log_format)
    run(_serve(loaded, chosen))


async def _serve(loaded: Loaded, rooms: frozenset[Room]) -> None:
    settings = with_port(loaded.settings)
    check_openness(settings)
    check_settings(settings)
    check_port(settings.http_host, settings.http_port, flag="--port", purpose="HTTP")
    check_database(settings)
    async with (
        city(settings, rooms) as running,
        listening(running.app, settings.http_host, settings.http_port) as port,
    ):
        click.echo(_banner(settings, rooms, port, running), err=True)
        await until_stopped()


def _banner(settings: Settings, rooms: frozenset[Room], port: int, running: City) -> str:
    names = ", ".join(sorted(rooms))
    store = "MongoDB" if settings.mongodb_url else str(settings.data_dir)
    url = base_url(settings.http_host, port)
    lines = [f"Odori listens on {url} ({names}; data in {store})"]
    if settings.open:
        lines.append(say("Open: no token is asked for.", "認証なしで動いています。"))
    if running.identity is not None:
        lines.append(say("Citizens' IDs at ", "利用者ID: ") + f"{running.identity.issuer}/account")
    if running.without_identity:
        told = say("No citizens' IDs here", "利用者IDは提供していません")
        lines.append(f"{told}: {running.without_identity}")
    if running.first_token:
        told = say("The operator's token, shown this once", "運用者トークン(一度だけ表示)")
        lines.append(f"{told}: {running.first_token}")
    lines.append(say("Ctrl-C stops.", "Ctrl-C で終了します。"))
    return "\n".join(lines)

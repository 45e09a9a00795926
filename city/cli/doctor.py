"""`odori doctor`: what this machine lacks, as a report to paste."""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import click

from city.cli.endings import FAILED
from city.cli.language import say
from city.cli.options import given, setting_options
from city.cli.talking import AnswerError, ask
from city.ports_taken import PortTakenError, check_port
from city.settings.load import load
from city.settings.table import GIB, Settings
from city.version import odori_version

_LEAST_DISK = GIB
_OLDEST_PYTHON = (3, 11)
Finding = tuple[bool, str, str]


@click.command(
    help=say(
        """Check this machine and these settings before they matter.

\b
Examples:
  odori doctor
  odori doctor --data-dir /var/lib/odori --mqtt-url mqtt://broker:1883
  odori doctor --ready http://127.0.0.1:1026   is a running Odori ready?""",
        "環境と設定の点検",
    )
)
@click.option("--ready", "ready_url", default="", metavar="URL", help="Ask a running Odori only")
@setting_options("HTTP", "Storage", "Intake")
def doctor(ready_url: str, **options: Any) -> None:
    """Print one line per check; end with 1 if any fails."""
    findings = (
        [_is_ready(ready_url)]
        if ready_url
        else list(_examine(load(given(options), os.environ, Path.cwd()).settings))
    )
    for fine, name, text in findings:
        click.echo(f"{'ok  ' if fine else 'FAIL'}  {name:<10} {text}")
    if not all(fine for fine, _, _ in findings):
        sys.exit(FAILED)


def _is_ready(url: str) -> Finding:
    try:
        ask("GET", url, "", "/readyz")
    except AnswerError as error:
        return False, "ready", error.message
    return True, "ready", url


def _examine(settings: Settings) -> Iterator[Finding]:
    checks: list[Callable[[Settings], Finding]] = [
        _python,
        _sqlite,
        _disk,
        _folder,
        _port,
        _database,
        _mqtt,
    ]
    for check in checks:
        yield check(settings)


def _python(_: Settings) -> Finding:
    found = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    return sys.version_info >= _OLDEST_PYTHON, "python", f"{found}, odori {odori_version()}"


def _sqlite(_: Settings) -> Finding:
    return True, "sqlite", f"{apsw.sqlite_lib_version()} through apsw {apsw.apsw_version()}"


def _disk(settings: Settings) -> Finding:
    folder = _existing(settings.data_dir)
    free = shutil.disk_usage(folder).free
    return free >= _LEAST_DISK, "disk", f"{free / GIB:.1f} GiB free at {folder}"


def _folder(settings: Settings) -> Finding:
    folder = _existing(settings.data_dir)
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True, "data", f"{settings.data_dir} can be written"
    except OSError:
        return False, "data", f"{folder} cannot be written: choose another with --data-dir"


def _port(settings: Settings) -> Finding:
    try:
        check_port(settings.http_host, settings.http_port, flag="--port", purpose="HTTP")
    except PortTakenError as error:
        return False, "port", error.message
    return True, "port", f"{settings.http_host}:{settings.http_port} is free"


def _database(settings: Settings) -> Finding:
    if settings.mongodb_url:
        from pymongo.uri_parser import parse_uri  # noqa: PLC0415 — needed with MongoDB only

        host, port = parse_uri(settings.mongodb_url)["nodelist"][0]
        return _reach("database", host, port or 27017)
    path = settings.data_dir / "city.sqlite"
    if not path.is_file():
        return True, "database", "none yet: it is made at the first start"
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    (verdict,) = next(connection.execute("PRAGMA quick_check(1)"))
    connection.close()
    return verdict == "ok", "database", f"{path}: {verdict}"


def _mqtt(settings: Settings) -> Finding:
    if not settings.mqtt_url:
        return True, "mqtt", "none set: sensors can use HTTP"
    address = settings.mqtt_url.rpartition("@")[2].removeprefix("mqtt://").rstrip("/")
    host, _, port = address.partition(":")
    return _reach("mqtt", host, int(port or 1883))


def _reach(name: str, host: str, port: int) -> Finding:
    try:
        with socket.create_connection((host, port), timeout=3):
            return True, name, f"{host}:{port} answers"
    except OSError:
        return False, name, f"nothing answers at {host}:{port}"


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    found = folder.resolve()
    while not found.exists():
        found = found.parent
    return found

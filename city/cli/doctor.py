"""`odori doctor`: what this machine lacks, as a report to paste."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import click

from city.cli.endings import FAILED
from city.cli.language import help_text
from city.cli.options import given, setting_options
from city.cli.talking import AnswerError, ask_openly
from city.ports_taken import PortTakenError, check_port
from city.preflight import DatabaseAwayError, answers, check_mongodb, check_settings
from city.settings.load import ConfigurationError, load
from city.settings.table import GIB, Settings
from city.version import odori_version
from ingest.mqtt_address import parse_address

_LEAST_DISK = GIB
_OLDEST_PYTHON = (3, 11)
Finding = tuple[bool, str, str]


@click.command(
    help=help_text(
        "Check this machine and these settings before they matter; ends with 1 if anything fails.",
        "環境と設定の点検(問題があれば終了コード 1)",
        "odori doctor",
        "odori doctor --data-dir /var/lib/odori --mqtt-url mqtt://broker:1883",
        "odori doctor --ready http://127.0.0.1:1026",
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
        ask_openly(url, "/readyz")
    except AnswerError as error:
        return False, "ready", error.message
    return True, "ready", url


def _examine(settings: Settings) -> Iterator[Finding]:
    try:
        check_settings(settings)
    except ConfigurationError as error:
        yield False, "settings", error.message
        return
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
        try:
            check_mongodb(settings.mongodb_url)
        except DatabaseAwayError as error:
            return False, "database", error.message
        return True, "database", "MongoDB answers"
    path = settings.data_dir / "city.sqlite"
    if not path.is_file():
        return True, "database", "none yet: it is made at the first start"
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        (verdict,) = next(connection.execute("PRAGMA quick_check(1)"))
        connection.close()
    except apsw.Error as error:
        verdict = type(error).__name__
    return verdict == "ok", "database", f"{path}: {verdict}"


def _mqtt(settings: Settings) -> Finding:
    if not settings.mqtt_url:
        return True, "mqtt", "none set: sensors can use HTTP"
    address = parse_address(settings.mqtt_url)
    where = f"{address.host}:{address.port}"
    if answers(address.host, address.port):
        return True, "mqtt", f"{where} answers"
    return False, "mqtt", f"nothing answers at {where}"


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    found = folder.resolve()
    while not found.exists():
        found = found.parent
    return found

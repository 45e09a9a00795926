"""`odori status`: is a running Odori well, and where are its doors?"""

import sys

import click

from city.cli.endings import FAILED
from city.cli.language import help_text, say
from city.cli.talking import AnswerError, ask_openly, url_option
from kernel.json import JsonValue, render

_HELP = help_text(
    "Tell whether a running Odori is well, and where its doors are. Ends with 1 if it is not.",
    "動いている Odori の状態と入口を表示します(異常なら終了コード 1)",
    "odori status",
    "odori status --url http://127.0.0.1:8080 --json",
)


@click.command(help=_HELP)
@click.option("--json", "as_json", is_flag=True, help=say("One JSON object", "JSON で出力"))
@url_option
def status(url: str, as_json: bool) -> None:
    """Ask the open paths; no token is needed."""
    base = url.rstrip("/")
    about = ask_openly(base, "/version")
    away = _away(base)
    ours = about.get("odori", {}) if isinstance(about, dict) else {}
    found: dict[str, JsonValue] = {
        "url": base,
        "version": ours.get("version", "") if isinstance(ours, dict) else "",
        "uptime_s": ours.get("uptime_s", 0) if isinstance(ours, dict) else 0,
        "ready": not away,
        "away": away,
        "doors": {name: base + path for name, path in _doors(base)},
    }
    click.echo(render(found) if as_json else _told(found))
    if away:
        sys.exit(FAILED)


def _away(base: str) -> str:
    """What is away, in the words of `/readyz`; empty when all is well."""
    try:
        ask_openly(base, "/readyz")
    except AnswerError as error:
        return error.message
    return ""


_DOORS = {"board": "/flow", "ngsi-v2": "/v2", "ngsi-ld": "/ngsi-ld/v1/types"}


def _doors(base: str) -> list[tuple[str, str]]:
    """The doors that this process has; a process of some rooms only has some of them."""
    document = ask_openly(base, "/openapi.json")
    paths = document.get("paths", {}) if isinstance(document, dict) else {}
    served = paths if isinstance(paths, dict) else {}
    return [(name, path) for name, path in _DOORS.items() if path in served]


def _told(found: dict[str, JsonValue]) -> str:
    state = say("ready", "稼働中") if found["ready"] else f"{say('away', '異常')}: {found['away']}"
    lines = [f"Odori {found['version']}: {state} ({found['uptime_s']} s)"]
    doors = found["doors"]
    for name, address in doors.items() if isinstance(doors, dict) else ():
        lines.append(f"  {name:<8} {address}")
    return "\n".join(lines)

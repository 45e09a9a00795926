"""`odori device`: the registry from the command line."""

from typing import Any
from urllib.parse import quote

import click

from city.cli.language import help_text
from city.cli.talking import ask, server_options
from kernel.json import JsonValue, render


@click.group(
    help=help_text(
        "Register devices, decide about them, give them keys.",
        "センサーの登録・承認・鍵",
        "odori device add J3 --class people_flow_gate --site chikaho --at 141.3527,43.0640",
        "odori device approve J3 --role traffic-office --notice https://city.example/n"
        " --since 2026-04-01",
        "odori device list",
        "odori device rotate J3",
    )
)
def device() -> None:
    """Hold the subcommands together."""


@device.command(
    help=help_text(
        "Register a device; its key is shown this once",
        "登録(鍵は一度だけ表示)",
        "odori device add W2 --class weather --site chikaho --at 141.35,43.06 --interval 600",
    )
)
@click.argument("device_id")
@click.option("--class", "device_class", required=True, help="people_flow_gate, signage, weather …")
@click.option("--site", required=True, help="The place that it belongs to")
@click.option("--at", "location", required=True, metavar="LON,LAT", help="WGS 84 degrees")
@click.option("--municipality", default="011002", show_default=True, help="Code, six digits")
@click.option("--zone", default="", help="Walkway zone")
@click.option("--name", default="", help="What people call it")
@click.option("--owner", default="city", show_default=True)
@click.option("--responsible", default="city", show_default=True, help="Responsible party")
@click.option("--contact", default="city", show_default=True, help="An office, never a person")
@click.option("--transport", default="json", type=click.Choice(["json", "ultralight"]))
@click.option("--interval", "interval_s", type=int, default=60, help="Seconds between reports")
@server_options
def add(url: str, token: str, device_id: str, location: str, **fields: Any) -> None:
    """Register one device; it writes nothing before it is approved."""
    body: JsonValue = {"devices": [_form(device_id, _point(location), fields)]}
    answer, _ = ask("POST", url, token, "/iot/devices", body)
    click.echo(render(answer))


@device.command(
    "list", help=help_text("List devices", "一覧", "odori device list", "odori device list --json")
)
@click.option("--json", "as_json", is_flag=True, help="The answer as it came")
@server_options
def show_all(url: str, token: str, as_json: bool) -> None:
    """Print id, class, state and policy of each device."""
    answer, _ = ask("GET", url, token, "/v1/devices?limit=1000")
    if as_json:
        click.echo(render(answer))
        return
    devices = answer.get("devices", []) if isinstance(answer, dict) else []
    for one in devices if isinstance(devices, list) else []:
        state = one["approval"]["state"]
        click.echo(f"{one['device_id']:<20} {one['deviceClass']:<20} {state:<10} {one['policy']}")


@device.command(help=help_text("Show a device", "表示", "odori device show J3"))
@click.argument("device_id")
@server_options
def show(url: str, token: str, device_id: str) -> None:
    """Print everything that the registry knows, without the key."""
    answer, _ = ask("GET", url, token, f"/v1/devices/{quote(device_id, safe='')}")
    click.echo(render(answer))


@device.command(
    help=help_text(
        "Let a device write",
        "承認",
        "odori device approve W2 --role weather-office",
        "odori device approve J3 --role traffic-office --notice https://city.example/n"
        " --since 2026-04-01",
    )
)
@click.argument("device_id")
@click.option("--role", required=True, help="The office that decides, never a person")
@click.option("--notice", default="", help="Where the public was told")
@click.option("--since", default="", metavar="YYYY-MM-DD", help="Since when the notice stands")
@click.option("--until", default="", help="When the approval ends, ISO 8601")
@server_options
def approve(
    url: str, token: str, device_id: str, role: str, notice: str, since: str, until: str
) -> None:
    """Approve a device."""
    body: dict[str, JsonValue] = {"action": "approve", "role": role}
    if notice:
        body["notice"] = {"url": notice, "publishedOn": since}
    if until:
        body["validUntil"] = until
    _decide(url, token, device_id, body)


@device.command(
    help=help_text(
        "Stop a device for now", "一時停止", "odori device suspend J3 --role traffic-office"
    )
)
@click.argument("device_id")
@click.option("--role", required=True, help="The office that decides")
@server_options
def suspend(url: str, token: str, device_id: str, role: str) -> None:
    """Suspend a device."""
    _decide(url, token, device_id, {"action": "suspend", "role": role})


@device.command(
    help=help_text("Stop a device for ever", "廃止", "odori device retire J3 --role traffic-office")
)
@click.argument("device_id")
@click.option("--role", required=True, help="The office that decides")
@server_options
def retire(url: str, token: str, device_id: str, role: str) -> None:
    """Retire a device."""
    _decide(url, token, device_id, {"action": "retire", "role": role})


@device.command(
    help=help_text(
        "Give a device another key, shown this once", "鍵の更新", "odori device rotate J3"
    )
)
@click.argument("device_id")
@server_options
def rotate(url: str, token: str, device_id: str) -> None:
    """Make the old key useless and print the new one."""
    answer, _ = ask("POST", url, token, f"/v1/devices/{quote(device_id, safe='')}/key")
    click.echo(render(answer))


def _decide(url: str, token: str, device_id: str, body: JsonValue) -> None:
    path = f"/v1/devices/{quote(device_id, safe='')}/approval"
    answer, _ = ask("POST", url, token, path, body)
    if isinstance(answer, dict):
        click.echo(render(answer["approval"]))


def _point(text: str) -> list[float]:
    try:
        longitude, latitude = (float(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter("two numbers with a comma: LON,LAT", param_hint="--at") from None
    return [longitude, latitude]


def _form(device_id: str, point: list[float], fields: dict[str, Any]) -> JsonValue:
    return {
        "device_id": device_id,
        "deviceClass": fields["device_class"],
        "owner": fields["owner"],
        "responsibleParty": fields["responsible"],
        "contact": fields["contact"],
        "name": fields["name"],
        "protocol": "PDI-IoTA-UltraLight" if fields["transport"] == "ultralight" else "IoTA-JSON",
        "reportIntervalS": fields["interval_s"],
        "place": {
            "site": fields["site"],
            "municipality": fields["municipality"],
            "zone": fields["zone"],
            "location": {"type": "Point", "coordinates": point},
        },
    }

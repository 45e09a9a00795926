"""`odori token`: who may call the APIs."""

from typing import Any
from urllib.parse import quote

import click

from city.cli.language import help_text
from city.cli.talking import ask, server_options
from kernel.permission import Scope


@click.group(
    help=help_text(
        "Issue, list and revoke tokens of operators, boards and other systems.",
        "トークンの発行・一覧・失効",
        "odori token create wall --scope boards --scope city:flow",
        "odori token list",
        "odori token revoke wall",
    )
)
def token() -> None:
    """Hold the subcommands together."""


@token.command(
    help=help_text(
        "Issue a token; it is shown this once",
        "トークンを発行(一度だけ表示)",
        "odori token create wall --scope boards --scope city:flow",
        "odori token create partner --scope ngsi:read --type WeatherObserved --ttl 86400",
        "odori token create parks --scope ngsi:read --scope ngsi:write --service-path /parks/#",
    )
)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in Scope]),
)
@click.option("--type", "types", multiple=True, help="Entity types that it shows; default: all")
@click.option(
    "--attribute", "attributes", multiple=True, help="Attributes that it shows; default: all"
)
@click.option(
    "--service-path",
    "service_paths",
    multiple=True,
    help="Service paths that it is for, with /# everything below; default: all",
)
@click.option("--tenant", "tenants", multiple=True, help="Tenants that it is for; default: all")
@click.option("--ttl", "ttl_s", type=int, default=0, help="Seconds until it expires; 0: never")
@server_options
def create(
    name: str,
    scopes: tuple[str, ...],
    types: tuple[str, ...],
    attributes: tuple[str, ...],
    service_paths: tuple[str, ...],
    tenants: tuple[str, ...],
    ttl_s: int,
    url: str,
    token: str,
) -> None:
    """Issue a token."""
    body = {
        "name": name,
        "scopes": list(scopes),
        "types": list(types) or None,
        "attributes": list(attributes) or None,
        "service_paths": list(service_paths) or None,
        "tenants": list(tenants) or None,
        "ttl_s": ttl_s,
    }
    answer, _ = ask("POST", url, token, "/v1/tokens", body)
    if isinstance(answer, dict):
        click.echo(answer["token"])


@token.command("list", help=help_text("List tokens", "トークンの一覧", "odori token list"))
@server_options
def show_all(url: str, token: str) -> None:
    """Print name, scopes, limits and expiry of each token."""
    answer, _ = ask("GET", url, token, "/v1/tokens")
    for one in answer if isinstance(answer, list) else []:
        words = [f"{one['name']:<24}", ",".join(one["scopes"]), *_limits(one)]
        click.echo(" ".join([*words, *([one["expiresAt"]] if one["expiresAt"] else [])]))


def _limits(shown: dict[str, Any]) -> list[str]:
    """What a token is limited to: `types=Room,Hall`."""
    members = ("tenants", "types", "attributes", "servicePaths")
    return [f"{member}={','.join(shown[member])}" for member in members if shown.get(member)]


@token.command(help=help_text("Revoke a token", "トークンを失効させる", "odori token revoke wall"))
@click.argument("name")
@server_options
def revoke(name: str, url: str, token: str) -> None:
    """End a token."""
    ask("DELETE", url, token, f"/v1/tokens/{quote(name, safe='')}")

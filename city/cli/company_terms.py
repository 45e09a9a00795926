"""`odori company terms`: texts in versions, and which one a service works under."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from city.cli.language import help_text
from city.cli.talking import ask, server_options
from kernel.json import JsonValue, render
from oauth.model.terms import Clause

_ADD = (
    "odori company terms add co_4x2 --version 2026-04 --effective 2026-04-01"
    ' --title-ja 利用規約 --title-en "Terms of service" --text-ja ja.txt --text-en en.txt'
    " --clause data-to-association --clause without-identifiers --client svc_7yq"
)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_ASSOCIATION = {"association:id": "id", "association:oauth": "oauth"}


@click.group(
    help=help_text(
        "Store terms in versions and bind services to them.",
        "規約",
        _ADD,
        "odori company terms list",
        "odori company terms bind svc_7yq 2026-04",
    )
)
def terms() -> None:
    """Hold the subcommands together."""


@terms.command(
    "add",
    help=help_text(
        "Store a version: of a company's service, or of association:id, association:oauth",
        "版を追加",
        _ADD,
    ),
)
@click.argument("owner")
@click.option("--version", required=True, help="Its name, such as 2026-04")
@click.option("--effective", required=True, metavar="DAY", help="After every version before")
@click.option("--title-ja", required=True)
@click.option("--title-en", required=True)
@click.option("--text-ja", type=_FILE, required=True, help="File with the Japanese text, UTF-8")
@click.option("--text-en", type=_FILE, required=True, help="File with the English text, UTF-8")
@click.option(
    "--clause",
    "clauses",
    multiple=True,
    type=click.Choice([one.value for one in Clause]),
    help="A mandatory clause that you found in the text",
)
@click.option("--client", "clients", multiple=True, help="Services to bind to it at once")
@server_options
def add(url: str, token: str, owner: str, **fields: Any) -> None:
    """Store one version; it never changes."""
    kind = _ASSOCIATION.get(owner, "service")
    body: JsonValue = {
        "owner": "association" if owner in _ASSOCIATION else owner,
        "kind": kind,
        "version": fields["version"],
        "effectiveFrom": fields["effective"],
        "title": {"ja": fields["title_ja"], "en": fields["title_en"]},
        "text": {"ja": _text(fields["text_ja"]), "en": _text(fields["text_en"])},
        "clauses": fields["clauses"],
        "clients": fields["clients"],
    }
    answer, _ = ask("POST", url, token, "/v1/terms", body)
    click.echo(render(answer))


@terms.command(
    "list",
    help=help_text("List every version of every text", "一覧", "odori company terms list"),
)
@click.option("--json", "as_json", is_flag=True, help="The answer as it came")
@server_options
def show_all(url: str, token: str, as_json: bool) -> None:
    """Print id, version, day and hash of each."""
    answer, _ = ask("GET", url, token, "/v1/terms")
    if as_json:
        click.echo(render(answer))
        return
    found: list[Any] = answer if isinstance(answer, list) else []
    for one in found:
        state = "complete" if one["complete"] else "incomplete"
        day = one["effectiveFrom"][: len("2026-04-01")]
        click.echo(f"{one['id']:<42} {one['version']:<12} {day} {state:<10} {one['sha256'][:12]}")


@terms.command(
    "bind",
    help=help_text(
        "Let a service work under a version of its terms",
        "サービスに適用",
        "odori company terms bind svc_7yq 2026-04",
    ),
)
@click.argument("client_id")
@click.argument("version")
@server_options
def bind(url: str, token: str, client_id: str, version: str) -> None:
    """Bind one service."""
    path = f"/v1/clients/{quote(client_id, safe='')}"
    client, _ = ask("GET", url, token, path)
    company_id = client["companyId"] if isinstance(client, dict) else ""
    body: JsonValue = {"id": f"company:{company_id}:service", "version": version}
    answer, _ = ask("PUT", url, token, f"{path}/terms", body)
    click.echo(render(answer))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("\r\n", "\n").strip()

"""`odori company`: member companies, their clients, contracts and terms from the command line."""

from typing import Any
from urllib.parse import quote, urlencode

import click

from city.cli.company_contract import contract
from city.cli.company_terms import terms
from city.cli.language import help_text
from city.cli.talking import ask, server_options
from kernel.json import JsonValue, render
from kernel.permission import Scope

_SCOPES = [one.value for one in Scope if one not in {Scope.OPERATOR, Scope.INGEST}]


@click.group(
    help=help_text(
        "Register member companies and their clients, contracts and terms.",
        "加盟企業・クライアント・契約・規約",
        'odori company add --name-ja 大通ガイド --name-en "Odori Guide"'
        ' --address 札幌市中央区 --representative "大通 花子" --contact privacy@guide.example',
        "odori company list",
        'odori company suspend co_4x2 --reason "Data was left open"',
        "odori company client add co_4x2 --name-ja まち歩き --name-en Walk"
        " --redirect-uri https://guide.example/cb --contact help@guide.example",
    )
)
def company() -> None:
    """Hold the subcommands together."""


@company.command(
    help=help_text(
        "Register a member company",
        "企業の登録",
        'odori company add --name-ja 大通ガイド --name-en "Odori Guide"'
        ' --address 札幌市中央区 --representative "大通 花子" --contact privacy@guide.example',
    )
)
@click.option("--name-ja", required=True, help="Name in Japanese")
@click.option("--name-en", required=True, help="Name in English")
@click.option("--address", required=True, help="Stands in records of provision")
@click.option("--representative", required=True, help="Stands in records of provision")
@click.option("--contact", required=True, help="An office or a shared address, not a person")
@click.option("--corporate-number", default="", help="13 digits")
@server_options
def add(url: str, token: str, name_ja: str, name_en: str, **fields: str) -> None:
    """Register one company."""
    body: JsonValue = {
        "name": {"ja": name_ja, "en": name_en},
        "address": fields["address"],
        "representative": fields["representative"],
        "contact": fields["contact"],
        "corporateNumber": fields["corporate_number"],
    }
    answer, _ = ask("POST", url, token, "/v1/companies", body)
    click.echo(render(answer))


@company.command(
    "list",
    help=help_text("List companies", "一覧", "odori company list", "odori company list --json"),
)
@click.option("--json", "as_json", is_flag=True, help="The answer as it came")
@server_options
def show_all(url: str, token: str, as_json: bool) -> None:
    """Print id, state and name of each company."""
    answer, _ = ask("GET", url, token, "/v1/companies")
    if as_json:
        click.echo(render(answer))
        return
    for one in _list(answer):
        click.echo(f"{one['id']:<30} {one['state']:<10} {one['name']['ja']} / {one['name']['en']}")


@company.command(help=help_text("Show a company", "表示", "odori company show co_4x2"))
@click.argument("company_id")
@server_options
def show(url: str, token: str, company_id: str) -> None:
    """Print a company with the changes of its state."""
    answer, _ = ask("GET", url, token, f"/v1/companies/{_in_path(company_id)}")
    click.echo(render(answer))


@company.command(
    help=help_text(
        "Shut a company out: its clients and tokens are useless at once",
        "停止",
        'odori company suspend co_4x2 --reason "Data was left open"',
    )
)
@click.argument("company_id")
@click.option("--reason", required=True, help="It stays on record")
@server_options
def suspend(url: str, token: str, company_id: str, reason: str) -> None:
    """Suspend a company."""
    path = f"/v1/companies/{_in_path(company_id)}/suspension"
    answer, _ = ask("PUT", url, token, path, {"reason": reason})
    click.echo(render(answer))


@company.command(
    help=help_text(
        "End a suspension; tokens of before stay dead",
        "再開",
        'odori company activate co_4x2 --reason "The hole is closed"',
    )
)
@click.argument("company_id")
@click.option("--reason", required=True, help="It stays on record")
@server_options
def activate(url: str, token: str, company_id: str, reason: str) -> None:
    """Let a company in again."""
    path = f"/v1/companies/{_in_path(company_id)}/suspension?{urlencode({'reason': reason})}"
    answer, _ = ask("DELETE", url, token, path)
    click.echo(render(answer))


@company.group(
    help=help_text(
        "Register the clients of a company, give them secrets, end them.",
        "クライアント",
        "odori company client add co_4x2 --name-ja まち歩き --name-en Walk"
        " --redirect-uri https://guide.example/cb --contact help@guide.example",
        "odori company client list co_4x2",
        "odori company client secret svc_7yq",
    )
)
def client() -> None:
    """Hold the subcommands together."""


@client.command(
    "add",
    help=help_text(
        "Register a client; its secret is shown this once",
        "登録(シークレットは一度だけ表示)",
        "odori company client add co_4x2 --name-ja まち歩き --name-en Walk"
        " --redirect-uri https://guide.example/cb --contact help@guide.example",
        "odori company client add co_4x2 --kind machine --name-ja 連携 --name-en Feeder"
        " --scope ngsi:read --type WeatherObserved",
    ),
)
@click.argument("company_id")
@click.option(
    "--kind",
    type=click.Choice(["service", "resource-server", "machine"]),
    default="service",
    show_default=True,
)
@click.option("--name-ja", required=True, help="Name in Japanese")
@click.option("--name-en", required=True, help="Name in English")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="https, compared exactly")
@click.option("--contact", default="", help="For enquiries; the consent page shows it")
@click.option("--site", default="", help="The service's own pages")
@click.option("--terms-url", default="", help="Where its terms stand")
@click.option("--own-tokens", is_flag=True, help="It uses client_credentials too")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(_SCOPES), help="Of a machine")
@click.option("--type", "types", multiple=True, help="Entity types of a machine; default: all")
@click.option("--attribute", "attributes", multiple=True, help="Of a machine; default: all")
@click.option("--tenant", "tenants", multiple=True, help="Of a machine; default: all")
@server_options
def add_client(url: str, token: str, company_id: str, **fields: Any) -> None:
    """Register one client."""
    path = f"/v1/companies/{_in_path(company_id)}/clients"
    answer, _ = ask("POST", url, token, path, _client_form(fields))
    click.echo(render(answer))


@client.command(
    "list",
    help=help_text("List the clients of a company", "一覧", "odori company client list co_4x2"),
)
@click.argument("company_id")
@click.option("--json", "as_json", is_flag=True, help="The answer as it came")
@server_options
def list_clients(url: str, token: str, company_id: str, as_json: bool) -> None:
    """Print id, kind, what is lacking, and name of each client."""
    answer, _ = ask("GET", url, token, f"/v1/companies/{_in_path(company_id)}/clients")
    if as_json:
        click.echo(render(answer))
        return
    for one in _list(answer):
        lacks = ",".join(one["lacks"]) or "works"
        click.echo(f"{one['id']:<30} {one['kind']:<16} {lacks:<20} {one['name']['ja']}")


@client.command(
    "secret",
    help=help_text(
        "Give a client another secret, shown this once",
        "シークレットの更新",
        "odori company client secret svc_7yq",
        "odori company client secret svc_7yq --overlap 3600",
        "odori company client secret svc_7yq --drop-previous",
    ),
)
@click.argument("client_id")
@click.option("--overlap", type=int, default=86_400, help="Seconds that the old one stays good")
@click.option("--drop-previous", is_flag=True, help="End the old one now, make no new one")
@server_options
def secret(url: str, token: str, client_id: str, overlap: int, drop_previous: bool) -> None:
    """Exchange a secret, or finish an exchange."""
    path = f"/v1/clients/{_in_path(client_id)}/secret"
    if drop_previous:
        ask("DELETE", url, token, f"{path}/previous")
        return
    answer, _ = ask("POST", url, token, path, {"overlapS": overlap})
    click.echo(render(answer))


@client.command(
    "redirect",
    help=help_text(
        "Say where a service is answered from now on",
        "リダイレクト URI の変更",
        "odori company client redirect svc_7yq https://guide.example/cb",
    ),
)
@click.argument("client_id")
@click.argument("redirect_uris", nargs=-1, required=True)
@server_options
def redirect(url: str, token: str, client_id: str, redirect_uris: tuple[str, ...]) -> None:
    """Put these redirect URIs in the place of those of before."""
    path = f"/v1/clients/{_in_path(client_id)}/redirect-uris"
    answer, _ = ask("PUT", url, token, path, {"redirectUris": redirect_uris})
    click.echo(render(answer))


@client.command("end", help=help_text("End a client", "終了", "odori company client end svc_7yq"))
@click.argument("client_id")
@server_options
def end(url: str, token: str, client_id: str) -> None:
    """End a client for good; its records stay."""
    ask("DELETE", url, token, f"/v1/clients/{_in_path(client_id)}")


company.add_command(contract)
company.add_command(terms)


def _client_form(fields: dict[str, Any]) -> JsonValue:
    body: dict[str, JsonValue] = {
        "kind": fields["kind"],
        "name": {"ja": fields["name_ja"], "en": fields["name_en"]},
        "redirectUris": fields["redirect_uris"],
        "contact": fields["contact"],
        "site": fields["site"],
        "termsUrl": fields["terms_url"],
        "scopes": fields["scopes"],
    }
    if fields["own_tokens"]:
        body["grantTypes"] = ["authorization_code", "refresh_token", "client_credentials"]
    limits = {name: fields[name] for name in ("types", "attributes", "tenants") if fields[name]}
    return body | limits


def _list(answer: JsonValue) -> list[Any]:
    return answer if isinstance(answer, list) else []


def _in_path(text: str) -> str:
    return quote(text, safe="")

"""`odori company contract`: what a service may ask for, from options or from a file."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import yaml

from city.cli.language import help_text
from city.cli.talking import ask, server_options
from kernel.errors import BadRequestError
from kernel.json import JsonValue, render

_SET = (
    "odori company contract set svc_7yq --item profile.birth_year:decade"
    " --required email:verified --from 2026-04-01 --until 2027-04-01 --signed 2026-03-20"
    " --document contract.pdf --audit-notice-days 10 --purpose town-walk"
    ' --purpose-ja 道案内のため --purpose-en "To guide you" --benefit-ja 迷いません'
    ' --benefit-en "You find ways" --retention P6M'
)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(
    help=help_text(
        "Set, sign and show the contract of a service.",
        "データ利用契約",
        _SET,
        "odori company contract set svc_7yq --file contract.yaml",
        "odori company contract show svc_7yq",
    )
)
def contract() -> None:
    """Hold the subcommands together."""


@contract.command(
    "set",
    help=help_text(
        "Set the next version; options go before what the file says",
        "次の版を登録",
        _SET,
        "odori company contract set svc_7yq --file contract.yaml --signed 2026-04-01",
    ),
)
@click.argument("client_id")
@click.option("--file", "path", type=_FILE, help="YAML or JSON, as the API takes it")
@click.option("--item", "items", multiple=True, metavar="ITEM:GRANULARITY", help="May be asked for")
@click.option("--required", "required", multiple=True, metavar="ITEM:GRANULARITY", help="Must be")
@click.option("--from", "validFrom", default=None, metavar="DAY", help="First day, 2026-04-01")
@click.option("--until", "validUntil", default=None, metavar="DAY", help="First day after it")
@click.option("--signed", "signedOn", default=None, metavar="DAY", help="Absent: not signed yet")
@click.option("--document", type=_FILE, help="The document; its hash is sent, not the file")
@click.option("--document-sha256", "documentSha256", default=None, help="Its hash instead")
@click.option(
    "--audit-notice-days", "auditNoticeDays", type=int, default=None, help="Business days"
)
@click.option("--months", "validityMonths", type=int, default=None, help="A consent lasts; 1 to 12")
@click.option("--mode", type=click.Choice(["VIEW", "STORE", "QUERY", "STREAM"]), default=None)
@click.option("--frequency", default=None, help="How often it is fetched, in words")
@click.option(
    "--reads", "readsPerDay", type=int, default=None, help="Of a person in a day, at most"
)
@click.option("--source", "sources", multiple=True, metavar="COMPANY", help="Of member_data")
@click.option("--records", is_flag=True, default=None, help="The company provides service data")
@click.option("--purpose", default=None, help="Id of the purpose, the same in each version")
@click.option("--purpose-ja", default=None, help="The purpose in one sentence")
@click.option("--purpose-en", default=None)
@click.option("--benefit-ja", default=None, help="The citizen's benefit in one sentence")
@click.option("--benefit-en", default=None)
@click.option("--retention", default=None, help="ISO 8601 duration, such as P6M")
@server_options
def set_contract(url: str, token: str, client_id: str, path: Path | None, **fields: Any) -> None:
    """Put the next version in the place of the one before."""
    body = {**_read(path), **_body(fields)}
    answer, _ = ask("PUT", url, token, _path(client_id), body)
    click.echo(render(answer))


@contract.command(
    "sign",
    help=help_text(
        "Put the present version in force",
        "署名を記録",
        "odori company contract sign svc_7yq --document contract.pdf --on 2026-04-01",
    ),
)
@click.argument("client_id")
@click.option("--document", type=_FILE, required=True, help="What was signed")
@click.option("--on", "signed_on", required=True, metavar="DAY", help="Day of the last signature")
@server_options
def sign(url: str, token: str, client_id: str, document: Path, signed_on: str) -> None:
    """Record the signatures."""
    body: JsonValue = {"documentSha256": _sha256(document), "signedOn": signed_on}
    answer, _ = ask("POST", url, token, f"{_path(client_id)}/signature", body)
    click.echo(render(answer))


@contract.command(
    "show",
    help=help_text(
        "Show the present version, or all",
        "表示",
        "odori company contract show svc_7yq",
        "odori company contract show svc_7yq --all",
    ),
)
@click.argument("client_id")
@click.option("--all", "everything", is_flag=True, help="Every version, the oldest first")
@server_options
def show(url: str, token: str, client_id: str, everything: bool) -> None:
    """Print a contract."""
    path = f"{_path(client_id)}/versions" if everything else _path(client_id)
    answer, _ = ask("GET", url, token, path)
    click.echo(render(answer))


def _path(client_id: str) -> str:
    return f"/v1/clients/{quote(client_id, safe='')}/contract"


def _read(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        # Dates stay text: JSON has none.
        said = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 — BaseLoader builds only text, lists and mappings
    except (yaml.YAMLError, UnicodeDecodeError):
        raise BadRequestError("The file is neither YAML nor JSON") from None
    if not isinstance(said, dict):
        raise BadRequestError("The file is not a mapping")
    return _typed(said)


def _typed(said: dict[str, Any]) -> dict[str, Any]:
    """Numbers and truth values, which `BaseLoader` leaves as text, where the API wants them."""
    numbers = {
        name: int(said[name])
        for name in ("auditNoticeDays", "validityMonths")
        if str(said.get(name, "")).isdigit()
    }
    records = {"records": said["records"] == "true"} if "records" in said else {}
    items = said.get("items")
    if isinstance(items, list):
        said = {**said, "items": [_item_typed(one) for one in items]}
    return said | numbers | records


def _item_typed(one: Any) -> Any:
    if isinstance(one, dict) and "required" in one:
        return {**one, "required": one["required"] == "true"}
    return one


def _body(fields: dict[str, Any]) -> dict[str, Any]:
    """What the options said."""
    document = fields.pop("document")
    if document is not None:
        fields["documentSha256"] = _sha256(document)
    items = [*_items(fields.pop("items"), False), *_items(fields.pop("required"), True)]
    purpose = _purpose(fields)
    body = {name: value for name, value in fields.items() if value not in (None, ())}
    return body | ({"items": items} if items else {}) | ({"purpose": purpose} if purpose else {})


def _purpose(fields: dict[str, Any]) -> dict[str, Any]:
    taken = {
        name: fields.pop(name)
        for name in ("purpose", "purpose_ja", "purpose_en", "benefit_ja", "benefit_en", "retention")
    }
    if all(value is None for value in taken.values()):
        return {}
    missing = [name for name, value in taken.items() if value is None]
    if missing:
        raise click.UsageError(f"--{missing[0].replace('_', '-')} is missing")
    return {
        "id": taken["purpose"],
        "text": {"ja": taken["purpose_ja"], "en": taken["purpose_en"]},
        "benefit": {"ja": taken["benefit_ja"], "en": taken["benefit_en"]},
        "retention": taken["retention"],
    }


def _items(said: Sequence[str], required: bool) -> list[dict[str, Any]]:
    found = []
    for one in said:
        item, _, granularity = one.partition(":")
        if not granularity:
            raise click.BadParameter("an item with its granularity: profile.birth_year:decade")
        found.append({"item": item, "granularity": granularity, "required": required})
    return found


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

"""`odori company` against a real server on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support.asking import asking
from support.companies import Office
from support.tokens import MemoryTokens

from city.cli.company import company
from kernel.errors import BadRequestError
from kernel.permission import Scope
from oauth.companies.routes import surface
from oauth.guard import TokenGuard
from oauth.tokens.desk import TokenDesk, TokenRequest

ADD = (
    "add --name-ja 大通ガイド --name-en Guide --address 札幌市 --representative 花子"
    " --contact office@guide.example"
)
CLIENT = (
    "--name-ja まち歩き --name-en Walk --redirect-uri https://guide.example/cb"
    " --contact help@guide.example"
)
TERM = "--from 2026-04-01 --until 2027-04-01 --audit-notice-days 10"
PURPOSE = (
    "--purpose town-walk --purpose-ja 道案内 --purpose-en Guide --benefit-ja 便利"
    " --benefit-en Ways --retention P6M"
)


class Terminal:
    """Somebody who types commands."""

    def __init__(self, url: str, token: str, office: Office) -> None:
        self._options = ["--url", url, "--token", token]
        self.office = office

    async def type(self, line: str) -> Result:
        arguments = [*line.split(), *self._options]
        return await asyncio.to_thread(CliRunner().invoke, company, arguments)

    async def run(self, line: str) -> str:
        done = await self.type(line)
        assert done.exit_code == 0, (done.output, done.exception)
        return str(done.output)

    async def told(self, line: str) -> Any:
        return json.loads(await self.run(line))


@asynccontextmanager
async def terminal() -> AsyncIterator[Terminal]:
    office, store = Office(), MemoryTokens()
    tokens = TokenDesk(store=store, clock=office.clock, ids=office.ids)
    secret = await tokens.issue(TokenRequest("officer", frozenset({Scope.OPERATOR})))
    guard = TokenGuard(store=store, clock=office.clock)
    async with asking([surface(office.companies, office.clock)], guard) as client:
        yield Terminal(str(client.make_url("")).rstrip("/"), secret.reveal(), office)


async def test_a_member_from_registration_to_a_working_service(tmp_path: Path) -> None:
    document = tmp_path / "contract.pdf"
    document.write_bytes(b"what both signed")
    for code in ("ja", "en"):
        (tmp_path / code).write_text(f"text {code}\r\n", encoding="utf-8")
    async with terminal() as one:
        made = await one.told(ADD)
        client = await one.told(f"client add {made['id']} {CLIENT} --own-tokens")
        assert "client_credentials" in client["grantTypes"]
        await one.run(
            f"terms add {made['id']} --version 2026-04 --effective 2026-04-01 --title-ja 規約"
            f" --title-en Terms --text-ja {tmp_path / 'ja'} --text-en {tmp_path / 'en'}"
            " --clause data-to-association --clause without-identifiers"
        )
        bound = await one.told(f"terms bind {client['id']} 2026-04")
        assert bound["lacks"] == ["contract"]
        contract = await one.told(
            f"contract set {client['id']} --item profile.birth_year:decade"
            f" --required email:verified --document {document} {TERM} {PURPOSE} --records"
        )
        assert contract["documentSha256"] == sha256(b"what both signed").hexdigest()
        assert contract["signedOn"] is None
        assert contract["records"]
        await one.run(f"contract sign {client['id']} --document {document} --on 2026-03-20")
        assert "works" in await one.run(f"client list {made['id']}")
        shown = await one.told(f"contract show {client['id']}")
        assert [each["required"] for each in shown["items"]] == [True, False, True]
        assert "complete" in await one.run("terms list")
        assert "大通ガイド / Guide" in await one.run("list")


@pytest.mark.parametrize("form", ["yaml", "json"])
async def test_a_contract_comes_from_a_file_and_options_go_before_it(
    tmp_path: Path, form: str
) -> None:
    said = {
        "purpose": {
            "id": "town-walk",
            "text": {"ja": "道案内", "en": "Guide"},
            "benefit": {"ja": "便利", "en": "Ways"},
            "retention": "P6M",
        },
        "items": [{"item": "email", "granularity": "verified", "required": True}],
        "validFrom": "2026-04-01",
        "validUntil": "2027-04-01",
        "documentSha256": "0123456789" * 6 + "0000",
        "auditNoticeDays": 10,
        "records": True,
    }
    yaml = (
        "purpose: {id: town-walk, text: {ja: 道案内, en: Guide}, benefit: {ja: 便利, en: Ways},"
        " retention: P6M}\n"
        "items:\n  - {item: email, granularity: verified, required: true}\n"
        "validFrom: 2026-04-01\nvalidUntil: 2027-04-01\nauditNoticeDays: 10\nrecords: true\n"
        f"documentSha256: {said['documentSha256']}\n"
    )
    path = tmp_path / f"contract.{form}"
    path.write_text(yaml if form == "yaml" else json.dumps(said), encoding="utf-8")
    async with terminal() as one:
        made = await one.told(ADD)
        client = await one.told(f"client add {made['id']} {CLIENT}")
        options = "--signed 2026-03-20 --months 6"
        contract = await one.told(f"contract set {client['id']} --file {path} {options}")
        assert (contract["validityMonths"], contract["auditNoticeDays"]) == (6, 10)
        assert contract["signedOn"] == "2026-03-19T15:00:00.000Z"
        assert contract["items"][1] == {
            "item": "email",
            "granularity": "verified",
            "required": True,
        }
        assert contract["records"]
        versions = await one.told(f"contract show {client['id']} --all")
        assert versions == [contract]


async def test_a_suspension_and_its_end_are_on_record() -> None:
    async with terminal() as one:
        made = await one.told(ADD)
        await one.run(f"suspend {made['id']} --reason leak&loss")
        shown = await one.told(f"activate {made['id']} --reason closed&mended")
        assert [each["reason"] for each in shown["changes"]] == [
            "registered",
            "leak&loss",
            "closed&mended",
        ]
        assert (await one.told(f"show {made['id']}"))["epoch"] == 1


async def test_secrets_are_exchanged_addresses_changed_and_clients_ended() -> None:
    async with terminal() as one:
        made = await one.told(ADD)
        client = await one.told(f"client add {made['id']} {CLIENT}")
        other = await one.told(f"client secret {client['id']} --overlap 60")
        assert other["secret"] != client["secret"]
        await one.run(f"client secret {client['id']} --drop-previous")
        moved = await one.told(f"client redirect {client['id']} https://guide.example/two")
        assert moved["redirectUris"] == ["https://guide.example/two"]
        assert moved["previousSecretUntil"] is None
        await one.run(f"client end {client['id']}")
        (shown,) = await one.told(f"client list {made['id']} --json")
        assert shown["endedAt"] is not None


async def test_a_machine_is_confined_as_it_was_asked_for() -> None:
    async with terminal() as one:
        made = await one.told(ADD)
        shown = await one.told(
            f"client add {made['id']} --kind machine --name-ja 連携 --name-en Feeder"
            " --scope ngsi:read --type WeatherObserved --tenant chikaho"
        )
        assert (shown["types"], shown["tenants"]) == (["WeatherObserved"], ["chikaho"])
        assert shown["grantTypes"] == ["client_credentials"]
        assert shown["attributes"] is None


@pytest.mark.parametrize(
    "options",
    ["--item profile.birth_year", f"{TERM} --purpose town-walk", f"{TERM} {PURPOSE} --mode LOOK"],
)
async def test_what_is_typed_wrong_is_said_before_anything_is_sent(options: str) -> None:
    async with terminal() as one:
        assert (await one.type(f"contract set svc_none {options}")).exit_code == 2


async def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    async with terminal() as one:
        for text in ("- a\n", "{", "a: !!python/object:os.system x"):
            path = tmp_path / "contract.yaml"
            path.write_text(text, encoding="utf-8")
            done = await one.type(f"contract set svc_none --file {path}")
            assert isinstance(done.exception, BadRequestError) or done.exit_code != 0


def test_every_command_says_what_it_does_and_gives_an_example() -> None:
    def check(command: Any) -> None:
        assert "Examples:\n  odori company" in command.help.replace("例", "Examples")
        for each in getattr(command, "commands", {}).values():
            check(each)

    check(company)

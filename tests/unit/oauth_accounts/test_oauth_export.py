import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
import pytest
from support.accounts import HANAKO, PASSWORD, AccountBench

from kernel.errors import NotFoundError
from kernel.json import JsonValue
from kernel.times import Instant, render_shortest
from oauth.accounts.export import Export, canonical
from oauth.model.companies import Client, ClientKind, Company, CompanyState
from oauth.model.consents import (
    Consent,
    ConsentedItem,
    ConsentEvent,
    Dossier,
    EventType,
    Shown,
)
from oauth.model.items import Item
from oauth.model.kinds import CLIENTS, COMPANIES, DOSSIERS, PROVISIONS
from oauth.model.provisions import ProvidedItem, Provision, Recipient
from oauth.model.texts import Bilingual, Language

SHOP = Bilingual("大通商店", "Odori Shop")
POINTS = Bilingual("ポイント", "Points")


@dataclass(frozen=True)
class Told:
    company_id: str
    dataset: str
    observed_at: Instant
    received_at: Instant
    values: dict[Item, JsonValue]


class OneRecord:
    """Member data of one company."""

    def __init__(self, at: Instant) -> None:
        self.at = at

    async def of_person(self, account_id: str) -> Sequence[Told]:
        assert account_id
        return [Told("c1", "visits", self.at, self.at, {Item.INTERESTS: ["food"]})]


@pytest.fixture
async def document(bench: AccountBench) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """A person who shared something, and their export as it is downloaded."""
    account_id = await bench.register()
    await bench.accounts.log_in(HANAKO, PASSWORD)
    await share(bench, account_id)
    answer = orjson.dumps(await export(bench).export(account_id))
    return account_id, orjson.loads(answer)


def export(bench: AccountBench) -> Export:
    return Export(
        vault=bench.vault,
        personal=bench.personal,
        sessions=bench.accounts.sessions,
        member_data=OneRecord(bench.clock.now()),
        clock=bench.clock,
    )


async def share(bench: AccountBench, account_id: str) -> None:
    now = bench.clock.now()
    terms = (await bench.accounts.terms()).ref
    await bench.vault.shelf(COMPANIES).add(
        Company("c1", SHOP, "Sapporo", "A. Sato", "1234567890123", "desk@example.jp", now)
    )
    await bench.vault.shelf(CLIENTS).add(
        Client("s1", "c1", ClientKind.SERVICE, POINTS, "0" * 64, now)
    )
    items = (ConsentedItem(Item.BIRTH_YEAR, "decade"),)
    shown = Shown(Language.JA, (terms,), "f" * 64, "1")
    consent = Consent("k1", "p1", "t1", 1, items, now, Instant(now + 1_000_000), shown)
    event = ConsentEvent(now, EventType.GIVEN, "k1", 1, (Item.BIRTH_YEAR,))
    await bench.vault.shelf(DOSSIERS).add(Dossier(account_id, "s1", "c1", (consent,), (event,)))
    await bench.vault.shelf(PROVISIONS).add(
        Provision(
            id="r1",
            at=now,
            account_id=account_id,
            client_id="s1",
            recipient=Recipient("c1", SHOP, "Sapporo", "A. Sato"),
            service=POINTS,
            consent_id="k1",
            consent_version=1,
            contract_id="t1",
            contract_version=1,
            purpose_id="p1",
            purpose=POINTS,
            terms=(terms,),
            items=(ProvidedItem(Item.BIRTH_YEAR, "decade"),),
            by="userinfo",
            token_digest="d" * 64,
            request_id="q1",
            answer_sha256="e" * 64,
            company_state=CompanyState.ACTIVE,
        )
    )


async def test_an_export_has_everything_that_is_kept_about_the_person(
    bench: AccountBench, document: tuple[str, dict[str, Any]]
) -> None:
    _, told = document
    now = render_shortest(bench.clock.now())
    assert told["account"]["sessions"] == 1
    assert told["profile"]["email"] == {"value": {"email": HANAKO}, "updated_at": now}
    assert told["profile"]["profile.birth_year"]["value"] == 1984
    assert told["terms"][0]["text"]["ja"] == (await bench.accounts.terms()).text.ja
    (service,) = told["consents"]
    assert service["company"]["name"]["ja"] == "大通商店"
    assert service["consents"][0]["items"] == [
        {"item": "profile.birth_year", "granularity": "decade", "required": False}
    ]
    assert service["events"][0]["type"] == "given"
    (provision,) = told["provisions"]
    assert provision["recipient"]["representative"] == "A. Sato"
    assert provision["items"] == [{"item": "profile.birth_year", "granularity": "decade"}]
    (record,) = told["member_data"]
    assert record["source"] == "c1"
    assert record["observed_at"] == now
    assert record["values"] == {"profile.interests": ["food"]}


async def test_the_manifest_has_the_sum_of_each_part_as_it_was_downloaded(
    document: tuple[str, dict[str, Any]],
) -> None:
    _, told = document
    parts = set(told) - {"format", "exported_at", "manifest"}
    assert set(told["manifest"]) == parts
    for name in parts:
        text = canonical(told[name])
        assert told["manifest"][name] == {
            "bytes": len(text),
            "sha256": hashlib.sha256(text).hexdigest(),
        }


async def test_an_export_shows_no_account_id_no_password_and_no_digest_of_a_token(
    bench: AccountBench, document: tuple[str, dict[str, Any]]
) -> None:
    account_id, told = document
    text = orjson.dumps(told).decode()
    for hidden in (account_id, (await bench.account(account_id)).password, "d" * 64):
        assert hidden not in text


async def test_cn16_an_erased_person_has_no_export(bench: AccountBench) -> None:
    account_id = await bench.register()
    await bench.accounts.erase(account_id, PASSWORD)
    for nobody in (account_id, "nobody"):
        with pytest.raises(NotFoundError):
            await export(bench).export(nobody)


async def test_an_export_of_many_provisions_leaves_none_out(bench: AccountBench) -> None:
    account_id = await bench.register()
    await share(bench, account_id)
    shelf = bench.vault.shelf(PROVISIONS)
    (kept,) = await shelf.all()
    for number in range(250):
        await shelf.add(msgspec.structs.replace(kept.value, id=f"more{number:03}"))
    document = await export(bench).export(account_id)
    assert len(document["provisions"]) == 251

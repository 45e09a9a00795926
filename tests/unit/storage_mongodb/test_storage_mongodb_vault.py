"""What nodes of one vault do to one another, and what they leave when they die."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import pytest
from pymongo import ReadPreference
from support.mongodb import drop_databases

from kernel.clock import SystemClock
from kernel.times import Instant
from oauth.model.grants import SecurityEvent
from oauth.model.kinds import SECURITY_EVENTS, THROTTLES, VAULT_KINDS
from oauth.model.people import Throttle
from oauth.ports import Kept, Seen, Shelf, Shelves
from storage.mongodb import draft
from storage.mongodb.claim_documents import blank_claim
from storage.mongodb.collection import Collection, Replace, Session
from storage.mongodb.documents import Document, key_text
from storage.mongodb.engine import Database, open_database
from storage.mongodb.indexes import of_kinds
from storage.mongodb.shelves import MongoShelves
from storage.mongodb.transactions import Transactions
from storage.mongodb.vault import MongoVault
from storage.mongodb.write_ids import WriteIds

pytestmark = pytest.mark.mongodb

DEADLINE_S = 15.0
DEAD = "00beef00"
VaultFactory = Callable[[], AbstractAsyncContextManager[Shelves]]
Meanwhile = Callable[[], Awaitable[None]]


@pytest.fixture
def vault_name(mongodb_url: str) -> Iterator[str]:
    city = f"odori_{secrets.token_hex(6)}"
    yield f"{city}_vault"
    drop_databases(mongodb_url, city)


@pytest.fixture
async def beside(mongodb_url: str, vault_name: str) -> AsyncIterator[Database]:
    """The vault's database, to look at and to leave things in."""
    async with open_database(mongodb_url, vault_name, of_kinds(VAULT_KINDS)) as opened:
        yield opened


@pytest.fixture
def vault_node(mongodb_url: str, vault_name: str) -> VaultFactory:
    """Makes nodes that take others for dead after a short silence."""
    return partial(
        MongoVault,
        mongodb_url,
        vault_name,
        SystemClock(),
        random.Random(7),  # noqa: S311 — it spreads retries
        dead_after_s=0.4,
    )


def throttle(failures: int) -> Throttle:
    return Throttle("t", failures, Instant(failures))


async def kept(shelf: Shelf[Throttle]) -> Kept[Throttle]:
    found = await shelf.get("t")
    assert found is not None
    return found


async def test_a_document_whose_writer_died_before_writing_can_be_swapped_and_removed(
    beside: Database, vault_node: VaultFactory
) -> None:
    async with vault_node() as vault, asyncio.timeout(DEADLINE_S):
        throttles = vault.shelf(THROTTLES)
        await throttles.add(throttle(1))
        await leave_turn(beside)
        assert await throttles.swap(await kept(throttles), throttle(2))
        await leave_turn(beside)
        assert await throttles.remove("t")
    assert await beside.collection("claims").count({}) == 0


async def leave_turn(beside: Database) -> None:
    """What a node leaves that died while it was its turn."""
    name = key_text(THROTTLES.name, "t")
    claim = blank_claim(f"{DEAD}-000000000001", key_text(name)) | {"shared": False}
    await beside.collection("nodes").put({"_id": DEAD, "beat": 1})
    assert await beside.collection("claims").insert(claim)


async def test_a_swap_that_was_held_up_does_not_bring_back_what_is_gone(
    beside: Database, vault_node: VaultFactory
) -> None:
    async with vault_node() as vault:
        throttles, documents = vault.shelf(THROTTLES), beside.collection("throttles")
        await throttles.add(throttle(1))
        before = await kept(throttles)
        # The request of a node that stood still until everybody took it for dead.
        where = {"_id": "t", "revision": before.revision}
        late = Replace(where, {"_id": "t", "revision": 1 << 61, "marks": [], "body": "{}"})
        await throttles.swap(before, throttle(2))
        assert not await documents.replace(late)
        await throttles.remove("t")
        assert not await documents.replace(late)
        await throttles.add(throttle(1))
        assert not await documents.replace(late)
        assert (await kept(throttles)).value == throttle(1)


class Overtaken(Collection):
    """A collection whose every insertion meets somebody else's work, before or after it."""

    def __init__(self, driver: Any, meanwhile: Meanwhile, *, first: bool) -> None:
        super().__init__(driver)
        self._meanwhile = meanwhile
        self._first = first

    async def insert(self, document: Document, *, session: Session = None) -> bool:
        if self._first:
            await self._meanwhile()
        inserted = await super().insert(document, session=session)
        if not self._first:
            await self._meanwhile()
        return inserted


@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
async def test_a_value_is_taken_back_when_what_was_seen_changes_around_its_insertion(
    beside: Database, vault_node: VaultFactory, first: bool
) -> None:
    async with vault_node() as vault:
        throttles = vault.shelf(THROTTLES)
        await throttles.add(throttle(1))
        seen = Seen(THROTTLES, "t", (await kept(throttles)).revision)

        async def swap() -> None:
            assert await throttles.swap(await kept(throttles), throttle(2))

        def collection(name: str) -> Collection:
            plain = beside.collection(name)
            events = name == SECURITY_EVENTS.name
            return Overtaken(plain._driver, swap, first=first) if events else plain

        committer = Transactions(draft.Shelves.of(beside.collection), beside.together)
        overtaken = MongoShelves(
            collection, VAULT_KINDS, committer=committer, revisions=WriteIds(1 << 20)
        )
        event = SecurityEvent("e", Instant(1), "k")
        assert not await overtaken.add_if(SECURITY_EVENTS, event, [seen])
        assert await vault.shelf(SECURITY_EVENTS).get("e") is None


async def test_nothing_is_read_from_a_secondary_whatever_the_url_prefers(
    mongodb_url: str, vault_name: str
) -> None:
    url = f"{mongodb_url.rstrip('/')}/?readPreference=secondaryPreferred"
    async with open_database(url, vault_name, {}, secondaries=False) as database:
        driver = database.collection("throttles")._driver
        assert driver.read_preference == ReadPreference.PRIMARY
    async with open_database(url, vault_name, {}) as database:
        driver = database.collection("entities")._driver
        assert driver.read_preference == ReadPreference.SECONDARY_PREFERRED


async def test_each_start_of_a_node_has_revisions_of_its_own(vault_node: VaultFactory) -> None:
    revisions = []
    for _ in range(3):
        async with vault_node() as vault:
            await vault.shelf(THROTTLES).add(throttle(1))
            revisions.append((await kept(vault.shelf(THROTTLES))).revision)
            await vault.shelf(THROTTLES).remove("t")
    assert len(set(revisions)) == 3

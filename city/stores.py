"""Everything that is kept: the city database, the vault, and the intake's local spool."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from storage.mongodb.vault import MongoVault
from storage.sqlite.spool import SqliteSpool
from storage.sqlite.vault import SqliteVault

from broker.core.decision import Target
from broker.ports import EntityStore, HistoryStore, Outbox, SubscriptionStore
from broker.service.announcements import Announcements
from city.settings.table import Settings
from ingest.ports import DeadLetters, Spool
from kernel.clock import Clock
from kernel.ids import IdSource
from oauth.ports import TokenStore
from sensors.ports import DeviceStore
from storage.mongodb.engine import MongoEngine
from storage.sqlite.engine import SqliteEngine


@dataclass(frozen=True)
class Stores:
    """The ports of all rooms, bound to one engine."""

    entities: EntityStore
    history: HistoryStore
    subscriptions: SubscriptionStore
    outbox: Outbox
    devices: DeviceStore
    dead_letters: DeadLetters
    tokens: TokenStore
    spool: Spool
    announcements: Announcements
    shared: bool
    """Other processes may write to the same database."""

    async def probe(self) -> None:
        """Ask the database for something that it has to look up."""
        await self.entities.find("", [Target("urn:odori:probe")])
        await self.subscriptions.version()


@asynccontextmanager
async def open_stores(settings: Settings, clock: Clock, ids: IdSource) -> AsyncIterator[Stores]:
    """Open the engine that the settings choose.

    Raises:
        UnavailableError: a database cannot be opened.
    """
    announcements = Announcements()
    async with AsyncExitStack() as opened:
        spool = await opened.enter_async_context(SqliteSpool(settings.data_dir))
        engine: SqliteEngine | MongoEngine
        vault: SqliteVault | MongoVault
        if settings.mongodb_url:
            chance = random.Random(ids.random_bytes(8))  # noqa: S311 — spreads retries, no secret
            engine = MongoEngine(
                settings.mongodb_url, settings.mongodb_database, clock, announcements, chance
            )
            vault = MongoVault(settings.mongodb_url, f"{settings.mongodb_database}_vault")
        else:
            engine = SqliteEngine(settings.data_dir, clock, announcements)
            vault = SqliteVault(settings.data_dir)
        engine = await opened.enter_async_context(engine)
        vault = await opened.enter_async_context(vault)
        yield Stores(
            engine.entities,
            engine.history,
            engine.subscriptions,
            engine.outbox,
            engine.devices,
            engine.dead_letters,
            vault.tokens,
            spool,
            announcements,
            bool(settings.mongodb_url),
        )

"""Everything that is kept: the city database, the vault, and the intake's local spool."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from broker.core.decision import Target
from broker.ports import EntityStore, HistoryStore, Outbox, SubscriptionStore
from broker.service.announcements import Announcements
from city.settings.table import Settings
from ingest.ports import DeadLetters, Spool
from kernel.clock import Clock
from kernel.ids import IdSource
from oauth.ports import TokenStore
from sensors.ports import DeviceStore
from storage.engine import Engine
from storage.sqlite.engine import SqliteEngine
from storage.sqlite.spool import SqliteSpool
from storage.sqlite.vault import SqliteVault


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
        open_engine = _mongodb if settings.mongodb_url else _sqlite
        engine, tokens = await open_engine(settings, clock, ids, announcements, opened)
        yield Stores(
            engine.entities,
            engine.history,
            engine.subscriptions,
            engine.outbox,
            engine.devices,
            engine.dead_letters,
            tokens,
            spool,
            announcements,
            bool(settings.mongodb_url),
        )


async def _sqlite(
    settings: Settings,
    clock: Clock,
    _ids: IdSource,
    announcements: Announcements,
    opened: AsyncExitStack,
) -> tuple[Engine, TokenStore]:
    engine = SqliteEngine(settings.data_dir, clock, announcements)
    vault = await opened.enter_async_context(SqliteVault(settings.data_dir))
    return await opened.enter_async_context(engine), vault.tokens


async def _mongodb(
    settings: Settings,
    clock: Clock,
    ids: IdSource,
    announcements: Announcements,
    opened: AsyncExitStack,
) -> tuple[Engine, TokenStore]:
    # The driver takes a quarter of a second to import: only who uses it waits for it.
    from storage.mongodb.engine import MongoEngine  # noqa: PLC0415
    from storage.mongodb.vault import MongoVault  # noqa: PLC0415

    url, database = settings.mongodb_url, settings.mongodb_database
    chance = random.Random(ids.random_bytes(8))  # noqa: S311 — spreads retries, no secret
    engine = MongoEngine(url, database, clock, announcements, chance)
    vault = await opened.enter_async_context(MongoVault(url, f"{database}_vault"))
    return await opened.enter_async_context(engine), vault.tokens

"""Everything that is kept: the city database, who may use its doors, the spool; and the vault."""

import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

from broker.core.decision import Target
from broker.ports import (
    EntityStore,
    HistoryStore,
    Outbox,
    RegistrationStore,
    SubscriptionStore,
)
from broker.service.announcements import Announcements
from city.settings.table import Settings
from ingest.ports import DeadLetters, Spool
from kernel.clock import Clock
from kernel.ids import IdSource
from oauth.ports import Shelves, TokenStore
from sensors.ports import DeviceStore
from storage.engine import Access, Engine
from storage.sqlite.access import SqliteAccess
from storage.sqlite.engine import SqliteEngine
from storage.sqlite.spool import SqliteSpool
from storage.sqlite.vault import SqliteKeyStore, SqliteVault


@dataclass(frozen=True)
class Stores:
    """The ports of all rooms, bound to one engine."""

    entities: EntityStore
    history: HistoryStore
    subscriptions: SubscriptionStore
    registrations: RegistrationStore
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
        engine, access = await open_engine(settings, clock, ids, announcements, opened)
        yield Stores(
            engine.entities,
            engine.history,
            engine.subscriptions,
            engine.registrations,
            engine.outbox,
            engine.devices,
            engine.dead_letters,
            access.tokens,
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
) -> tuple[Engine, Access]:
    engine = SqliteEngine(settings.data_dir, clock, announcements)
    access = await opened.enter_async_context(SqliteAccess(settings.data_dir))
    return await opened.enter_async_context(engine), access


async def _mongodb(
    settings: Settings,
    clock: Clock,
    ids: IdSource,
    announcements: Announcements,
    opened: AsyncExitStack,
) -> tuple[Engine, Access]:
    # The driver takes a quarter of a second to import: only who uses it waits for it.
    from storage.mongodb.access import MongoAccess  # noqa: PLC0415
    from storage.mongodb.engine import MongoEngine  # noqa: PLC0415

    url, database = settings.mongodb_url, settings.mongodb_database
    engine = MongoEngine(url, database, clock, announcements, _chance(ids))
    access = await opened.enter_async_context(MongoAccess(url, f"{database}_access"))
    return await opened.enter_async_context(engine), access


# The vault ----------------------------------------------------------------------------------------


class VaultStores(NamedTuple):
    """The vault, and apart from it the keys that open what lies in it."""

    vault: Shelves
    keys: Shelves


@asynccontextmanager
async def open_vault(settings: Settings, clock: Clock, ids: IdSource) -> AsyncIterator[VaultStores]:
    """Open vault and key store; only a process that serves citizens or companies does.

    Each is on the MongoDB server of its own setting, or else of the one before it: keys, vault,
    city. Without any they are files.

    Raises:
        UnavailableError: a database cannot be opened.
    """
    vault_url = settings.vault_mongodb_url or settings.mongodb_url
    keys_url = settings.vault_keys_mongodb_url or vault_url
    async with AsyncExitStack() as opened:
        vault = _mongodb_vault(vault_url, settings, clock, ids) if vault_url else None
        keys = _mongodb_keys(keys_url, settings, clock, ids) if keys_url else None
        yield VaultStores(
            await opened.enter_async_context(vault or SqliteVault(settings.data_dir)),
            await opened.enter_async_context(keys or SqliteKeyStore(settings.data_dir)),
        )


def _mongodb_vault(
    url: str, settings: Settings, clock: Clock, ids: IdSource
) -> AbstractAsyncContextManager[Shelves]:
    from storage.mongodb.vault import MongoVault  # noqa: PLC0415 — see `_mongodb`

    return MongoVault(url, f"{settings.mongodb_database}_vault", clock, _chance(ids))


def _mongodb_keys(
    url: str, settings: Settings, clock: Clock, ids: IdSource
) -> AbstractAsyncContextManager[Shelves]:
    from storage.mongodb.vault import MongoKeyStore  # noqa: PLC0415 — see `_mongodb`

    return MongoKeyStore(url, f"{settings.mongodb_database}_keys", clock, _chance(ids))


def _chance(ids: IdSource) -> random.Random:
    return random.Random(ids.random_bytes(8))  # noqa: S311 — spreads retries, no secret

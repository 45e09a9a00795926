"""The embedded engine: one file, one writer, many readers (decision D4)."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from broker.ports import Announcer
from kernel.clock import Clock
from storage.sqlite.database import SqliteLimits, open_database
from storage.sqlite.dead_letters import SqliteDeadLetters
from storage.sqlite.devices import SqliteDevices
from storage.sqlite.entities import SqliteEntities
from storage.sqlite.history import SqliteHistory
from storage.sqlite.outbox import SqliteOutbox
from storage.sqlite.registrations import SqliteRegistrations
from storage.sqlite.subscriptions import SqliteSubscriptions

CITY_FILE = "city.sqlite"


class SqliteEngine:
    """The city database in `directory`, for one event loop.

    Args:
        directory: made if it does not exist.
        clock: instants of commits and of expiry.
        announcer: hears of every commit, on the event loop.
        limits: see `SqliteLimits`.

    Raises on entry:
        NewerSchemaError: a newer release wrote the file.
        UnavailableError: the file cannot be opened.
    """

    entities: SqliteEntities
    history: SqliteHistory
    subscriptions: SqliteSubscriptions
    registrations: SqliteRegistrations
    outbox: SqliteOutbox
    devices: SqliteDevices
    dead_letters: SqliteDeadLetters

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        announcer: Announcer,
        limits: SqliteLimits = SqliteLimits(),  # noqa: B008 — frozen
    ) -> None:
        self._file = directory / CITY_FILE
        self._clock = clock
        self._announcer = announcer
        self._limits = limits

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            database = await opened.enter_async_context(
                open_database(self._file, "city", self._limits)
            )
            self._opened = opened.pop_all()
        self.entities = SqliteEntities(database, self._clock, self._announcer)
        self.history = SqliteHistory(database)
        self.subscriptions = SqliteSubscriptions(database)
        self.registrations = SqliteRegistrations(database)
        self.outbox = SqliteOutbox(database, self._clock)
        self.devices = SqliteDevices(database)
        self.dead_letters = SqliteDeadLetters(database)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

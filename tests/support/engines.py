"""The storage engines that the contract suite runs on: one `Place` each.

A new engine is one function in `PLACES` (and, if it needs a server, a fixture that it asks for).
"""

import random
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest
from support.mongodb import drop_databases

from broker.model.changes import Change
from broker.model.notice import Notice
from broker.ports import Announcer
from kernel.clock import Clock, ManualClock, SystemClock
from kernel.times import parse_instant
from oauth.ports import Shelves
from storage.engine import Access, Engine
from storage.mongodb.access import MongoAccess
from storage.mongodb.engine import MongoEngine
from storage.mongodb.vault import MongoKeyStore, MongoVault
from storage.sqlite.access import SqliteAccess
from storage.sqlite.engine import SqliteEngine
from storage.sqlite.vault import SqliteKeyStore, SqliteVault

START = parse_instant("2026-02-01T00:00:00Z")


@dataclass
class Recorder:
    """An announcer that remembers what it heard."""

    heard: list[tuple[str, Sequence[Notice], Sequence[Change]]] = field(default_factory=list)

    def announce(self, tenant: str, notices: Sequence[Notice], changes: Sequence[Change]) -> None:
        self.heard.append((tenant, notices, changes))


class Place(Protocol):
    """Where an engine keeps its data: opening it twice, one after the other, finds the same."""

    def open(self, clock: Clock, announcer: Announcer) -> AbstractAsyncContextManager[Engine]: ...

    def open_access(self) -> AbstractAsyncContextManager[Access]: ...

    def open_vault(self) -> AbstractAsyncContextManager[Shelves]: ...

    def open_keys(self) -> AbstractAsyncContextManager[Shelves]: ...

    def words(self) -> list[str]:
        """What `place_of` makes the same place of, in another process."""


@dataclass(frozen=True)
class SqlitePlace:
    """A directory."""

    directory: Path

    def open(self, clock: Clock, announcer: Announcer) -> AbstractAsyncContextManager[Engine]:
        return SqliteEngine(self.directory, clock, announcer)

    def open_access(self) -> AbstractAsyncContextManager[Access]:
        return SqliteAccess(self.directory)

    def open_vault(self) -> AbstractAsyncContextManager[Shelves]:
        return SqliteVault(self.directory)

    def open_keys(self) -> AbstractAsyncContextManager[Shelves]:
        return SqliteKeyStore(self.directory)

    def words(self) -> list[str]:
        return ["sqlite", str(self.directory)]


def _sqlite(request: pytest.FixtureRequest) -> Place:
    factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    return SqlitePlace(factory.mktemp("sqlite"))


@dataclass(frozen=True)
class MongoPlace:
    """A database on a server."""

    url: str
    database: str

    def open(self, clock: Clock, announcer: Announcer) -> AbstractAsyncContextManager[Engine]:
        return MongoEngine(self.url, self.database, clock, announcer, _chance())

    def open_access(self) -> AbstractAsyncContextManager[Access]:
        return MongoAccess(self.url, f"{self.database}_access")

    def open_vault(self) -> AbstractAsyncContextManager[Shelves]:
        return MongoVault(self.url, f"{self.database}_vault", SystemClock(), _chance())

    def open_keys(self) -> AbstractAsyncContextManager[Shelves]:
        return MongoKeyStore(self.url, f"{self.database}_keys", SystemClock(), _chance())

    def words(self) -> list[str]:
        return ["mongodb", self.url, self.database]


def _mongodb(request: pytest.FixtureRequest) -> Place:
    place = MongoPlace(request.getfixturevalue("mongodb_url"), f"odori_{secrets.token_hex(6)}")
    request.addfinalizer(partial(drop_databases, place.url, place.database))
    return place


def _chance() -> random.Random:
    return random.Random(1)  # noqa: S311 — it spreads retries


def place_of(words: Sequence[str]) -> Place:
    """The place that `Place.words` named."""
    match words:
        case ["sqlite", directory]:
            return SqlitePlace(Path(directory))
        case ["mongodb", url, database]:
            return MongoPlace(url, database)
        case _:
            raise ValueError("These words name no place")


PLACES: dict[str, Callable[[pytest.FixtureRequest], Place]] = {
    "sqlite": _sqlite,
    "mongodb": _mongodb,
}
ENGINES = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("mongodb", id="mongodb", marks=pytest.mark.mongodb),
]


@dataclass
class Bench:
    """One engine's place, with the clock and the announcer that it is opened with."""

    place: Place
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    announcer: Recorder = field(default_factory=Recorder)

    def open(self) -> AbstractAsyncContextManager[Engine]:
        return self.place.open(self.clock, self.announcer)

"""Shelves of documents in one SQLite file (ADR 0100)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Generic, TypeVar

import apsw
import msgspec

from kernel.times import Instant
from oauth.model.kinds import Kind
from oauth.ports import Kept, Seen, Shelf
from storage.shelving import Entry, Form, Forms, is_storable
from storage.sqlite.connection import fetch, fetch_value
from storage.sqlite.database import Database
from storage.sqlite.erasure import Erasure
from storage.sqlite.writer import Done

ValueT = TypeVar("ValueT", bound=msgspec.Struct)

_GET = "SELECT doc, revision FROM documents WHERE kind = ? AND key = ?"
_REVISION = "SELECT revision FROM documents WHERE kind = ? AND key = ?"
_ALL = "SELECT doc, revision FROM documents WHERE kind = ? AND key > ? ORDER BY key LIMIT ?"
_FIND = """
SELECT d.doc, d.revision FROM marks AS m JOIN documents AS d ON d.revision = m.revision
WHERE m.kind = ? AND m.mark = ? AND m.text = ? AND m.key > ? ORDER BY m.key LIMIT ?
"""
_ADD = "INSERT OR IGNORE INTO documents (kind, key, doc, expires) VALUES (?, ?, ?, ?)"
_MARK = "INSERT INTO marks (kind, mark, text, key, revision) VALUES (?, ?, ?, ?, ?)"
_REMOVE = "DELETE FROM documents WHERE revision = ?"
_UNMARK = "DELETE FROM marks WHERE revision = ?"
_EXPIRED = "SELECT revision FROM documents WHERE expires <= ? LIMIT ?"

_SWEPT_AT_ONCE: Final = 500


class SqliteShelves:
    """`oauth.ports.Shelves`."""

    def __init__(self, database: Database, kinds: Iterable[Kind[Any]], erasure: Erasure) -> None:
        self._database = database
        self._forms = Forms(kinds)
        self._erasure = erasure

    def shelf(self, kind: Kind[ValueT]) -> Shelf[ValueT]:
        """See the port."""
        return SqliteShelf(self._database, self._forms.of(kind), self._erasure)

    async def add_if(self, kind: Kind[ValueT], value: ValueT, seen: Sequence[Seen]) -> bool:
        """See the port."""
        name, entry = kind.name, self._forms.of(kind).entry(value)
        compared = [(self._forms.of(one.kind).name, one.key, one.revision) for one in seen]

        def work(connection: apsw.Connection) -> Done[bool]:
            held = all(_is_at(connection, *one) for one in compared)
            return Done(held and _add(connection, name, entry))

        return await self._database.writer.run(work)

    async def sweep(self, now: Instant) -> int:
        """See the port. In parts, so that others write in between."""

        def work(connection: apsw.Connection) -> Done[int]:
            expired = fetch(connection, _EXPIRED, (now, _SWEPT_AT_ONCE))
            for (revision,) in expired:
                _remove(connection, revision)
            return Done(len(expired))

        swept = 0
        while part := await self._database.writer.run(work, internal=True):
            swept += part
        await self._erasure.after_sweep()
        return swept


class SqliteShelf(Generic[ValueT]):
    """`oauth.ports.Shelf`."""

    def __init__(self, database: Database, form: Form[ValueT], erasure: Erasure) -> None:
        self._database = database
        self._form = form
        self._erasure = erasure

    async def get(self, key: str) -> Kept[ValueT] | None:
        """See the port."""
        if not is_storable(key):
            return None
        rows = self._database.readers.here(fetch, _GET, (self._form.name, key))
        return self._form.kept(*rows[0]) if rows else None

    async def add(self, value: ValueT) -> bool:
        """See the port."""
        name, entry = self._form.name, self._form.entry(value)

        def work(connection: apsw.Connection) -> Done[bool]:
            return Done(_add(connection, name, entry))

        return await self._database.writer.run(work)

    async def swap(self, kept: Kept[ValueT], value: ValueT) -> bool:
        """See the port."""
        name, entry = self._form.name, self._form.successor(kept, value)

        def work(connection: apsw.Connection) -> Done[bool]:
            if not _is_at(connection, name, entry.key, kept.revision):
                return Done(result=False)
            _remove(connection, kept.revision)
            return Done(_add(connection, name, entry))

        return await self._database.writer.run(work)

    async def remove(self, key: str) -> bool:
        """See the port."""
        if not is_storable(key):
            return False
        name = self._form.name

        def work(connection: apsw.Connection) -> Done[bool]:
            revision = fetch_value(connection, _REVISION, (name, key))
            if revision is not None:
                _remove(connection, revision)
            return Done(revision is not None)

        removed = await self._database.writer.run(work)
        await self._erasure.after_removal()
        return removed

    async def find(
        self, mark: str, text: str, *, after: str = "", limit: int = 100
    ) -> Sequence[Kept[ValueT]]:
        """See the port."""
        self._form.check_mark(mark)
        return await self._page(_FIND, mark, text, after, limit=limit)

    async def all(self, *, after: str = "", limit: int = 100) -> Sequence[Kept[ValueT]]:
        """See the port."""
        return await self._page(_ALL, after, limit=limit)

    async def _page(self, sql: str, *texts: str, limit: int) -> Sequence[Kept[ValueT]]:
        if not is_storable(*texts):
            return ()
        params = (self._form.name, *texts, limit)
        rows = await self._database.readers.run(fetch, sql, params)
        return [self._form.kept(*row) for row in rows]


# In the writer's thread ---------------------------------------------------------------------------


def _is_at(connection: apsw.Connection, kind: str, key: str, revision: int) -> bool:
    """Whether the document is the one that was read; a revision of 0 says that there was none."""
    return (fetch_value(connection, _REVISION, (kind, key)) or 0) == revision


def _add(connection: apsw.Connection, kind: str, entry: Entry) -> bool:
    connection.execute(_ADD, (kind, entry.key, entry.body, entry.expires))
    if not connection.changes():
        return False
    revision = connection.last_insert_rowid()
    rows = [(kind, mark, text, entry.key, revision) for mark, text in entry.marks]
    connection.executemany(_MARK, rows)
    return True


def _remove(connection: apsw.Connection, revision: int) -> None:
    connection.execute(_REMOVE, (revision,))
    connection.execute(_UNMARK, (revision,))

"""One open database file: its writer, its readers, and their caches of numbers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import apsw
import msgspec

from storage.errors import translating
from storage.sqlite.connection import connect
from storage.sqlite.functions import register
from storage.sqlite.names import Names
from storage.sqlite.readers import Readers
from storage.sqlite.schema import migrate
from storage.sqlite.writer import WriteLimits, Writer


class SqliteLimits(msgspec.Struct, frozen=True):
    """What an open file may use.

    Attributes:
        readers: threads that read beside the writer.
        writer_cache_kib, reader_cache_kib: page cache of a connection; the operating system caches
            the file besides.
        checkpoint_pages: pages in the write-ahead log before they are moved into the database.
        writes: see `WriteLimits`.
    """

    readers: int = 4
    writer_cache_kib: int = 65_536
    reader_cache_kib: int = 8_192
    checkpoint_pages: int = 8_000
    writes: WriteLimits = WriteLimits()


SMALL = SqliteLimits(readers=1, writer_cache_kib=2_048, reader_cache_kib=2_048)
"""For files that hold little."""


class Database(NamedTuple):
    """An open file. `names` belongs to the writer's thread, `read_names` to the readers'."""

    writer: Writer
    readers: Readers
    names: Names
    read_names: Names


@asynccontextmanager
async def open_database(
    file: Path, schema: str, limits: SqliteLimits, *, overwriting: bool = False
) -> AsyncIterator[Database]:
    """Open a file, made if need be, with the newest schema of that name.

    With `overwriting`, what is removed is overwritten with zeros (`secure_delete`). Leaving commits
    what was handed over and closes the file.

    Raises:
        NewerSchemaError: a newer release wrote the file.
        UnavailableError: the file cannot be opened.
    """
    with translating((apsw.Error, OSError)):
        connection, readers = await asyncio.to_thread(
            _open, file, schema, limits, overwriting=overwriting
        )
    names = Names()
    writer = Writer(connection, limits.writes, names.clear)
    try:
        yield Database(writer, readers, names, Names())
    finally:
        await writer.stop()
        await readers.close()
        # The last connection to close moves the write-ahead log into the database.
        await asyncio.to_thread(connection.close)


def _open(
    file: Path, schema: str, limits: SqliteLimits, *, overwriting: bool
) -> tuple[apsw.Connection, Readers]:
    file.parent.mkdir(parents=True, exist_ok=True)
    writing = connect(file, cache_kib=limits.writer_cache_kib)
    writing.pragma("secure_delete", overwriting)
    migrate(writing, schema)
    writing.wal_autocheckpoint(limits.checkpoint_pages)
    reading = [connect(file, cache_kib=limits.reader_cache_kib) for _ in range(limits.readers + 1)]
    for connection in reading:
        connection.pragma("query_only", value=True)
        register(connection)
    return writing, Readers(reading[0], reading[1:])

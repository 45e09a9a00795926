"""Opening a database file the way that everything here expects it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

_BUSY_MS = 5_000
_STATEMENTS = 400


def connect(path: Path, *, cache_kib: int) -> apsw.Connection:
    """A connection in WAL mode whose commits are durable.

    `cache_kib` bounds its page cache. The file is not mapped into memory (ADR 0041).
    """
    connection = apsw.Connection(str(path), statementcachesize=_STATEMENTS)
    connection.set_busy_timeout(_BUSY_MS)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.pragma("foreign_keys", False)
    connection.pragma("cache_size", -cache_kib)
    connection.pragma("temp_store", "memory")
    return connection


def fetch(connection: apsw.Connection, sql: str, params: Sequence[Any] = ()) -> list[Any]:
    """All rows of a statement, as tuples."""
    return connection.execute(sql, params).fetchall()


def fetch_value(connection: apsw.Connection, sql: str, params: Sequence[Any] = ()) -> Any:
    """The one value of a statement that gives at most one row of one column; None without a row."""
    return connection.execute(sql, params).get

"""Migrations: once, all or nothing, never on a newer file."""

from pathlib import Path

import apsw
import pytest
from support.engines import Recorder

from kernel.clock import SystemClock
from kernel.errors import UnavailableError
from storage.errors import NewerSchemaError
from storage.sqlite.connection import connect
from storage.sqlite.engine import CITY_FILE, SqliteEngine
from storage.sqlite.schema import migrate


@pytest.mark.parametrize("database", ["city", "access", "vault", "keys", "spool"])
def test_migrating_twice_changes_nothing(tmp_path: Path, database: str) -> None:
    connection = connect(tmp_path / "test.sqlite", cache_kib=1_000)
    migrate(connection, database)
    before = connection.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()
    version = connection.pragma("user_version")
    migrate(connection, database)

    assert version > 0
    assert connection.pragma("user_version") == version
    assert connection.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall() == before
    connection.close()


async def test_a_file_of_a_newer_release_is_not_touched(tmp_path: Path) -> None:
    with apsw.Connection(str(tmp_path / CITY_FILE)) as connection:
        connection.pragma("user_version", 9_999)
    with pytest.raises(NewerSchemaError, match="newer release"):
        await SqliteEngine(tmp_path, SystemClock(), Recorder()).__aenter__()
    with apsw.Connection(str(tmp_path / CITY_FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema").get == 0


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / CITY_FILE).write_bytes(b"not a database, but long enough to be looked at " * 20)
    with pytest.raises(UnavailableError) as caught:
        await SqliteEngine(tmp_path, SystemClock(), Recorder()).__aenter__()

    assert "not a database" not in str(caught.value)

"""Numbered migrations: `migrations/<database>/NNNN_title.sql`, applied in order at start."""

from importlib.resources import files
from importlib.resources.abc import Traversable

import apsw

from storage.errors import NewerSchemaError


def migrate(connection: apsw.Connection, database: str) -> None:
    """Bring the schema of `database` (`city`, `vault`, …) up to date, all of it or nothing.

    Raises:
        NewerSchemaError: a newer release wrote the file.
    """
    scripts = _scripts(database)
    if _version(connection) == len(scripts):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again: another process may have been faster.
        stored = _version(connection)
        _refuse_newer(stored, len(scripts), database)
        for script in scripts[stored:]:
            connection.execute(script.read_text("utf-8"))
        # A pragma takes no parameter; the number is ours.
        connection.execute(f"PRAGMA user_version = {len(scripts)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _refuse_newer(stored: int, known: int, database: str) -> None:
    if stored > known:
        raise NewerSchemaError(f"The {database} database was written by a newer release")


def _scripts(database: str) -> list[Traversable]:
    folder = files("storage.sqlite").joinpath("migrations", database)
    return sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )


def _version(connection: apsw.Connection) -> int:
    return int(connection.pragma("user_version"))

"""Tokens of operators and machines, by the digest of their secret."""

from collections.abc import Sequence
from functools import partial

import apsw
import msgspec

from oauth.model.token import Token
from storage.documents import to_json
from storage.sqlite.connection import fetch, fetch_value
from storage.sqlite.database import Database
from storage.sqlite.writer import Done

_PUT = "INSERT OR REPLACE INTO tokens (name, digest, doc) VALUES (?, ?, ?)"
_ADD = "INSERT OR IGNORE INTO tokens (name, digest, doc) VALUES (?, ?, ?)"
_BY_NAME = "SELECT doc FROM tokens WHERE name = ?"
_BY_DIGEST = "SELECT doc FROM tokens WHERE digest = ?"
_ALL = "SELECT doc FROM tokens ORDER BY name"
_REMOVE = "DELETE FROM tokens WHERE name = ?"
_RISE = "UPDATE versions SET version = version + 1 WHERE name = 'tokens'"
_VERSION = "SELECT version FROM versions WHERE name = 'tokens'"

_TOKEN = msgspec.json.Decoder(Token)


class SqliteTokens:
    """`oauth.ports.TokenStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, token: Token) -> None:
        """See the port."""
        await self._database.writer.run(partial(_change, _PUT, _row(token)))

    async def add(self, token: Token) -> bool:
        """See the port."""
        return await self._database.writer.run(partial(_change, _ADD, _row(token)))

    async def by_name(self, name: str) -> Token | None:
        """See the port."""
        return self._one(_BY_NAME, name)

    async def by_digest(self, digest: str) -> Token | None:
        """See the port."""
        return self._one(_BY_DIGEST, digest)

    async def all(self) -> Sequence[Token]:
        """See the port."""
        rows = await self._database.readers.run(fetch, _ALL)
        return [_TOKEN.decode(doc) for (doc,) in rows]

    async def remove(self, name: str) -> bool:
        """See the port."""
        return await self._database.writer.run(partial(_change, _REMOVE, (name,)))

    async def version(self) -> int:
        """See the port."""
        version: int = self._database.readers.here(fetch_value, _VERSION)
        return version

    def _one(self, sql: str, value: str) -> Token | None:
        doc = self._database.readers.here(fetch_value, sql, (value,))
        return None if doc is None else _TOKEN.decode(doc)


def _row(token: Token) -> tuple[str, str, str]:
    return token.name, token.digest, to_json(token)


def _change(sql: str, parameters: tuple[str, ...], connection: apsw.Connection) -> Done[bool]:
    """Do it; whether it changed anything, and so the version."""
    connection.execute(sql, parameters)
    has_changed = connection.changes() > 0
    if has_changed:
        connection.execute(_RISE)
    return Done(has_changed)

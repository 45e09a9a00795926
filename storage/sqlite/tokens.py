"""Tokens of operators and machines, by the digest of their secret."""

from collections.abc import Sequence

import apsw
import msgspec

from oauth.model.token import Token
from storage.documents import to_json
from storage.sqlite.connection import fetch, fetch_value
from storage.sqlite.database import Database
from storage.sqlite.writer import Done

_PUT = "INSERT OR REPLACE INTO tokens (name, digest, doc) VALUES (?, ?, ?)"
_BY_DIGEST = "SELECT doc FROM tokens WHERE digest = ?"
_ALL = "SELECT doc FROM tokens ORDER BY name"
_REMOVE = "DELETE FROM tokens WHERE name = ?"

_TOKEN = msgspec.json.Decoder(Token)


class SqliteTokens:
    """`oauth.ports.TokenStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, token: Token) -> None:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[None]:
            connection.execute(_PUT, (token.name, token.digest, to_json(token)))
            return Done(None)

        await self._database.writer.run(work)

    async def by_digest(self, digest: str) -> Token | None:
        """See the port."""
        doc = self._database.readers.here(fetch_value, _BY_DIGEST, (digest,))
        return None if doc is None else _TOKEN.decode(doc)

    async def all(self) -> Sequence[Token]:
        """See the port."""
        rows = await self._database.readers.run(fetch, _ALL)
        return [_TOKEN.decode(doc) for (doc,) in rows]

    async def remove(self, name: str) -> bool:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[bool]:
            connection.execute(_REMOVE, (name,))
            return Done(connection.changes() > 0)

        return await self._database.writer.run(work)

"""Who may use the platform's own doors: a file apart from the vault of citizens.

A process that serves only the broker opens this and never the vault.
"""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from storage.sqlite.database import SMALL, open_database
from storage.sqlite.tokens import SqliteTokens

ACCESS_FILE = "access.sqlite"


class SqliteAccess:
    """The access database in `directory`, for one event loop.

    Raises on entry:
        NewerSchemaError: a newer release wrote the file.
        UnavailableError: the file cannot be opened.
    """

    tokens: SqliteTokens

    def __init__(self, directory: Path) -> None:
        self._file = directory / ACCESS_FILE

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            database = await opened.enter_async_context(open_database(self._file, "access", SMALL))
            self._opened = opened.pop_all()
        self.tokens = SqliteTokens(database)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

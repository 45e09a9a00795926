"""Who may use the platform's own doors: a database apart from the vault of citizens."""

from contextlib import AsyncExitStack
from typing import Self

from storage.mongodb.chains import Chain
from storage.mongodb.engine import open_database
from storage.mongodb.indexes import ACCESS
from storage.mongodb.tokens import MongoTokens


class MongoAccess:
    """The access database `database` on the server at `url`, for one event loop.

    Raises on entry:
        UnavailableError: the server does not answer.
    """

    tokens: MongoTokens

    def __init__(self, url: str, database: str) -> None:
        self._url = url
        self._database = database

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            database = await opened.enter_async_context(
                open_database(self._url, self._database, ACCESS, secondaries=False)
            )
            versions = Chain(database.collection("chains"), "tokens")
            # A process that died between a change and its version number left other caches behind.
            await versions.next()
            self.tokens = MongoTokens(database.collection("tokens"), versions)
            self._opened = opened.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

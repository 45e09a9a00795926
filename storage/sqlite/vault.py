"""The vault and the key store: files of their own, beside the city database, never part of it."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, ClassVar

from oauth.model.kinds import KEY_KINDS, VAULT_KINDS, Kind
from storage.sqlite.database import SqliteLimits, open_database
from storage.sqlite.erasure import Erasure
from storage.sqlite.shelves import SqliteShelves

VAULT_FILE = "vault.sqlite"
KEYS_FILE = "keys.sqlite"

_LIMITS = SqliteLimits(readers=2, writer_cache_kib=8_192, reader_cache_kib=4_096)


class _ShelvesFile:
    """A file of shelves in `directory`, for one event loop; entering it gives the shelves.

    Raises on entry:
        NewerSchemaError: a newer release wrote the file.
        UnavailableError: the file cannot be opened.
    """

    _name: ClassVar[str]
    _schema: ClassVar[str]
    _kinds: ClassVar[Sequence[Kind[Any]]]
    _erases_at_once: ClassVar[bool]

    def __init__(self, directory: Path) -> None:
        self._file = directory / self._name

    async def __aenter__(self) -> SqliteShelves:
        async with AsyncExitStack() as opened:
            database = await opened.enter_async_context(
                open_database(self._file, self._schema, _LIMITS, overwriting=True)
            )
            self._opened = opened.pop_all()
        erasure = Erasure(self._file, at_once=self._erases_at_once)
        return SqliteShelves(database, self._kinds, erasure)

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()


class SqliteVault(_ShelvesFile):
    """The vault."""

    _name = VAULT_FILE
    _schema = "vault"
    _kinds = VAULT_KINDS
    _erases_at_once = False


class SqliteKeyStore(_ShelvesFile):
    """The citizens' keys. A removed key is in no file any more once `remove` returns."""

    _name = KEYS_FILE
    _schema = "keys"
    _kinds = KEY_KINDS
    _erases_at_once = True

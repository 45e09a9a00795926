"""The files of the vault: what they hold, and that removed means gone from them."""

import base64
from pathlib import Path

import apsw
import msgspec
import pytest
from support.samples import sample

from kernel.errors import UnavailableError
from kernel.times import Instant
from oauth.model.grants import AccessToken
from oauth.model.kinds import ACCESS_TOKENS, THROTTLES, WRAPPED_KEYS
from oauth.model.people import WrappedKey
from oauth.ports import Seen
from storage.sqlite.access import SqliteAccess
from storage.sqlite.connection import connect
from storage.sqlite.vault import KEYS_FILE, VAULT_FILE, SqliteKeyStore, SqliteVault

NEEDLE = "needle-in-the-haystack"
LONG = NEEDLE * 2_000  # several pages


def is_in(directory: Path, file: str, needle: str = NEEDLE) -> bool:
    """Whether the text stands in any file of a database, its log included."""
    return any(needle.encode() in one.read_bytes() for one in directory.glob(f"{file}*"))


def files_in(directory: Path) -> list[str]:
    return [one.name for one in directory.iterdir()]


def access_token(digest: str, client_id: str, grant_id: str = "") -> AccessToken:
    blank: AccessToken = sample(AccessToken)
    return msgspec.structs.replace(blank, digest=digest, client_id=client_id, grant_id=grant_id)


@pytest.mark.parametrize("client_id", [NEEDLE, LONG], ids=["short", "long"])
async def test_nothing_of_removed_values_is_in_the_file_of_a_closed_vault(
    tmp_path: Path, client_id: str
) -> None:
    async with SqliteVault(tmp_path) as vault:
        tokens = vault.shelf(ACCESS_TOKENS)
        for number in range(50):
            await tokens.add(access_token(f"{NEEDLE} {number}", client_id, NEEDLE))
        await tokens.add(access_token("other", "c", "g"))
        assert is_in(tmp_path, VAULT_FILE)
        for number in range(50):
            await tokens.remove(f"{NEEDLE} {number}")
    async with SqliteVault(tmp_path) as vault:
        assert len(await vault.shelf(ACCESS_TOKENS).all()) == 1
        assert not is_in(tmp_path, VAULT_FILE)


@pytest.mark.parametrize("client_id", [NEEDLE, LONG], ids=["short", "long"])
async def test_after_a_sweep_nothing_of_what_was_swapped_is_in_any_file(
    tmp_path: Path, client_id: str
) -> None:
    async with SqliteVault(tmp_path) as vault:
        tokens = vault.shelf(ACCESS_TOKENS)
        await tokens.add(access_token("a", client_id, NEEDLE))
        before = await tokens.get("a")
        assert before is not None
        await tokens.swap(before, access_token("a", "c", "g"))
        assert is_in(tmp_path, VAULT_FILE)
        assert await vault.sweep(Instant(0)) == 0
        assert not is_in(tmp_path, VAULT_FILE)
        assert await tokens.get("a") is not None


async def test_a_removed_key_is_in_no_file_at_once(tmp_path: Path) -> None:
    wrapped = b"wrapped key of thirty-three bytes"
    text = base64.b64encode(wrapped).decode()
    async with SqliteKeyStore(tmp_path) as keys:
        shelf = keys.shelf(WRAPPED_KEYS)
        await shelf.add(WrappedKey("a", wrapped))
        await shelf.add(WrappedKey("b", b"another"))
        assert is_in(tmp_path, KEYS_FILE, text)
        assert await shelf.remove("a")
        assert not is_in(tmp_path, KEYS_FILE, text)
        assert await shelf.get("b") is not None


async def test_a_log_that_cannot_be_emptied_is_told_and_tried_again(tmp_path: Path) -> None:
    async with SqliteKeyStore(tmp_path) as keys:
        shelf = keys.shelf(WRAPPED_KEYS)
        await shelf.add(WrappedKey("a", b"key"))
        reader = connect(tmp_path / KEYS_FILE, cache_kib=100)
        reader.execute("BEGIN; SELECT count(*) FROM documents").fetchall()  # needs the log's part
        with pytest.raises(UnavailableError):
            await shelf.remove("a")
        reader.close()
        assert not await shelf.remove("a")
        assert (tmp_path / f"{KEYS_FILE}-wal").stat().st_size == 0


async def test_each_file_holds_its_own_kinds_alone(tmp_path: Path) -> None:
    async with SqliteVault(tmp_path) as vault, SqliteKeyStore(tmp_path) as keys:
        with pytest.raises(ValueError, match="holds no wrapped_keys"):
            vault.shelf(WRAPPED_KEYS)
        with pytest.raises(ValueError, match="holds no throttles"):
            keys.shelf(THROTTLES)
        with pytest.raises(ValueError, match="holds no wrapped_keys"):
            await vault.add_if(ACCESS_TOKENS, access_token("a", "c"), [Seen(WRAPPED_KEYS, "a", 0)])


async def test_the_tokens_of_an_earlier_vault_are_dropped_and_gone_from_the_file(
    tmp_path: Path,
) -> None:
    with apsw.Connection(str(tmp_path / VAULT_FILE)) as connection:
        connection.execute("CREATE TABLE tokens (name TEXT PRIMARY KEY, digest TEXT, doc TEXT)")
        connection.execute("INSERT INTO tokens VALUES (?, ?, ?)", (NEEDLE, NEEDLE, NEEDLE))
        connection.pragma("user_version", 1)
    connection.close()
    async with SqliteVault(tmp_path) as vault:
        assert await vault.shelf(THROTTLES).get("t") is None
    with apsw.Connection(str(tmp_path / VAULT_FILE)) as connection:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE name = 'tokens'")
        assert not names.fetchall()
    connection.close()
    assert not is_in(tmp_path, VAULT_FILE)


async def test_the_access_database_makes_no_file_of_the_vault(tmp_path: Path) -> None:
    async with SqliteAccess(tmp_path) as access:
        assert not await access.tokens.all()
    assert files_in(tmp_path) == ["access.sqlite"]

"""What a process opens: the city and its doors always, the vault only when it is asked for."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from support.mongodb import drop_databases

from city.settings.table import Settings
from city.stores import open_stores, open_vault
from kernel.clock import SystemClock
from kernel.ids import SystemIds
from oauth.model.kinds import THROTTLES, WRAPPED_KEYS

CLOCK, IDS = SystemClock(), SystemIds()


def files_in(directory: Path) -> set[str]:
    return {one.name for one in directory.glob("*.sqlite")}


async def test_a_process_without_citizens_makes_no_vault(tmp_path: Path) -> None:
    async with open_stores(Settings(data_dir=tmp_path), CLOCK, IDS) as stores:
        assert not await stores.tokens.all()
    assert files_in(tmp_path) == {"city.sqlite", "access.sqlite", "spool.sqlite"}


async def test_the_vault_and_the_keys_are_files_of_their_own(tmp_path: Path) -> None:
    async with open_vault(Settings(data_dir=tmp_path), CLOCK, IDS) as (vault, keys):
        assert not await vault.shelf(THROTTLES).all()
        assert not await keys.shelf(WRAPPED_KEYS).all()
    assert files_in(tmp_path) == {"vault.sqlite", "keys.sqlite"}


@pytest.fixture
def city(mongodb_url: str) -> Iterator[str]:
    """The name of a city's database on a server."""
    name = f"odori_{secrets.token_hex(6)}"
    yield name
    drop_databases(mongodb_url, name)


def databases(url: str, city: str) -> set[str]:
    """What the server has of a city."""
    with MongoClient[dict[str, Any]](url) as client:
        return {one for one in client.list_database_names() if one.startswith(city)}


@pytest.mark.mongodb
@pytest.mark.parametrize(
    ("named", "there"),
    [
        ("mongodb_url", {"_vault", "_keys"}),
        ("vault_mongodb_url", {"_vault", "_keys"}),
        ("vault_keys_mongodb_url", {"_keys"}),
    ],
)
async def test_each_is_on_its_own_server_or_on_the_one_before_it(
    tmp_path: Path, mongodb_url: str, city: str, named: str, there: set[str]
) -> None:
    settings = Settings(data_dir=tmp_path, mongodb_database=city, **{named: mongodb_url})
    async with open_vault(settings, CLOCK, IDS) as (vault, keys):
        assert await vault.shelf(THROTTLES).get("t") is None
        assert await keys.shelf(WRAPPED_KEYS).get("a") is None
    assert databases(mongodb_url, city) == {city + one for one in there}
    assert files_in(tmp_path) == {f"{one[1:]}.sqlite" for one in {"_vault", "_keys"} - there}

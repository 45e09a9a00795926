"""The intake's local spool."""

from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from ingest.observation import Attribute, BoundedNumber, Observation, PolicyRef
from ingest.ports import SpoolFullError
from ingest.seal import Deidentified, seal
from kernel.times import Instant
from storage.sqlite.spool import SPOOL_FILE, SqliteSpool

POLICY = PolicyRef("peopleflow-gate", 1, "0" * 64)


def sealed(count: int) -> Deidentified:
    attribute = Attribute("peopleCount", BoundedNumber(count), "C62", Instant(0))
    observation = Observation(
        "urn:ngsi-ld:CrowdFlowObserved:J1", "CrowdFlowObserved", Instant(0), (attribute,)
    )
    return seal(observation, POLICY)


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[SqliteSpool]:
    """A spool for five observations."""
    async with SqliteSpool(tmp_path, capacity=5) as opened:
        yield opened


async def test_first_in_first_out(spool: SqliteSpool) -> None:
    await spool.put([sealed(1), sealed(2)])
    await spool.put([sealed(3)])
    taken = await spool.take(2)

    assert [one.sealed for one in taken] == [sealed(1), sealed(2)]
    assert await spool.take(2) == taken
    await spool.remove([one.number for one in taken])
    assert [one.sealed for one in await spool.take(2)] == [sealed(3)]
    assert await spool.size() == 1


async def test_a_batch_that_does_not_fit_is_refused_whole(spool: SqliteSpool) -> None:
    await spool.put([sealed(1), sealed(2), sealed(3)])
    with pytest.raises(SpoolFullError):
        await spool.put([sealed(4), sealed(5), sealed(6)])

    assert await spool.size() == 3
    await spool.put([sealed(4), sealed(5)])
    assert await spool.size() == 5


async def test_numbers_rise_though_everything_was_removed(tmp_path: Path) -> None:
    numbers: list[int] = []
    for _ in range(3):
        async with SqliteSpool(tmp_path) as spool:
            await spool.put([sealed(1)])
            (taken,) = await spool.take(10)
            numbers.append(taken.number)
            await spool.remove([taken.number, 10**6])

    assert numbers == sorted(set(numbers))


async def test_observations_outlive_a_reopening(tmp_path: Path) -> None:
    async with SqliteSpool(tmp_path) as spool:
        await spool.put([sealed(1)])
    async with SqliteSpool(tmp_path) as spool:
        assert [one.sealed for one in await spool.take(10)] == [sealed(1)]


async def test_what_is_no_sealed_observation_is_removed_and_stops_nothing(tmp_path: Path) -> None:
    async with SqliteSpool(tmp_path) as spool:
        await spool.put([sealed(1)])
    with apsw.Connection(str(tmp_path / SPOOL_FILE)) as connection:
        connection.execute("UPDATE spool SET sealed = ?", (b"{}",))
    async with SqliteSpool(tmp_path) as spool:
        assert await spool.take(10) == ()
        assert await spool.size() == 0
        await spool.put([sealed(2)])
        assert [one.sealed for one in await spool.take(10)] == [sealed(2)]

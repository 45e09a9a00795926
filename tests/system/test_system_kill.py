"""`kill -9` at any moment loses no acknowledged write, history row or notification (D6)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.engines import ENGINES, PLACES, Bench, Place
from support.writing_process import ENTITIES, TENANT, entity_id, write

from broker.core.decision import Target
from broker.temporal.query import HistoryQuery, Series
from storage.engine import Engine

ROOT = Path(__file__).parents[2]
KILLS = 4
EVERY = 100_000


@pytest.fixture(params=ENGINES)
def bench(request: pytest.FixtureRequest) -> Bench:
    """An engine's place, not opened."""
    return Bench(PLACES[request.param](request))


def acknowledged_before_kill(place: Place, first: int, enough: int) -> set[int]:
    """Let a process write until it acknowledged so much, then kill it in the middle."""
    command = [sys.executable, "-m", "support.writing_process", str(first), *place.words()]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:  # noqa: S603 — ours
        assert process.stdout is not None
        numbers: set[int] = set()
        for line in process.stdout:
            numbers.add(int(line))
            if len(numbers) == enough:
                process.kill()  # what it had printed by then still comes
    return numbers


async def test_pain_01_no_acknowledged_write_is_lost_by_kills(bench: Bench) -> None:
    acknowledged: set[int] = set()
    for kill in range(KILLS):
        more = acknowledged_before_kill(bench.place, (kill + 1) * 1_000_000, 150 + 77 * kill)
        assert len(more) >= 150
        acknowledged |= more
        async with bench.open() as engine:
            await check(engine, acknowledged)


async def check(engine: Engine, acknowledged: set[int]) -> None:
    """Everything acknowledged is in history and outbox, and entities are as new as that.

    A write that was not acknowledged may be there too: the process died before it could say so.
    """
    recorded: set[int] = set()
    for index in range(ENTITIES):
        series = Series("n", entity_id(index))
        rows = await engine.history.rows(TENANT, HistoryQuery(series, limit=EVERY))
        values = [row.instance.value for row in rows if row.instance is not None]
        recorded.update(values)
        (entity,) = await engine.entities.find(TENANT, [Target(entity_id(index))])
        last = max(place for place, value in enumerate(values) if value in acknowledged)
        assert values.index(entity.attributes["n"][0].value) >= last
    owed = await engine.outbox.owed(limit=EVERY)

    assert acknowledged <= recorded
    assert acknowledged <= {int(one.correlator) for one in owed}
    numbers = [one.number for one in owed]
    assert numbers == sorted(set(numbers))


async def test_after_a_kill_writing_goes_on(bench: Bench) -> None:
    acknowledged_before_kill(bench.place, 0, 100)
    async with bench.open() as engine:
        await write(engine.entities, 10**7)
        owed = await engine.outbox.owed(limit=EVERY)

    assert owed[-1].correlator == str(10**7)

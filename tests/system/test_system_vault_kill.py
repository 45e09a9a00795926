"""`kill -9` loses nothing of the vault that was acknowledged, and leaves nothing by halves."""

import os
import subprocess
import sys
from pathlib import Path

from support.engines import SqlitePlace
from support.vault_process import WRITERS, count, event_key

from oauth.model.grants import SecurityEvent
from oauth.model.kinds import SECURITY_EVENTS, THROTTLES
from oauth.ports import Shelves

ROOT = Path(__file__).parents[2]
KILLS = 4


def acknowledged_before_kill(place: SqlitePlace, enough: int) -> set[str]:
    """Let a process write until it acknowledged so much, then kill it in the middle."""
    command = [sys.executable, "-m", "support.vault_process", *place.words()]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:  # noqa: S603 — ours
        assert process.stdout is not None
        keys: set[str] = set()
        for line in process.stdout:
            keys.add(line.decode().strip())
            if len(keys) == enough:
                process.kill()  # what it had printed by then still comes
    return keys


async def test_pain_01_kills_lose_no_swap_and_no_record_of_the_vault(tmp_path: Path) -> None:
    place = SqlitePlace(tmp_path)
    acknowledged: set[str] = set()
    for kill in range(KILLS):
        more = acknowledged_before_kill(place, 60 + 31 * kill)
        assert len(more) >= 60
        acknowledged |= more
        async with place.open_vault() as vault:
            await check(vault, acknowledged)


async def check(vault: Shelves, acknowledged: set[str]) -> None:
    """Every acknowledged event is there, and each event rests on a count that was reached."""
    events = {one.id for one in await all_events(vault)}
    assert acknowledged <= events
    for writer in range(WRITERS):
        counted = await vault.shelf(THROTTLES).get(str(writer))
        assert counted is not None
        reached = {event_key(writer, n) for n in range(1, counted.value.failures + 1)}
        own = {key for key in events if key.startswith(f"{writer}-")}
        assert own <= reached
        # A process that died between the two left the one without the other, once for each kill.
        assert len(reached - own) <= KILLS
        await count(vault, writer)


async def all_events(vault: Shelves) -> list[SecurityEvent]:
    """Every one, page by page."""
    events: list[SecurityEvent] = []
    while page := await vault.shelf(SECURITY_EVENTS).all(after=events[-1].id if events else ""):
        events += [one.value for one in page]
    return events

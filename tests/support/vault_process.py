"""A process that writes to the vault without pause and says what was acknowledged, to be killed.

`python -m support.vault_process <place …>`: each writer counts its own throttle up by swapping it,
then adds an event on the strength of what it swapped in, and prints the event's key.
"""

import asyncio
import sys
from collections.abc import Sequence

import structlog
from support.engines import place_of

from kernel.times import Instant
from oauth.model.grants import SecurityEvent
from oauth.model.kinds import SECURITY_EVENTS, THROTTLES
from oauth.model.people import Throttle
from oauth.ports import Seen, Shelves

WRITERS = 8


def event_key(writer: int, number: int) -> str:
    """Of what a writer adds after it has counted to `number`."""
    return f"{writer}-{number:08d}"


async def count_on(vault: Shelves, writer: int) -> None:
    """Count for ever, from where the last process stopped."""
    throttles = vault.shelf(THROTTLES)
    await throttles.add(Throttle(str(writer), 0, Instant(0)))
    while True:
        number = await count(vault, writer)
        sys.stdout.write(event_key(writer, number) + "\n")
        sys.stdout.flush()


async def count(vault: Shelves, writer: int) -> int:
    """One swap and one conditional addition; what was counted to."""
    throttles, key = vault.shelf(THROTTLES), str(writer)
    before = await throttles.get(key)
    assert before is not None
    number = before.value.failures + 1
    assert await throttles.swap(before, Throttle(key, number, Instant(number)))
    current = await throttles.get(key)
    assert current is not None
    event = SecurityEvent(event_key(writer, number), Instant(number), "counted", client_id=key)
    seen = [Seen(THROTTLES, key, current.revision)]
    assert await vault.add_if(SECURITY_EVENTS, event, seen)
    return number


async def main(place: Sequence[str]) -> None:
    """Write for ever."""
    async with place_of(place).open_vault() as vault, asyncio.TaskGroup() as writers:
        for writer in range(WRITERS):
            writers.create_task(count_on(vault, writer))


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(sys.argv[1:]))

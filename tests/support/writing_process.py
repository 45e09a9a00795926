"""A process that writes without pause and prints what was acknowledged, until it is killed.

`python -m support.writing_process <first number> <place …>`: write `n` sets the attribute `n` of
one of a few entities to its number, with a history row and a notice in the same commit, and prints
the number once the store has answered.
"""

import asyncio
import itertools
import sys
from collections.abc import Sequence

import structlog
from support.engines import Recorder, place_of

from broker.core.decision import Decision, Target
from broker.model.attribute import Attribute
from broker.model.changes import Alteration, HistoryRow
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.ports import EntityStore
from kernel.clock import SystemClock
from kernel.times import Instant

ENTITIES = 7
TENANT = "t"
LANE = "http://receiver"
_WRITERS = 24


def entity_id(number: int) -> str:
    """Which entity a write goes to."""
    return f"urn:ngsi-ld:Counter:{number % ENTITIES}"


async def write(entities: EntityStore, number: int) -> None:
    """One write: entity, history and outbox together."""
    name = entity_id(number)

    def decide(current: Sequence[Entity], now: Instant) -> Decision[None]:
        created_at = current[0].created_at if current else now
        attribute = Attribute(number, created_at=now, modified_at=now)
        after = Entity(
            name,
            ("Counter",),
            attributes={"n": (attribute,)},
            created_at=created_at,
            modified_at=now,
        )
        return Decision(
            None,
            puts=[after],
            history=[HistoryRow(after.key, "n", now, now, attribute)],
            notices=[Notice("s", LANE, after, Alteration.CHANGE, now, ("n",), str(number))],
        )

    await entities.write(TENANT, [Target(name, "Counter", "/")], decide)


async def main(first: int, place: Sequence[str]) -> None:
    """Write for ever."""
    numbers = itertools.count(first)

    async def writer(entities: EntityStore) -> None:
        for number in numbers:
            await write(entities, number)
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()

    async with (
        place_of(place).open(SystemClock(), Recorder()) as engine,
        asyncio.TaskGroup() as all_,
    ):
        for _ in range(_WRITERS):
            all_.create_task(writer(engine.entities))


if __name__ == "__main__":
    # What is printed is what was acknowledged, and nothing else.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))

"""A node that writes one entity for ever and says so after each write, for tests that kill it.

Arguments: URL, database, and for how many seconds a silent node is waited for.
"""

import asyncio
import random
import sys
from collections.abc import Sequence

import structlog

from broker.core.decision import Decision, Target
from broker.model.attribute import Attribute
from broker.model.changes import Alteration, HistoryRow
from broker.model.entity import Entity
from broker.model.notice import Notice
from kernel.clock import SystemClock
from kernel.times import Instant
from storage.mongodb.engine import MongoEngine

ID = "urn:room:1"


class Silence:
    """Hears nothing."""

    def announce(self, *_: object) -> None:
        """Nobody listens here."""


def count_up(current: Sequence[Entity], now: Instant) -> Decision[int]:
    """One more, with a row of history and a notice that both say which."""
    number = current[0].attributes["n"][0].value + 1 if current else 1
    value = Attribute(number, created_at=now, modified_at=now)
    created = current[0].created_at if current else now
    entity = Entity(ID, ("Room",), attributes={"n": (value,)}, created_at=created, modified_at=now)
    return Decision(
        number,
        puts=[entity],
        history=[HistoryRow(entity.key, "n", now, now, value)],
        notices=[Notice("s", "http://a:80", entity, Alteration.CHANGE, now)],
    )


async def write(url: str, database: str, dead_after_s: float) -> None:
    """Write until killed."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    chance = random.Random(1)  # noqa: S311 — it spreads retries
    async with MongoEngine(
        url, database, SystemClock(), Silence(), chance, dead_after_s=dead_after_s
    ) as engine:
        while True:
            number = await engine.entities.write("t", [Target(ID)], count_up)
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], sys.argv[2], float(sys.argv[3])))

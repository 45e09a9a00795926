"""A process that writes and delivers, to be killed: `python -m support.delivery_process`.

Arguments: place (a directory, or a MongoDB URL with the database as its path), receiver's URL,
entities, updates per entity. Prints `ready`, then a line
`entity n` for every acknowledged write, then `done`, and goes on delivering until it is ended.
"""

import asyncio
import sys
from pathlib import Path

from support.delivering import delivering
from support.engines import MongoPlace, Place, SqlitePlace

from broker.service.announcements import Announcements
from kernel.clock import SystemClock


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _place(text: str) -> Place:
    url, _, database = text.rpartition("/")
    return MongoPlace(url, database) if text.startswith("mongodb:") else SqlitePlace(Path(text))


async def main(place: Place, url: str, entities: int, updates: int) -> None:
    """Subscribe at the first start, write, deliver."""
    announcements = Announcements()
    async with (
        place.open(SystemClock(), announcements) as engine,
        delivering(engine, announcements) as stage,
    ):
        if not await engine.subscriptions.all("city"):
            await stage.subscribe(url)
        _say("ready")

        async def write(entity: str) -> None:
            for n in range(updates):
                await stage.set(entity, n)
                _say(f"{entity} {n}")

        async with asyncio.TaskGroup() as group:
            for number in range(entities):
                group.create_task(write(f"E{number}"))
        _say("done")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(_place(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))

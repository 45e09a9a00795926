"""How a database's writes are committed, and the tasks that this takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from kernel.clock import Clock
from serving.tasks import Supervisor
from storage.mongodb.claims import Claims
from storage.mongodb.database import Database
from storage.mongodb.draft import Committer, Shelves
from storage.mongodb.pulse import Pulse
from storage.mongodb.retries import Retries
from storage.mongodb.transactions import Transactions
from storage.mongodb.write_ids import WriteIds


@asynccontextmanager
async def committing(
    database: Database,
    shelves: Shelves,
    *,
    write_ids: WriteIds,
    retries: Retries,
    clock: Clock,
    dead_after_s: float,
) -> AsyncIterator[Committer]:
    """What fits the server: transactions, or claims and the pulse of this node (ADR 0051)."""
    if database.server.transactions:
        yield Transactions(shelves, database.together)
        return
    pulse = Pulse(database.collection("nodes"), write_ids.node, dead_after_s=dead_after_s)
    claims = Claims(
        shelves,
        pulse,
        write_ids=write_ids,
        retries=retries,
        clock=clock,
        swaps=database.server.swaps,
    )
    async with _alive(pulse, claims, dead_after_s / 2):
        yield claims


@asynccontextmanager
async def _alive(pulse: Pulse, claims: Claims, pause_s: float) -> AsyncIterator[None]:
    """Beats, and looks after the claims of nodes that do not, until the context is left."""
    await pulse.beat()
    try:
        async with Supervisor() as tasks:
            tasks.keep("mongodb pulse", pulse.keep)
            tasks.keep("mongodb recovery", partial(_recover, claims, pause_s))
            yield
    finally:
        await pulse.stop()


async def _recover(claims: Claims, pause_s: float) -> None:
    while True:
        await claims.recover()
        await asyncio.sleep(pause_s)

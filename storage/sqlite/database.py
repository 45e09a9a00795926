"""What every store of one open database file shares."""

from typing import NamedTuple

from kernel.clock import Clock
from storage.sqlite.names import Names
from storage.sqlite.readers import Readers
from storage.sqlite.writer import Writer


class Database(NamedTuple):
    """An open database: its writer, its readers, their caches of numbers, and the clock.

    `names` belongs to the writer's thread, `read_names` to the readers'.
    """

    writer: Writer
    readers: Readers
    names: Names
    read_names: Names
    clock: Clock

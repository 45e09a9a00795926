"""What every room of a process is given."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from city.settings.table import Settings
from city.stores import Stores
from kernel.clock import Clock
from kernel.ids import IdSource
from serving.tasks import Supervisor


@dataclass(frozen=True)
class Parts:
    """The shared parts of a process.

    Attributes:
        tasks: owns the background work of all rooms.
        metrics: what `/metrics` shows.
    """

    settings: Settings
    stores: Stores
    tasks: Supervisor
    metrics: CollectorRegistry
    clock: Clock
    ids: IdSource

"""What the boards need from the rest of the city, written as contracts.

The boards read what an API client with the same rights could fetch, in values of their own: they do
not know the broker. `city/` binds these ports to the broker in process.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from kernel.json import JsonValue
from kernel.times import Instant


class Reading(msgspec.Struct, frozen=True, gc=False):
    """The present value of one attribute.

    Attributes:
        value: the JSON value; of a relationship the object's URI.
        observed_at: NGSI-LD `observedAt`, or the `TimeInstant` metadata; None if unsaid.
        unit_code: UN/CEFACT; empty if none.
        modified_at: when the broker committed it, on the wall clock.
    """

    value: JsonValue
    observed_at: Instant | None = None
    unit_code: str = ""
    modified_at: Instant = Instant(0)


class CityEntity(msgspec.Struct, frozen=True):
    """The latest state of one entity: the default instance of each attribute, by bare name."""

    id: str
    type: str
    attributes: Mapping[str, Reading]
    modified_at: Instant = Instant(0)


class Row(msgspec.Struct, frozen=True, gc=False):
    """One number that an attribute had, or None for an outage.

    Attributes:
        time: the time index, for city types the start of the period (`observedAt`).
        value: true and false come as 1 and 0; rows of any other kind of value are left out.
        recorded_at: when the row was committed. The last row of one `time` is its total.
    """

    time: Instant
    value: float | int | None
    recorded_at: Instant


class CityReader(Protocol):
    """Reads the city database. Raises `kernel.errors.UnavailableError` when it cannot."""

    async def entities(self, entity_type: str) -> Sequence[CityEntity]:
        """Every entity of the type, in any order; an unknown type has none."""

    async def history(
        self, entity_id: str, attribute: str, since: Instant, until: Instant
    ) -> Sequence[Row]:
        """All rows with `since` <= time < `until`, in order of (time, recorded_at).

        The whole window: an adapter over a paged store reads every page.
        """


class EntityChanged(msgspec.Struct, frozen=True):
    """An entity as it is after a committed write."""

    entity: CityEntity


class EntityRemoved(msgspec.Struct, frozen=True):
    """An entity that is gone."""

    id: str
    type: str


class ChangesLost(msgspec.Struct, frozen=True):
    """The reader was too slow and changes were dropped: read the entities again."""


class HistoryGrew(msgspec.Struct, frozen=True):
    """Past rows were added without touching entities (back-fill, late data)."""

    entity_id: str
    since: Instant
    until: Instant


CityChange = EntityChanged | EntityRemoved | ChangesLost | HistoryGrew


class CityChanges(Protocol):
    """Hears of committed changes of the tenant that the boards show."""

    def changes(self) -> AsyncIterator[CityChange]:
        """Every change from this call on, in commit order.

        Bounded: an overflow drops the oldest and yields one `ChangesLost` in their place. May end
        or raise when the broker is away; the boards then call it again and reread.
        """


class Speed(StrEnum):
    """How fast the simulated world runs, in simulated seconds a second."""

    X1 = "1"
    X10 = "10"
    X60 = "60"
    X600 = "600"


class Scenario(msgspec.Struct, frozen=True):
    """A scripted course of events. `names` by language (`ja`, `en`)."""

    key: str
    names: Mapping[str, str]


class WorldStatus(msgspec.Struct, frozen=True):
    """Where the simulated world stands at the moment of the call.

    Attributes:
        now: the time of the world; what gates report lies before it.
        scenario: key of the one that runs.
        speed: one of `Speed`.
        paused: the world stands still.
    """

    now: Instant
    scenario: str
    speed: Speed
    paused: bool


class ScenarioControl(Protocol):
    """The levers of the simulated city. Bound in the demo only."""

    def scenarios(self) -> Sequence[Scenario]:
        """Every scenario, in the order of the buttons."""

    def status(self) -> WorldStatus:
        """The present state; cheap, no I/O."""

    async def start(self, scenario: str) -> None:
        """Run the scenario from its beginning.

        Raises:
            kernel.errors.NotFoundError: there is none of that key.
        """

    async def set_speed(self, speed: Speed) -> None:
        """Run at this speed from now on."""

    async def pause(self, paused: bool) -> None:
        """Hold the world, or let it go on."""

"""The city's past, newest first: eight weeks in detail, two years of flow, and the older sensors.

The first board does not wait for it: the newest day comes first, and the work gives way between
batches. Day by day it is the same past that a driver would have sent, seen at quarter hours.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from operator import attrgetter

import msgspec

from kernel.times import Instant
from sensors.registry.device import DeviceClass
from sensors.simulation import jst
from sensors.simulation.flow import City
from sensors.simulation.ports import HistoryLoader
from sensors.simulation.speech import day_in_quarters
from sensors.simulation.wire import Dialect, Flaws, Message, messages
from sensors.simulation.world import DEVICES, OLDER_GATES, Installed

DETAILED_DAYS = 56
FLOW_DAYS = 730
OLDER_DAYS = 365
INFRARED_SINCE = date(2024, 2, 1)
ULTRASONIC_UNTIL = date(2023, 9, 30)
_BATCH = 250
_DETAILED = frozenset(
    {
        DeviceClass.PEOPLE_FLOW_GATE,
        DeviceClass.SIGNAGE,
        DeviceClass.INDOOR_ENVIRONMENT,
        DeviceClass.WEATHER,
    }
)
_FLOW = frozenset({DeviceClass.PEOPLE_FLOW_GATE, DeviceClass.WEATHER})


class Era(msgspec.Struct, frozen=True):
    """Days that are told alike, newest first."""

    name: str
    devices: tuple[Installed, ...]
    days: tuple[date, ...]


class Filled(msgspec.Struct, frozen=True):
    """How far the past is filled in: the day just finished, and messages and days so far."""

    era: str
    day: date
    days_done: int
    days_total: int
    messages: int


def eras(today: date) -> tuple[Era, ...]:
    """What is to be told.

    No infrared day lies before February 2024, no ultrasonic one after September 2023, and the
    months between them stay empty.
    """
    detailed = jst.days_back(today, DETAILED_DAYS)
    flow_end = today - timedelta(days=DETAILED_DAYS)
    flow = jst.days_back(flow_end, FLOW_DAYS - DETAILED_DAYS)
    return (
        Era("detailed", _of(_DETAILED), tuple(d for d in detailed if d >= INFRARED_SINCE)),
        Era("flow", _of(_FLOW), tuple(d for d in flow if d >= INFRARED_SINCE)),
        Era("older", OLDER_GATES, tuple(jst.days_back(ULTRASONIC_UNTIL, OLDER_DAYS))),
    )


async def backfill(
    *,
    seed: int,
    until: Instant,
    loader: HistoryLoader,
    dialects: Mapping[str, Dialect],
    progress: Callable[[Filled], None],
    what: Sequence[Era] | None = None,
) -> int:
    """Tell the past up to `until`; returns how many messages that took.

    Raises:
        UnavailableError: the loader gave up; everything before is loaded, days may come again.
    """
    city = City(seed)
    told = eras(jst.day_of(until)) if what is None else what
    days_total = sum(len(era.days) for era in told)
    days_done = count = 0
    for era in told:
        for day in era.days:
            past = _messages(city, era, day, until, dialects)
            while batch := sorted(islice(past, _BATCH), key=attrgetter("at")):
                await loader.load(batch)
                count += len(batch)
            days_done += 1
            progress(Filled(era.name, day, days_done, days_total, count))
    return count


def _messages(
    city: City, era: Era, day: date, until: Instant, dialects: Mapping[str, Dialect]
) -> Iterator[Message]:
    """A day's messages. The past holds no planted identifiers: they test the live door."""
    reports = day_in_quarters(city, era.devices, day, until)
    return messages(city.seed, reports, dialects, Flaws(duplicates=0.0, planted=0.0))


def _of(classes: frozenset[DeviceClass]) -> tuple[Installed, ...]:
    return tuple(
        device for device in DEVICES if device.device_class in classes and not device.speaks_for
    )

"""What the arrays of infrared sensors report: running totals of the present quarter hour.

Each minute a gate says how many people have passed since the quarter hour began: `towards` is north
(Sapporo Station), `away` is south (Odori). The report of the
fifteenth minute is the total and says `complete`. While the walkway is closed there is one report a
quarter hour, without counts.
"""

from collections.abc import Iterator

from kernel.times import MINUTE_US, Instant
from sensors.simulation import jst
from sensors.simulation.flow import City, Counted
from sensors.simulation.reports import Payload, Report
from sensors.simulation.world import ULTRASONIC, Installed

_CONGESTED_PER_MINUTE = 23.0 * 12.0
"""Upper limit of the freest level of service (23 persons/min/m) times the clear width."""
_SEEN_BY_ULTRASOUND = 0.83
"""The older arrays do not cover the full width."""
_HALF_MINUTE_US = MINUTE_US // 2


def reports(city: City, gate: Installed, due: Instant) -> Iterator[Report]:
    """The reports of one minute, which ends at `due`; late ones of an outage come first."""
    minute = Instant(due - MINUTE_US)
    if city.course.silence_of(gate.subject, minute) is not None:
        return
    for span in city.course.silences_ended(gate.subject, Instant(minute - MINUTE_US), minute):
        yield from _late(city, gate, span.start, due)
    start = jst.quarter_start(minute)
    last = due == start + jst.QUARTER_US
    if city.is_closed(minute):
        if last:
            yield Report(gate.id, due, _middle(minute), {"state": "closed", "complete": True})
        return
    counted = city.counted(gate.subject, start, due, known=due)
    payload = _payload(city, gate, start, counted, complete=last)
    yield Report(gate.id, due, _middle(minute), payload)


def _late(city: City, gate: Installed, silent_from: Instant, due: Instant) -> Iterator[Report]:
    """Totals of the quarter hours that ended during an outage, oldest first."""
    start = jst.quarter_start(silent_from)
    while start + jst.QUARTER_US < due:
        end = Instant(start + jst.QUARTER_US)
        if not city.is_closed(start):
            counted = city.counted(gate.subject, start, end, known=due)
            payload = _payload(city, gate, start, counted, complete=True)
            yield Report(gate.id, due, _middle(Instant(end - MINUTE_US)), payload)
        start = end


def _payload(
    city: City, gate: Installed, start: Instant, counted: Counted, *, complete: bool
) -> Payload:
    seen = _SEEN_BY_ULTRASOUND if gate.generation == ULTRASONIC else 1.0
    north, south = round(counted.north * seen), round(counted.south * seen)
    down = city.quarter(gate.subject, start).sensors_down
    filled = counted.filled / counted.minutes
    estimated_share = round(filled + (1 - filled) * down / gate.sensors, 2)
    return {
        "towards": north,
        "away": south,
        "congested": (north + south) / counted.minutes > _CONGESTED_PER_MINUTE,
        "reportingDevices": gate.sensors - down,
        "expectedDevices": gate.sensors,
        "coverage": round(1 - estimated_share, 2),
        "estimated": estimated_share > 0,
        "estimatedShare": estimated_share,
        "state": "open",
        "complete": complete,
    }


def _middle(minute: Instant) -> Instant:
    """A device stamps the middle of its minute, so that no clock skew moves it to another one."""
    return Instant(minute + _HALF_MINUTE_US)

"""How the devices themselves are: battery, signal, state. A monitor beside each reports it."""

from collections.abc import Iterator
from datetime import date

from kernel.times import Instant
from sensors.simulation import jst
from sensors.simulation.chance import row
from sensors.simulation.flow import City
from sensors.simulation.reports import Report
from sensors.simulation.world import Installed

_EPOCH = date(2024, 2, 1)
_LOW = 0.2


def reports(city: City, monitor: Installed, due: Instant) -> Iterator[Report]:
    """One report, unless the device that it watches has gone dark with it."""
    device = monitor.speaks_for
    if city.course.silence_of(device, due) is not None:
        return
    battery = _battery(city.seed, device, jst.day_of(due))
    signal = row(city.seed, "signal", device).uniform(-82, -55)
    chance = row(city.seed, "status", device, due)
    yield Report(
        monitor.id,
        due,
        due,
        {
            "batteryLevel": battery,
            "rssi": round(signal + chance.gauss(0, 2.5)),
            "deviceState": "warning" if 0 <= battery < _LOW else "ok",
        },
    )


def _battery(seed: int, device: str, day: date) -> float:
    """0 to 1; it runs down over a year or so and is changed before it is empty."""
    life = row(seed, "battery", device)
    days, begun = life.randint(300, 520), life.randint(0, 300)
    used = ((day - _EPOCH).days + begun) % days / days
    return round(1 - 0.85 * used, 2)

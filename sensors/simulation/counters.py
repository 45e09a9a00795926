"""What the camera and the radio counter report: the two devices that see persons.

The camera counts bands at its edge and discards each image there; its reports hold cells with at
least one person. The radio counter reports every passage with the radio address that it heard,
which is exactly what the intake must turn into a distinct count and forget.
"""

from collections import Counter
from collections.abc import Iterator

from kernel.times import MINUTE_US, Instant
from sensors.simulation import jst
from sensors.simulation.chance import count_near, row
from sensors.simulation.flow import City
from sensors.simulation.reports import Payload, Report
from sensors.simulation.world import Installed

_SEEN_BY_CAMERA = 0.22
"""Share of the passers who cross the camera's field."""
_HEARD_BY_RADIO = 0.012
_TWICE = 0.3
"""Chance that a radio device is heard a second time in its minute."""
_AGES = {
    "0s": 0.02,
    "10s": 0.08,
    "20s": 0.2,
    "30s": 0.19,
    "40s": 0.18,
    "50s": 0.15,
    "60s": 0.1,
    "70s": 0.06,
    "80s+": 0.02,
}
_GENDERS = {"f": 0.5, "m": 0.47, "x": 0.03}


def camera_reports(city: City, camera: Installed, due: Instant) -> Iterator[Report]:
    """The cells of the quarter hour that ends at `due`, in order of direction and bands."""
    start = Instant(due - jst.QUARTER_US)
    if city.is_closed(start) or city.course.silence_of(camera.id, start) is not None:
        return
    chance = row(city.seed, "camera", camera.id, start)
    flow = city.counted("J2", start, due, known=due)
    cells: Counter[tuple[str, str, str]] = Counter()
    for direction, passed in (("N", flow.north), ("S", flow.south)):
        for _ in range(count_near(chance, passed * _SEEN_BY_CAMERA)):
            age = chance.choices(list(_AGES), list(_AGES.values()))[0]
            gender = chance.choices(list(_GENDERS), list(_GENDERS.values()))[0]
            cells[direction, age, gender] += 1
    observed = Instant(due - MINUTE_US // 2)
    for (direction, age, gender), count in sorted(cells.items()):
        payload: Payload = {
            "direction": direction,
            "ageBand": age,
            "gender": gender,
            "count": count,
        }
        yield Report(camera.id, due, observed, payload)


def radio_reports(city: City, counter: Installed, due: Instant) -> Iterator[Report]:
    """One report per passage that was heard in the minute before `due`."""
    minute = Instant(due - MINUTE_US)
    if city.course.silence_of(counter.id, minute) is not None:
        return
    chance = row(city.seed, "radio", counter.id, minute)
    for direction, passed in zip("NS", city.passing("J1", minute), strict=True):
        for _ in range(count_near(chance, passed * _HEARD_BY_RADIO)):
            address = _random_address(chance.getrandbits(48))
            for _ in range(1 + (chance.random() < _TWICE)):
                payload: Payload = {"direction": direction, "count": 1, "deviceId": address}
                yield Report(counter.id, due, Instant(minute + MINUTE_US // 2), payload)


def _random_address(bits: int) -> str:
    """A made-up radio address of the locally administered kind, as telephones send today."""
    local = (bits & ~(0b11 << 40)) | (0b10 << 40)
    return ":".join(f"{byte:02x}" for byte in local.to_bytes(6, "big"))

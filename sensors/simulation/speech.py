"""Asks every device of the city what it has to say at a moment."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import assert_never

from kernel.times import DAY_US, MINUTE_US, SECOND_US, Instant
from sensors.registry.device import DeviceClass
from sensors.simulation import climate, counters, gates, jst, signs, status
from sensors.simulation.flow import City
from sensors.simulation.reports import Report
from sensors.simulation.world import STATUS_POLICY, Installed


def reports(city: City, device: Installed, due: Instant) -> Iterator[Report]:
    """What a device reports at the instant `due`; nothing if it is not its turn."""
    if due % (device.interval_s * SECOND_US):
        return
    if device.policy == STATUS_POLICY:
        yield from status.reports(city, device, due)
        return
    match device.device_class:
        case DeviceClass.PEOPLE_FLOW_GATE:
            yield from gates.reports(city, device, due)
        case DeviceClass.SIGNAGE:
            yield from signs.reports(city, device, due)
        case DeviceClass.INDOOR_ENVIRONMENT:
            yield from climate.indoor_reports(city, device, due)
        case DeviceClass.WEATHER:
            yield from climate.weather_reports(city, device, due)
        case DeviceClass.CAMERA:
            yield from counters.camera_reports(city, device, due)
        case DeviceClass.RADIO_GATE:
            yield from counters.radio_reports(city, device, due)
        case DeviceClass.STEREO_COUNT | DeviceClass.AIR_QUALITY | DeviceClass.NOISE:
            return  # no such device stands in the simulated city
        case _:
            assert_never(device.device_class)


def minute_of_city(city: City, devices: Sequence[Installed], due: Instant) -> list[Report]:
    """Everything that the devices say at a minute's end, in the order of `devices`."""
    return [report for device in devices for report in reports(city, device, due)]


def day_in_quarters(
    city: City, devices: Sequence[Installed], day: date, until: Instant | None = None
) -> Iterator[Report]:
    """A past day at one report per quarter hour and series, oldest first: totals only.

    `until` is the last moment that is told. Monitors and the radio counter are left out: a state of
    long ago interests nobody, and a window in which persons were counted cannot be opened again.
    """
    kept = [device for device in devices if _has_a_past(device)]
    start = jst.midnight(day)
    end = start + DAY_US if until is None else min(until, start + DAY_US)
    for due in range(start + jst.QUARTER_US, end + 1, jst.QUARTER_US):
        yield from minute_of_city(city, kept, Instant(due))


def next_minute(instant: Instant) -> Instant:
    """The first whole minute after an instant."""
    return Instant(instant - instant % MINUTE_US + MINUTE_US)


def _has_a_past(device: Installed) -> bool:
    return device.device_class is not DeviceClass.RADIO_GATE and device.policy != STATUS_POLICY

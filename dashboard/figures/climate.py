"""Air in the walkway and the weather above it."""

from collections.abc import Mapping, Sequence

import msgspec

from dashboard.figures import reading
from dashboard.figures.quarters import Quarter
from dashboard.figures.series import QuarterSeries
from dashboard.figures.trust import Figure, State, Trust
from dashboard.ports import CityEntity
from kernel.times import MINUTE_US, Instant

INDOOR_TYPE, WEATHER_TYPE = "IndoorEnvironmentObserved", "WeatherObserved"
INDOOR = ("temperature", "relativeHumidity", "co2")
OUTDOOR = ("temperature", "snowHeight", "precipitation", "windSpeed")
DATASET = "chikaho-environment"
UNITS = {
    "temperature": "celsius",
    "relativeHumidity": "percent",
    "co2": "ppm",
    "snowHeight": "cm",
    "precipitation": "mmPerHour",
    "windSpeed": "mps",
}
CO2_GUIDE_PPM = 1_000
"""Japan's standard for building environmental health."""
_SILENT_AFTER_US = 45 * MINUTE_US
_SHOWN_QUARTERS = 48
_HELD_QUARTERS = 3


class Measure(msgspec.Struct, frozen=True):
    """One quantity: now, and its course over the last twelve hours by quarter hour."""

    key: str
    figure: Figure
    course: tuple[float | None, ...]


class Climate(msgspec.Struct, frozen=True):
    """Indoor quantities are means over the sensors that report."""

    indoor: tuple[Measure, ...]
    outdoor: tuple[Measure, ...]
    weather: str
    """`WeatherObserved.weatherType`, such as `lightSnow`; empty if unknown."""


SeriesOf = Mapping[tuple[str, str], QuarterSeries]


def climate(
    indoor: Sequence[CityEntity],
    outdoor: Sequence[CityEntity],
    series: SeriesOf,
    *,
    present: Quarter,
    now: Instant,
) -> Climate:
    """Indoor and outdoor quantities as of now."""
    return Climate(
        tuple(_measure(name, indoor, series, present, now) for name in INDOOR),
        tuple(_measure(name, outdoor, series, present, now) for name in OUTDOOR),
        next((word for one in outdoor if (word := reading.text(one, "weatherType"))), ""),
    )


def course(
    name: str, entities: Sequence[CityEntity], series: SeriesOf, quarters: Sequence[Quarter]
) -> tuple[float | None, ...]:
    """The mean over the sensors by quarter hour; None where no sensor spoke.

    Stations speak every half hour or so: a word holds until the next one, for 45 minutes at most.
    """
    found = [series[one.id, name] for one in entities if (one.id, name) in series]
    return tuple(_mean([_held(one, quarter) for one in found], name) for quarter in quarters)


def _held(series: QuarterSeries, quarter: Quarter) -> float | None:
    """The latest number of the quarter hour and the two before it."""
    for back in range(_HELD_QUARTERS):
        value = series.value(Quarter(quarter - back))
        if value is not None:
            return value
    return None


def _measure(
    name: str,
    entities: Sequence[CityEntity],
    series: SeriesOf,
    present: Quarter,
    now: Instant,
) -> Measure:
    fresh = [one for one in entities if _is_fresh(one, now)]
    value = _mean([reading.number(one, name) for one in fresh], name)
    quarters = [Quarter(one) for one in range(present - _SHOWN_QUARTERS + 1, present + 1)]
    trust = Trust(
        dataset=DATASET,
        since=min((reading.observed_at(one) or now for one in fresh), default=now),
        until=now,
        received_at=min((one.modified_at for one in fresh), default=None),
        complete=True,
        reporting=len(fresh),
        expected=len(entities),
        coverage=len(fresh) / len(entities) if entities else 0.0,
        accuracy_class=reading.text(entities[0], "accuracyClass") or "unknown"
        if entities
        else "unknown",
        state=_state(entities, value),
        simulated=any(reading.flag(one, "simulated") for one in entities),
    )
    return Measure(
        name, Figure(value, UNITS[name], trust), course(name, entities, series, quarters)
    )


def _is_fresh(entity: CityEntity, now: Instant) -> bool:
    observed = reading.observed_at(entity)
    return observed is not None and now - observed <= _SILENT_AFTER_US


def _state(entities: Sequence[CityEntity], value: float | None) -> State:
    if value is not None:
        return State.OPEN
    return State.OUTAGE if entities else State.UNRECORDED


def _mean(values: Sequence[float | None], name: str) -> float | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    mean = sum(known) / len(known)
    return mean * 100 if name == "relativeHumidity" else mean

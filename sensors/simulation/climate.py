"""What the climate sensors on the walkway and the weather station outside report."""

from collections.abc import Iterator

from kernel.times import HOUR_US, Instant
from sensors.simulation import jst, weather
from sensors.simulation.chance import row
from sensors.simulation.flow import City
from sensors.simulation.reports import Report
from sensors.simulation.world import Installed

_OUTDOOR_CO2_PPM = 425.0
_CO2_PPM_PER_PERSON = 1.25
_MEMORY_QUARTERS = 8
_FADE = 0.72
"""How much of the air of a quarter hour ago is still there."""
_LAG_US = 3 * HOUR_US
_LIT_LUX, _NIGHT_LUX = 480.0, 35.0
_SUNRISE_MINUTE, _SUNSET_MINUTE = 6 * 60, 18 * 60


def indoor_reports(city: City, sensor: Installed, due: Instant) -> Iterator[Report]:
    """One report, of the period that ends at `due`."""
    if city.course.silence_of(sensor.id, due) is not None:
        return
    chance = row(city.seed, "climate", sensor.id, due)
    crowd = _people_lately(city, due)
    outside = weather.at(city.seed, Instant(due - _LAG_US)).temperature_c
    now = weather.at(city.seed, due)
    lux = _NIGHT_LUX if city.is_closed(due) else _LIT_LUX
    offset = row(city.seed, "offset", sensor.id)
    yield Report(
        sensor.id,
        due,
        Instant(due - sensor.interval_s * 500_000),
        {
            "temperature": round(
                16.2 + 0.28 * outside + 0.004 * crowd + offset.gauss(0, 0.4) + chance.gauss(0, 0.1),
                1,
            ),
            "relativeHumidity": round(
                _within(0.38 + 0.006 * outside + 0.0002 * crowd + chance.gauss(0, 0.01), 0.1, 0.95),
                2,
            ),
            "co2": round(
                _OUTDOOR_CO2_PPM
                + _CO2_PPM_PER_PERSON * crowd
                + offset.gauss(0, 8)
                + chance.gauss(0, 6)
            ),
            "illuminance": round(lux * chance.uniform(0.97, 1.03)),
            "atmosphericPressure": round(now.pressure_hpa + 0.6, 1),
        },
    )


def weather_reports(city: City, station: Installed, due: Instant) -> Iterator[Report]:
    """One report, of the period that ends at `due`; a scenario's snow lies on the season's."""
    if city.course.silence_of(station.id, due) is not None:
        return
    now = weather.at(city.seed, due)
    more_mm, more_cm = city.snowfall(due)
    temperature = min(now.temperature_c, -1.5) if more_mm else now.temperature_c
    falling = round(now.precipitation_mm + more_mm, 1)
    yield Report(
        station.id,
        due,
        Instant(due - station.interval_s * 500_000),
        {
            "temperature": temperature,
            "relativeHumidity": 0.95 if more_mm else now.humidity,
            "precipitation": falling,
            "snowHeight": round(now.snow_cm + more_cm),
            "windSpeed": now.wind_mps,
            "gustSpeed": now.gust_mps,
            "windDirection": now.wind_degree,
            "atmosphericPressure": now.pressure_hpa,
            "visibility": "poor" if more_mm else now.visibility,
            "weatherType": weather.word(falling, temperature, now.humidity, is_day=_is_day(due)),
        },
    )


def _people_lately(city: City, instant: Instant) -> float:
    """People inside, averaged with fading weight over the last two hours: air remembers."""
    weight, total, whole = 1.0, 0.0, 0.0
    for back in range(_MEMORY_QUARTERS):
        total += weight * city.people_inside(Instant(instant - 1 - back * jst.QUARTER_US))
        whole += weight
        weight *= _FADE
    return total / whole


def _is_day(instant: Instant) -> bool:
    return _SUNRISE_MINUTE <= jst.minute_of_day(instant) < _SUNSET_MINUTE


def _within(value: float, lowest: float, highest: float) -> float:
    return min(highest, max(lowest, value))

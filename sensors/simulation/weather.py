"""The weather over the walkway: one station outdoors, with snow. Modelled, not measured.

Any instant can be asked for on its own: what differs from the season is drawn once per day, placed
at noon, and read between two noons as a smooth curve.
"""

import math
import random
from datetime import date, timedelta

import msgspec

from kernel.times import HOUR_US, Instant
from sensors.simulation import jst
from sensors.simulation.chance import row

_MONTH_MEAN_C = (-3.2, -2.7, 1.1, 7.3, 13.0, 17.0, 21.1, 22.3, 18.6, 12.1, 5.2, -0.9)
_SWING_C = 3.4
_WARMEST_HOUR = 14.0
_SNOW_DAYS = 126  # 1 December to early April
_DEEPEST_DAY = 86  # the last days of February
_FREEZING_C = 1.0
_LIGHT_MM, _HEAVY_MM = 0.8, 2.5
_CLOUDY_HUMIDITY = 0.68


class Weather(msgspec.Struct, frozen=True):
    """What the station would read.

    Attributes:
        temperature_c: air temperature.
        humidity: relative, 0 to 1.
        precipitation_mm: of the last hour, melted.
        snow_cm: height of the lying snow.
        wind_mps: mean wind, and `gust_mps` the strongest of the period.
        wind_degree: where it comes from; 0 is north.
        pressure_hpa: at the station.
        visibility: a word of WeatherObserved's list.
    """

    temperature_c: float
    humidity: float
    precipitation_mm: float
    snow_cm: float
    wind_mps: float
    gust_mps: float
    wind_degree: int
    pressure_hpa: float
    visibility: str


class _Noon(msgspec.Struct, frozen=True):
    """What one day adds to its season."""

    warmth_c: float
    pressure_hpa: float
    wind_mps: float
    wind_degree: float
    snow: float
    wet_from_h: float
    wet_until_h: float
    wet_mm_per_h: float


def at(seed: int, instant: Instant) -> Weather:
    """The weather of an instant."""
    day = jst.day_of(instant)
    hour = (instant - jst.midnight(day)) / HOUR_US
    before, after, share = _around(seed, day, hour)
    today = _noon(seed, day)
    blend = (1 - math.cos(math.pi * share)) / 2

    def between(first: float, second: float) -> float:
        return first + (second - first) * blend

    falling = today.wet_mm_per_h if today.wet_from_h <= hour < today.wet_until_h else 0.0
    warmth = between(before.warmth_c, after.warmth_c)
    swing = _SWING_C * math.cos((hour - _WARMEST_HOUR) / 12 * math.pi)
    temperature = _season_c(day) + warmth + swing
    wind = between(before.wind_mps, after.wind_mps) * (1.25 if falling else 1.0)
    humidity = 0.64 - 0.02 * swing + (0.2 if falling else 0.0)
    return Weather(
        temperature_c=round(temperature, 1),
        humidity=round(min(0.99, max(0.25, humidity)), 2),
        precipitation_mm=round(falling, 1),
        snow_cm=round(_snow_cm(seed, day) * between(before.snow, after.snow), 0),
        wind_mps=round(wind, 1),
        gust_mps=round(wind * 1.7, 1),
        wind_degree=round(between(before.wind_degree, after.wind_degree)) % 360,
        pressure_hpa=round(between(before.pressure_hpa, after.pressure_hpa), 1),
        visibility=_visibility(falling, temperature),
    )


def word(falling_mm: float, temperature_c: float, humidity: float, *, is_day: bool) -> str:
    """The sky in one of the words of WeatherObserved's `weatherType`."""
    if falling_mm > 0:
        light, plain, heavy = (
            ("lightSnow", "snow", "heavySnow")
            if temperature_c < _FREEZING_C
            else ("drizzle", "lightRain", "heavyRain")
        )
        return light if falling_mm < _LIGHT_MM else plain if falling_mm < _HEAVY_MM else heavy
    if humidity > _CLOUDY_HUMIDITY:
        return "cloudy"
    return "sunnyDay" if is_day else "clearNight"


def pull_indoors(seed: int, day: date) -> float:
    """How many more people take the walkway because of the weather: 1.0 on a mild dry day."""
    noon = _noon(seed, day)
    mean_c = _season_c(day) + noon.warmth_c
    cold = min(0.14, max(0.0, 8.0 - mean_c) * 0.012)
    wet = 0.05 if noon.wet_mm_per_h > 0 else 0.0
    return 1.0 + cold + wet


def _around(seed: int, day: date, hour: float) -> tuple[_Noon, _Noon, float]:
    """The noons before and after, and how far between them the hour lies (0 to 1)."""
    noon_h = 12.0
    if hour < noon_h:
        return _noon(seed, day - timedelta(days=1)), _noon(seed, day), (hour + noon_h) / 24
    return _noon(seed, day), _noon(seed, day + timedelta(days=1)), (hour - noon_h) / 24


def _noon(seed: int, day: date) -> _Noon:
    chance = row(seed, "weather", day.isoformat())
    wet_from, wet_until, wet_mm = _wet_hours(chance, day)
    return _Noon(
        warmth_c=chance.gauss(0, 2.4),
        pressure_hpa=1011 + chance.gauss(0, 7),
        wind_mps=max(0.4, chance.gauss(2.8, 1.1)),
        wind_degree=chance.uniform(120, 340),
        snow=chance.uniform(0.88, 1.12),
        wet_from_h=wet_from,
        wet_until_h=wet_until,
        wet_mm_per_h=wet_mm,
    )


def _wet_hours(chance: random.Random, day: date) -> tuple[float, float, float]:
    """From which hour to which it rains or snows, and how hard; winter days are wet more often."""
    likely = 0.55 if day.month in {11, 12, 1, 2} else 0.3
    wet = chance.random() < likely
    start, length = chance.uniform(0, 20), chance.uniform(2, 9)
    strength = chance.uniform(0.2, 1.6 if likely > 0.5 else 3.5)  # noqa: PLR2004 — winter
    return (start, min(24.0, start + length), strength) if wet else (0.0, 0.0, 0.0)


def _season_c(day: date) -> float:
    """The season's mean temperature, read between the middles of two months."""
    month, into = day.month - 1, (day.day - 15) / 30
    other = (month + (1 if into >= 0 else -1)) % 12
    return _MONTH_MEAN_C[month] + (_MONTH_MEAN_C[other] - _MONTH_MEAN_C[month]) * abs(into)


def _snow_cm(seed: int, day: date) -> float:
    """How deep the snow of this winter lies in the ordinary course of it."""
    winter = day.year if day.month > 7 else day.year - 1  # noqa: PLR2004 — a winter has two years
    days = (day - date(winter, 12, 1)).days
    if not 0 <= days <= _SNOW_DAYS:
        return 0.0
    deepest_cm = row(seed, "winter", winter).uniform(55, 105)
    if days <= _DEEPEST_DAY:
        return float(deepest_cm * (days / _DEEPEST_DAY) ** 0.8)
    return float(deepest_cm * (1 - (days - _DEEPEST_DAY) / (_SNOW_DAYS - _DEEPEST_DAY)))


def _visibility(falling_mm: float, temperature_c: float) -> str:
    if falling_mm <= 0:
        return "veryGood"
    if temperature_c < _FREEZING_C:
        return "poor" if falling_mm > 1 else "moderate"
    return "moderate" if falling_mm > 2 else "good"  # noqa: PLR2004 — heavy rain

"""The simulated city on any seed and any day."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.times import DAY_US, MINUTE_US, Instant
from sensors.simulation import jst, weather, world
from sensors.simulation.calendar import DayKind, kind_of
from sensors.simulation.flow import City
from sensors.simulation.scenario import Course, Crowd, Silence, Span
from sensors.simulation.speech import day_in_quarters, minute_of_city, reports
from sensors.simulation.walkers import Quarter, day_of_gate
from sensors.simulation.wire import Flaws, messages

SEEDS = st.integers(0, 2**32)
DAYS = st.dates(date(2022, 10, 1), date(2030, 12, 31))
GATES = st.sampled_from(["J1", "J2"])
BANDS = {DayKind.WORKDAY: (44_000, 76_000), DayKind.HOLIDAY: (24_000, 62_000)}
FEW = settings(max_examples=40, deadline=None)
SOME = settings(max_examples=15, deadline=None)


def total(quarters: tuple[Quarter, ...]) -> int:
    return sum(quarter.total for quarter in quarters)


@FEW
@given(SEEDS, GATES, DAYS)
def test_a_days_total_lies_in_the_band_of_its_kind(seed: int, gate: str, day: date) -> None:
    lowest, highest = BANDS[kind_of(day)]
    assert lowest < total(day_of_gate(seed, gate, day)) < highest


@SOME
@given(SEEDS, st.integers(2023, 2029))
def test_ordinary_days_of_a_mild_month_average_what_the_city_has_counted(
    seed: int, year: int
) -> None:
    june = [date(year, 6, 1) + timedelta(days=n) for n in range(28)]
    for kind, expected in ((DayKind.WORKDAY, 55_000), (DayKind.HOLIDAY, 44_000)):
        days = [day for day in june if kind_of(day) is kind]
        mean = sum(total(day_of_gate(seed, g, d)) for g in ("J1", "J2") for d in days)
        assert abs(mean / len(days) / 2 - expected) < expected * 0.06


@FEW
@given(SEEDS, GATES, DAYS)
def test_nobody_passes_backwards_and_nobody_passes_while_closed(
    seed: int, gate: str, day: date
) -> None:
    quarters = day_of_gate(seed, gate, day)
    assert sum(not quarter.is_closed for quarter in quarters) == 76
    for quarter in quarters:
        assert quarter.is_closed == world.is_closed(quarter.index * 15)
        assert all(minute.north >= 0 and minute.south >= 0 for minute in quarter.minutes)


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_two_to_three_percent_of_the_quarter_hours_are_estimated(seed: int) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    open_quarters = [
        quarter
        for gate in ("J1", "J2")
        for day in days
        for quarter in day_of_gate(seed, gate, day)
        if not quarter.is_closed
    ]
    share = sum(quarter.sensors_down > 0 for quarter in open_quarters) / len(open_quarters)
    assert 0.015 < share < 0.035


@SOME
@given(SEEDS, DAYS, st.integers(0, 95))
def test_running_totals_grow_and_end_in_the_total_of_the_quarter_hour(
    seed: int, day: date, index: int
) -> None:
    city, gate = City(seed), world.DEVICES[0]
    start = jst.at_minute(day, index * 15)
    dues = [Instant(start + minute * MINUTE_US) for minute in range(1, 16)]
    said = [report.payload for due in dues for report in reports(city, gate, due)]
    if world.is_closed(index * 15):
        assert said == [{"state": "closed", "complete": True}]
        return
    for earlier, later in pairwise(said):
        assert int(earlier["towards"]) <= int(later["towards"])
        assert int(earlier["away"]) <= int(later["away"])
    assert [payload["complete"] for payload in said] == [False] * 14 + [True]
    whole = day_of_gate(seed, "J1", day)[index].total
    assert int(said[-1]["towards"]) + int(said[-1]["away"]) == whole


@settings(max_examples=4, deadline=None)
@given(SEEDS, DAYS)
def test_the_same_seed_and_day_say_the_same_bytes(seed: int, day: date) -> None:
    def said() -> list[bytes]:
        day_of_gate.cache_clear()
        told = day_in_quarters(City(seed), world.DEVICES, day)
        return [message.body for message in messages(seed, told, {}, Flaws())]

    first = said()
    assert first == said()
    assert first


@SOME
@given(SEEDS, DAYS)
def test_a_device_says_the_same_whether_or_not_others_are_asked(seed: int, day: date) -> None:
    noon = jst.at_minute(day, 12 * 60)
    together = minute_of_city(City(seed), world.DEVICES, noon)
    alone = [r for device in reversed(world.DEVICES) for r in reports(City(seed), device, noon)]
    assert sorted(together, key=repr) == sorted(alone, key=repr)


@SOME
@given(SEEDS, DAYS, st.integers(0, 1200), st.integers(1, 300), st.integers(0, 120))
def test_an_outage_leaves_every_open_quarter_hour_told_once_complete(
    seed: int, day: date, from_minute: int, length: int, buffer_min: int
) -> None:
    begin = jst.at_minute(day, from_minute)
    span = Span(Silence(("J1",), buffer_min), begin, Instant(begin + length * MINUTE_US))
    city, gate = City(seed, Course((span,))), world.DEVICES[0]
    midnight = jst.midnight(day)
    dues = range(midnight + MINUTE_US, midnight + 2 * DAY_US + 1, MINUTE_US)
    complete = [
        jst.quarter_start(report.observed)
        for due in dues
        for report in reports(city, gate, Instant(due))
        if report.payload["complete"] and report.payload["state"] == "open"
    ]
    assert len(complete) == len(set(complete))
    first_day = [start for start in complete if jst.day_of(start) == day]
    assert len(first_day) == 76


@SOME
@given(SEEDS, DAYS, st.floats(0.1, 3))
def test_a_crowd_scales_what_a_gate_counts(seed: int, day: date, factor: float) -> None:
    start = jst.at_minute(day, 12 * 60)
    end = Instant(start + jst.QUARTER_US)
    busy = City(seed, Course((Span(Crowd(factor), start, None),)))
    plain = City(seed).counted("J1", start, end, end)
    more = busy.counted("J1", start, end, end)
    assert abs(more.north - plain.north * factor) < 1e-6
    assert abs(more.south - plain.south * factor) < 1e-6


@FEW
@given(SEEDS, DAYS, st.integers(0, 1439))
def test_the_weather_is_possible_and_has_no_jumps_of_temperature(
    seed: int, day: date, minute: int
) -> None:
    now = weather.at(seed, jst.at_minute(day, minute))
    soon = weather.at(seed, jst.at_minute(day, minute + 1))
    assert abs(now.temperature_c - soon.temperature_c) <= 0.6
    assert -25 < now.temperature_c < 38
    assert 0 <= now.humidity <= 1
    assert now.snow_cm >= 0
    assert now.precipitation_mm >= 0


@FEW
@given(SEEDS, DAYS, st.integers(0, 95))
def test_all_readings_of_a_quarter_hour_are_possible(seed: int, day: date, index: int) -> None:
    due = jst.at_minute(day, (index + 1) * 15)
    for report in minute_of_city(City(seed), world.DEVICES, due):
        payload = report.payload
        for name in ("coverage", "estimatedShare", "relativeHumidity"):
            assert 0 <= float(payload.get(name, 0)) <= 1
        assert 380 < float(payload.get("co2", 400)) < 2_000
        assert -1 <= float(payload.get("batteryLevel", 0)) <= 1
        assert report.observed <= report.due

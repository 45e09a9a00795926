"""Days of Japan, their quarter hours, and the hours in which the walkway is open."""

from datetime import date

import pytest

from dashboard.figures.quarters import (
    OpeningHours,
    Quarter,
    day_of,
    end_of,
    first_of,
    quarter_of,
    slot_of,
    start_of,
    weeks_before,
)
from kernel.times import parse_instant


def at(text: str) -> Quarter:
    return quarter_of(parse_instant(text))


def test_a_quarter_hour_runs_from_its_start_to_the_next_one() -> None:
    quarter = at("2026-02-07T18:07:20+09:00")
    assert start_of(quarter) == parse_instant("2026-02-07T18:00:00+09:00")
    assert end_of(quarter) == start_of(Quarter(quarter + 1))


def test_the_day_changes_at_midnight_in_japan() -> None:
    assert day_of(at("2026-02-06T15:00:00Z")) == date(2026, 2, 7)
    assert day_of(at("2026-02-06T14:59:59Z")) == date(2026, 2, 6)
    assert slot_of(at("2026-02-06T15:00:00Z")) == 0
    assert first_of(date(2026, 2, 7)) == at("2026-02-06T15:00:00Z")


def test_a_week_before_is_the_same_weekday_and_time() -> None:
    assert weeks_before(at("2026-02-07T18:00+09:00"), 1) == at("2026-01-31T18:00+09:00")


@pytest.mark.parametrize(
    ("time", "is_open"),
    [("00:30", True), ("00:45", False), ("05:30", False), ("05:45", True), ("23:45", True)],
)
def test_the_walkway_is_closed_from_a_quarter_to_one_to_a_quarter_to_six(
    time: str, is_open: bool
) -> None:
    assert OpeningHours().is_open(slot_of(at(f"2026-02-07T{time}:00+09:00"))) is is_open


def test_a_day_has_seventy_six_open_quarter_hours() -> None:
    hours = OpeningHours()
    assert hours.quarters_open == 76
    assert sum(hours.is_open(slot) for slot in range(96)) == 76


def test_after_midnight_the_opening_is_that_of_the_day_before() -> None:
    opened = OpeningHours().opened_at(at("2026-02-08T00:30:00+09:00"))
    assert opened == at("2026-02-07T05:45:00+09:00")

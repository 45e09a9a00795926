"""Running totals, late rows and outages in a series of quarter hours."""

from datetime import date

from dashboard.figures.quarters import Quarter, quarter_of
from dashboard.figures.series import QuarterSeries
from dashboard.ports import Row
from kernel.times import MINUTE_US, Instant, parse_instant

SIX = parse_instant("2026-02-07T18:00:00+09:00")
QUARTER = quarter_of(SIX)


def after(minutes: float) -> Instant:
    return Instant(SIX + round(minutes * MINUTE_US))


def test_of_running_totals_the_last_recorded_is_the_total() -> None:
    series = QuarterSeries()
    for minute, total in ((1, 12), (15, 180), (2, 25)):
        series.add(Row(SIX, total, after(minute)))
    assert series.value(QUARTER) == 180
    assert series.recorded_at(QUARTER) == after(15)


def test_a_row_older_than_the_known_one_is_refused() -> None:
    series = QuarterSeries()
    assert series.add(Row(SIX, 180, after(15)))
    assert not series.add(Row(SIX, 12, after(1)))


def test_within_a_quarter_hour_the_latest_time_counts_however_late_an_earlier_one_comes() -> None:
    series = QuarterSeries()
    series.add(Row(after(10), 18.4, after(10)))
    series.add(Row(after(5), 18.1, after(60)))
    assert series.value(QUARTER) == 18.4


def test_an_outage_is_recorded_and_has_no_number() -> None:
    series = QuarterSeries()
    series.add(Row(SIX, None, after(15)))
    assert series.is_recorded(QUARTER)
    assert series.value(QUARTER) is None


def test_a_zero_is_a_number() -> None:
    series = QuarterSeries()
    series.add(Row(SIX, 0, after(15)))
    assert series.value(QUARTER) == 0


def test_what_was_never_recorded_is_neither_number_nor_outage() -> None:
    series = QuarterSeries()
    series.add(Row(SIX, 1, after(1)))
    for quarter in (Quarter(QUARTER + 1), Quarter(QUARTER - 96)):
        assert not series.is_recorded(quarter)
        assert series.value(quarter) is None


def test_days_before_the_horizon_are_forgotten() -> None:
    series = QuarterSeries()
    series.add(Row(SIX, 1, after(1)))
    series.forget(date(2026, 2, 7))
    assert series.is_recorded(QUARTER)
    series.forget(date(2026, 2, 8))
    assert not series.is_recorded(QUARTER)

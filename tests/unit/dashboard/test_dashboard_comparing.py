"""Baselines, indexes, crowding and presence, on numbers small enough to check by hand."""

import pytest
from support.boards import looking, remembered
from support.city_reader import HOURS, StandInCity, passages

from dashboard.figures.baseline import Verdict, against, index, usual
from dashboard.figures.crowding import CrowdLevel, CrowdLimits, per_minute
from dashboard.figures.presence import curve, net_inflow, presence
from dashboard.figures.quarters import Quarter, quarter_of, weeks_before
from dashboard.figures.zones import strip
from kernel.times import Instant, parse_instant

NOW = Quarter(200_000)
EVENING = parse_instant("2026-02-06T18:07:20+09:00")


def series(*by_week: float | None) -> dict[Quarter, float | None]:
    return {weeks_before(NOW, back): value for back, value in enumerate(by_week)}


def test_the_usual_is_the_mean_of_the_weeks_that_have_a_number() -> None:
    found = usual(series(500, 100, None, 300, 200).get, NOW)
    assert found is not None
    assert (found.mean, found.lowest, found.highest, found.weeks) == (200, 100, 300, 3)


def test_today_itself_and_the_fifth_week_are_not_part_of_the_usual() -> None:
    found = usual(series(999, 100, 100, 100, 100, 999).get, NOW)
    assert found is not None
    assert found.highest == 100


def test_without_any_week_there_is_no_usual() -> None:
    assert usual(series(500, None, None).get, NOW) is None


@pytest.mark.parametrize(
    ("today", "verdict"),
    [(89, Verdict.BELOW), (90, Verdict.USUAL), (110, Verdict.USUAL), (111, Verdict.ABOVE)],
)
def test_up_to_ten_per_cent_off_is_usual(today: float, verdict: Verdict) -> None:
    found = index(series(today, 100, 100).get, [NOW], 4)
    assert found is not None
    assert found.verdict is verdict


def test_an_outage_on_either_side_drops_out_on_both() -> None:
    totals = series(100, 50) | {Quarter(NOW + 1): None, Quarter(weeks_before(NOW, 1) + 1): 900}
    found = index(totals.get, [NOW, Quarter(NOW + 1)], 4)
    assert found is not None
    assert (found.observed, found.expected, found.quarters) == (100, 50, 1)


def test_a_day_is_compared_with_the_same_quarter_hours_of_the_other() -> None:
    totals = {NOW: 120.0, Quarter(NOW - 96): 100.0}
    found = against(totals.get, [NOW, Quarter(NOW + 1)], 1)
    assert found is not None
    assert found.ratio == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("rate", "level"),
    [
        (0, CrowdLevel.FREE),
        (22.9, CrowdLevel.FREE),
        (23, CrowdLevel.BUSY),
        (33, CrowdLevel.CROWDED),
        (49, CrowdLevel.PACKED),
    ],
)
def test_levels_begin_at_the_limits_of_the_highway_capacity_manual(
    rate: float, level: CrowdLevel
) -> None:
    assert CrowdLimits().level(rate) is level


async def test_the_rate_spans_the_running_quarter_hour_and_the_one_before() -> None:
    city = StandInCity(EVENING, weeks=1)
    gate = (await remembered(city)).gates(EVENING)[0]
    running, before = gate.total(gate.present), gate.total(Quarter(gate.present - 1))
    assert running is not None
    assert before is not None
    rate = per_minute(gate, EVENING)
    assert rate == pytest.approx((running + before) / (7 + 1 / 3 + 15))


async def test_a_zone_without_a_gate_is_interpolated_and_says_so() -> None:
    city = StandInCity(EVENING, weeks=1)
    memory = await remembered(city)
    found = strip(memory.zones(), memory.gates(EVENING), CrowdLimits(), EVENING)
    by_key = {one.zone.key: one for one in found.zones}
    south, middle, north = (by_key[key].basis for key in ("odori", "kita2-plaza", "kita4"))
    assert by_key["kita2-plaza"].is_interpolated
    assert not by_key["odori"].is_interpolated
    assert south is not None
    assert middle is not None
    assert north is not None
    assert min(south, north) < middle < max(south, north)


async def test_presence_adds_what_enters_at_both_ends_and_takes_off_what_leaves() -> None:
    sight = await looking(StandInCity(EVENING, weeks=1))
    assert sight.ends is not None
    quarter = Quarter(sight.present - 4)
    people = {
        (gate, heading): passages(gate, heading, quarter) or 0
        for gate in ("J1", "J2")
        for heading in ("north", "south")
    }
    entered = people["J2", "north"] + people["J1", "south"]
    left = people["J2", "south"] + people["J1", "north"]
    assert net_inflow(sight.ends, quarter) == entered - left


async def test_presence_begins_anew_at_the_opening_and_states_its_drift() -> None:
    sight = await looking(StandInCity(EVENING, weeks=1))
    assert sight.ends is not None
    found = presence(sight.ends, HOURS, sight.present)
    assert found is not None
    assert found.since == HOURS.opened_at(sight.present)
    assert found.residual is not None
    assert found.drift is not None
    assert 0 <= found.drift <= abs(found.residual)
    points = curve(sight.ends, found.since, sight.present)
    assert points[-1][1] == pytest.approx(found.persons)


async def test_without_a_closure_to_measure_it_by_the_drift_is_unknown() -> None:
    city = StandInCity(EVENING, weeks=1)
    city.first = HOURS.opened_at(quarter_of(EVENING))
    sight = await looking(city)
    assert sight.ends is not None
    found = presence(sight.ends, HOURS, sight.present)
    assert found is not None
    assert found.drift is None


async def test_nobody_is_inside_while_the_walkway_is_closed() -> None:
    night = Instant(EVENING + 9 * 3_600_000_000)
    sight = await looking(StandInCity(night, weeks=1))
    assert sight.ends is not None
    assert presence(sight.ends, HOURS, sight.present) is None

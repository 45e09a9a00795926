"""The demo's past is told once, however often the demo starts."""

from pathlib import Path

import msgspec
from support.composed import composed_city

from broker.temporal.query import HistoryQuery, Series
from city.binding.loader import PastLoader
from city.compose import City
from city.simulated import lively
from kernel.ids import SeededIds
from kernel.times import MINUTE_US, Instant, parse_instant
from sensors.simulation import jst
from sensors.simulation.backfill import backfill, eras
from sensors.simulation.provisioning import provision

NOON = parse_instant("2026-02-07T12:07:00+09:00")
QUARTER_US = 15 * MINUTE_US
SERIES = Series("peopleCount", "urn:ngsi-ld:CrowdFlowObserved:J1", "CrowdFlowObserved")


async def tell(city: City, until: Instant) -> None:
    """Today's past up to that instant, as a start of the demo tells it."""
    senders = await provision(city.registry.registry)
    intake = city.intake
    assert intake is not None
    dialects = {device: sender.dialect for device, sender in senders.items()}
    loader = PastLoader(
        directory=city.registry.sensors,
        policies=intake.policies,
        history=city.stores.history,
        dialects=dialects,
        ids=SeededIds(1),
    )
    era = eras(jst.day_of(until))[0]
    await backfill(
        seed=1,
        until=until,
        loader=loader,
        dialects=dialects,
        progress=lambda _: None,
        what=[msgspec.structs.replace(era, days=era.days[:1])],
    )


async def times(city: City) -> list[Instant]:
    rows = await city.stores.history.rows("", HistoryQuery(SERIES))
    return [row.time for row in rows]


async def test_a_second_start_adds_what_has_passed_since_and_nothing_twice(tmp_path: Path) -> None:
    async with composed_city(tmp_path) as composed:
        await tell(composed.city, NOON)
        first = await times(composed.city)
        assert len(first) == len(set(first)) > 20
        await tell(composed.city, Instant(NOON + 4 * QUARTER_US))
        both = await times(composed.city)
    # The newest quarter hour may have been cut short by the stop: it alone is told again.
    again = [one for one in both if both.count(one) > 1]
    assert set(again) <= {first[-1]}
    assert len(set(both)) == len(first) + 4


async def test_a_gap_between_two_lives_is_filled(tmp_path: Path) -> None:
    async with composed_city(tmp_path) as composed:
        await tell(composed.city, NOON)
        whole = await times(composed.city)
    async with composed_city(tmp_path / "other") as composed:
        history = composed.city.stores.history
        await tell(composed.city, Instant(NOON - 8 * QUARTER_US))
        before = await times(composed.city)
        await tell(composed.city, NOON)
        assert len(before) < len(whole)
        assert sorted(set(await times(composed.city))) == whole
        assert await history.rows("", HistoryQuery(SERIES, last_n=1))


def test_the_demo_begins_in_the_evening_while_the_walkway_is_closed() -> None:
    night = parse_instant("2026-02-07T03:00:00+09:00")
    assert lively(night) == parse_instant("2026-02-06T17:30:00+09:00")
    assert lively(NOON) == NOON

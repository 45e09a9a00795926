"""The contract of `broker.ports.HistoryStore`."""

from typing import Any

import pytest
from support.city import entity as make_entity
from support.city import put, removing, target

from broker.core.decision import Decision
from broker.model.attribute import Attribute, Kind
from broker.model.changes import HistoryRow
from broker.model.entity import Entity, EntityKey
from broker.temporal.query import (
    Aggregate,
    AggregateQuery,
    Aggregation,
    HistoryQuery,
    Period,
    Series,
)
from kernel.permission import Permission
from kernel.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Instant, parse_instant
from storage.engine import Engine

ROOM = EntityKey("urn:room:1", "Room", "/")
TEMPERATURE = Series("temperature", "urn:room:1")
MIDNIGHT = parse_instant("2026-01-31T00:00:00Z")


def row(
    value: Any,
    time: int,
    *,
    key: EntityKey = ROOM,
    attribute: str = "temperature",
    recorded_at: int | None = None,
    dataset_id: str = "",
) -> HistoryRow:
    recorded = Instant(time if recorded_at is None else recorded_at)
    return HistoryRow(key, attribute, Instant(time), recorded, Attribute(value), dataset_id)


def values(rows: Any) -> list[Any]:
    return [one.instance.value for one in rows]


async def test_a_row_comes_back_unchanged(engine: Engine) -> None:
    instance = Attribute(
        {"a": [1, None, "ü"]},
        Kind.JSON,
        unit_code="CEL",
        observed_at=Instant(7),
        metadata={"accuracy": Attribute(0.5)},
        created_at=Instant(8),
        modified_at=Instant(9),
    )
    written = HistoryRow(ROOM, "temperature", Instant(7), Instant(10), instance, "urn:d:1")
    await engine.history.append("t", [written])

    assert await engine.history.rows("t", HistoryQuery(TEMPERATURE)) == [written]


async def test_rows_come_in_order_of_time_and_then_of_recording(engine: Engine) -> None:
    rows = [row(3, 20), row(2, 10, recorded_at=12), row(1, 10, recorded_at=11)]
    await engine.history.append("t", rows)

    assert values(await engine.history.rows("t", HistoryQuery(TEMPERATURE))) == [1, 2, 3]


async def test_rows_that_share_both_instants_all_stay(engine: Engine) -> None:
    await engine.history.append("t", [row(1, 10), row(2, 10), row(3, 11)])
    await engine.history.append("t", [row(4, 10)])
    found = await engine.history.rows("t", HistoryQuery(TEMPERATURE))

    assert sorted(values(found)[:3]) == [1, 2, 4]
    assert values(found)[3:] == [3]


async def test_a_window_is_closed_at_both_ends(engine: Engine) -> None:
    await engine.history.append("t", [row(number, number * 10) for number in range(1, 6)])
    query = HistoryQuery(TEMPERATURE, since=Instant(20), until=Instant(40))

    assert values(await engine.history.rows("t", query)) == [2, 3, 4]


async def test_last_n_are_the_latest_of_the_window_oldest_first(engine: Engine) -> None:
    await engine.history.append("t", [row(number, number) for number in range(10)])
    query = HistoryQuery(TEMPERATURE, until=Instant(7), last_n=3)

    assert values(await engine.history.rows("t", query)) == [5, 6, 7]


async def test_a_window_is_paged(engine: Engine) -> None:
    await engine.history.append("t", [row(number, number) for number in range(10)])
    query = HistoryQuery(TEMPERATURE, limit=4, offset=8)

    assert values(await engine.history.rows("t", query)) == [8, 9]


async def test_known_at_leaves_out_what_was_recorded_later(engine: Engine) -> None:
    await engine.history.append("t", [row(1, 10), row(2, 11, recorded_at=99), row(3, 12)])
    query = HistoryQuery(TEMPERATURE, known_at=Instant(50))

    assert values(await engine.history.rows("t", query)) == [1, 3]


async def test_a_series_may_span_types_paths_and_entities(engine: Engine) -> None:
    other = EntityKey("urn:room:2", "Room", "/below")
    hall = EntityKey("urn:hall:1", "Hall", "/")
    await engine.history.append(
        "t", [row(1, 1), row(2, 2, key=other), row(3, 3, key=hall), row(4, 4, attribute="noise")]
    )

    async def found(series: Series) -> list[Any]:
        return values(await engine.history.rows("t", HistoryQuery(series)))

    assert await found(Series("temperature")) == [1, 2, 3]
    assert await found(Series("temperature", entity_type="Room")) == [1, 2]
    assert await found(Series("temperature", entity_type="Room", service_path="/below")) == [2]
    assert await found(Series("temperature", "urn:hall:1", "Hall", "/")) == [3]
    assert await found(Series("temperature", "urn:hall:1", "Room")) == []
    assert await found(Series("noise", "urn:room:1")) == [4]


async def test_every_dataset_of_an_attribute_is_in_its_series(engine: Engine) -> None:
    await engine.history.append("t", [row(1, 1), row(2, 2, dataset_id="urn:d:1"), row(3, 3)])
    found = await engine.history.rows("t", HistoryQuery(TEMPERATURE))

    assert [one.dataset_id for one in found] == ["", "urn:d:1", ""]


async def test_history_outlives_its_entity_and_goes_on_with_the_next(engine: Engine) -> None:
    room = make_entity("urn:room:1", temperature=1)
    await put(engine.entities, "t", room)
    await engine.history.append("t", [row(1, 1)])
    await engine.entities.write("t", [target(room)], removing(room.key))
    await engine.history.append(
        "t", [HistoryRow(ROOM, "temperature", Instant(2), Instant(2), None)]
    )
    await put(engine.entities, "t", room)
    await engine.history.append("t", [row(3, 3)])

    found = await engine.history.rows("t", HistoryQuery(TEMPERATURE))
    assert [one.instance is None for one in found] == [False, True, False]


async def test_rows_of_a_decision_are_committed_with_it(engine: Engine) -> None:
    await engine.entities.write(
        "t", [], lambda _current, _now: Decision(None, history=[row(1, 1), row(2, 2)])
    )

    assert values(await engine.history.rows("t", HistoryQuery(TEMPERATURE))) == [1, 2]


async def test_pain_06_every_type_change_is_just_another_row(engine: Engine) -> None:
    kinds: list[Any] = [1, "two", None, {"three": 3}, [4], True, 7.5, 2**64 - 1]
    rows = [row(kinds[number % len(kinds)], number) for number in range(1_000)]
    await engine.history.append("t", rows)

    found = await engine.history.rows("t", HistoryQuery(TEMPERATURE))
    assert values(found) == values(rows)
    window = HistoryQuery(TEMPERATURE)
    (count,) = await engine.history.aggregate("t", AggregateQuery(window, Aggregation.COUNT))
    (least,) = await engine.history.aggregate("t", AggregateQuery(window, Aggregation.MIN))
    assert (count.value, least.value) == (1_000, 1)


AGGREGATED = [(0, 10), (1, 20), (59, 30), (60, -5), (61, "text"), (62, True), (3_600, 2.5)]


@pytest.mark.parametrize(
    ("method", "period", "expected"),
    [
        (Aggregation.COUNT, None, [(0, 7)]),
        (Aggregation.SUM, None, [(0, 57.5)]),
        (Aggregation.AVG, None, [(0, 11.5)]),
        (Aggregation.MIN, None, [(0, -5)]),
        (Aggregation.MAX, None, [(0, 30)]),
        (Aggregation.COUNT, Period.MINUTE, [(0, 3), (60, 3), (3_600, 1)]),
        (Aggregation.AVG, Period.MINUTE, [(0, 20), (60, -5), (3_600, 2.5)]),
        (Aggregation.SUM, Period.HOUR, [(0, 55), (3_600, 2.5)]),
        (Aggregation.MAX, Period.SECOND, [(0, 10), (1, 20), (59, 30), (60, -5), (3_600, 2.5)]),
        (Aggregation.COUNT, Period.DAY, [(0, 7)]),
    ],
)
async def test_numbers_are_aggregated_by_period(
    engine: Engine, method: Aggregation, period: Period | None, expected: list[tuple[int, float]]
) -> None:
    rows = [row(value, MIDNIGHT + second * SECOND_US) for second, value in AGGREGATED]
    await engine.history.append("t", rows)
    query = AggregateQuery(HistoryQuery(TEMPERATURE), method, period)

    assert await engine.history.aggregate("t", query) == [
        Aggregate(Instant(MIDNIGHT + second * SECOND_US), value) for second, value in expected
    ]


async def test_months_and_years_follow_the_calendar(engine: Engine) -> None:
    times = ["1969-12-31T23:59:59Z", "2024-02-29T12:00:00Z", "2024-03-01T00:00:00Z", "2025-01-01"]
    await engine.history.append(
        "t", [row(number, parse_instant(time)) for number, time in enumerate(times)]
    )

    async def starts(period: Period) -> list[Instant]:
        query = AggregateQuery(HistoryQuery(TEMPERATURE), Aggregation.COUNT, period)
        return [one.time for one in await engine.history.aggregate("t", query)]

    months = ["1969-12-01", "2024-02-01", "2024-03-01", "2025-01-01"]
    assert await starts(Period.MONTH) == [parse_instant(month) for month in months]
    years = ["1969-01-01", "2024-01-01", "2025-01-01"]
    assert await starts(Period.YEAR) == [parse_instant(year) for year in years]
    days = ["1969-12-31", "2024-02-29", "2024-03-01", "2025-01-01"]
    assert await starts(Period.DAY) == [parse_instant(day) for day in days]


async def test_limit_offset_and_last_n_of_an_aggregation_count_periods(engine: Engine) -> None:
    rows = [row(number, MIDNIGHT + number * MINUTE_US // 2) for number in range(10)]
    await engine.history.append("t", rows)

    async def found(**page: int) -> list[float]:
        window = HistoryQuery(TEMPERATURE, **page)
        query = AggregateQuery(window, Aggregation.SUM, Period.MINUTE)
        return [one.value for one in await engine.history.aggregate("t", query)]

    assert await found() == [1, 5, 9, 13, 17]
    assert await found(limit=2, offset=1) == [5, 9]
    assert await found(last_n=2) == [13, 17]


async def test_an_aggregation_keeps_to_its_window(engine: Engine) -> None:
    await engine.history.append("t", [row(number, MIDNIGHT + number) for number in range(10)])
    window = HistoryQuery(TEMPERATURE, since=Instant(MIDNIGHT + 2), until=Instant(MIDNIGHT + 4))
    query = AggregateQuery(window, Aggregation.SUM, Period.HOUR)

    assert await engine.history.aggregate("t", query) == [Aggregate(MIDNIGHT, 9)]


@pytest.mark.parametrize("method", list(Aggregation))
async def test_without_rows_there_is_nothing_to_aggregate(
    engine: Engine, method: Aggregation
) -> None:
    query = AggregateQuery(HistoryQuery(TEMPERATURE), method)
    assert await engine.history.aggregate("t", query) == []
    await engine.history.append("t", [row(1, 1, attribute="noise")])
    assert await engine.history.aggregate("t", query) == []


async def test_forgetting_takes_rows_before_an_instant_of_one_tenant(engine: Engine) -> None:
    for tenant in ("t", "other"):
        await engine.history.append(tenant, [row(day, MIDNIGHT + day * DAY_US) for day in range(5)])

    assert await engine.history.forget("t", Instant(MIDNIGHT + 2 * DAY_US)) == 2
    assert await engine.history.forget("t", Instant(MIDNIGHT + 2 * DAY_US)) == 0
    query = HistoryQuery(TEMPERATURE)
    assert values(await engine.history.rows("t", query)) == [2, 3, 4]
    assert values(await engine.history.rows("other", query)) == [0, 1, 2, 3, 4]


async def test_an_entity_of_which_all_history_was_forgotten_may_be_written_again(
    engine: Engine,
) -> None:
    await engine.history.append("t", [row(1, MIDNIGHT)])
    assert await engine.history.forget("t", Instant(MIDNIGHT + HOUR_US)) == 1
    await engine.history.append("t", [row(2, MIDNIGHT)])

    assert values(await engine.history.rows("t", HistoryQuery(TEMPERATURE))) == [2]


async def test_tenants_are_apart(engine: Engine) -> None:
    await engine.history.append("one", [row(1, 1)])

    assert await engine.history.rows("two", HistoryQuery(TEMPERATURE)) == []
    assert await engine.history.forget("nobody", Instant(9)) == 0


PLACES = (
    EntityKey("urn:1", "Room", "/"),
    EntityKey("urn:2", "Hall", "/a"),
    EntityKey("urn:3", "Room", "/a/b"),
    EntityKey("urn:4", "Secret", "/ab"),
)


@pytest.mark.parametrize(
    ("permission", "shown"),
    [
        (Permission(types=frozenset({"Room"})), [1, 3]),
        (Permission(types=frozenset()), []),
        (Permission(hidden_types=frozenset({"Secret", "Hall"})), [1, 3]),
        (Permission(service_paths=frozenset({"/a"})), [2]),
        (Permission(service_paths=frozenset({"/a/#"})), [2, 3]),
        (Permission(service_paths=frozenset({"/", "/ab/#"})), [1, 4]),
        (Permission(service_paths=frozenset({"/#"})), [1, 2, 3, 4]),
        (Permission(service_paths=frozenset()), []),
        (Permission(frozenset({"Room"}), None, frozenset(), frozenset({"/a/#"})), [3]),
    ],
)
async def test_a_permission_is_a_part_of_the_window(
    engine: Engine, permission: Permission, shown: list[int]
) -> None:
    rows = [row(number, number, key=key) for number, key in enumerate(PLACES, 1)]
    await engine.history.append("t", rows)
    everywhere = HistoryQuery(Series("temperature"), permission=permission)
    assert values(await engine.history.rows("t", everywhere)) == shown
    last = HistoryQuery(Series("temperature"), last_n=1, permission=permission)
    assert values(await engine.history.rows("t", last)) == shown[-1:]
    total = AggregateQuery(everywhere, Aggregation.SUM)
    assert [one.value for one in await engine.history.aggregate("t", total)] == (
        [sum(shown)] if shown else []
    )


async def test_a_permission_knows_all_types_of_an_entity_that_exists(engine: Engine) -> None:
    both = Entity("urn:1", ("Room", "Secret"))
    await put(engine.entities, "t", both)
    await engine.history.append("t", [row(1, 1, key=both.key)])
    for permission, shown in (
        (Permission(types=frozenset({"Secret"})), [1]),
        (Permission(hidden_types=frozenset({"Secret"})), []),
    ):
        query = HistoryQuery(Series("temperature"), permission=permission)
        assert values(await engine.history.rows("t", query)) == shown

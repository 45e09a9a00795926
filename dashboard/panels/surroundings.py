"""Beside the flow: touches at the signs, air and weather, and how the sensors are."""

from dashboard.charts.small import sparkline
from dashboard.figures import climate
from dashboard.figures.devices import DeviceNow, Health, by_health
from dashboard.figures.touches import Share
from dashboard.figures.trust import State, joined
from dashboard.panels.sight import Panel, Sight
from dashboard.tables import Cell, Column, Kind, Table

_SHOWN_LANGUAGES, _SHOWN_TOPICS = 6, 5
DIGITS = {"temperature": 1, "windSpeed": 1, "precipitation": 1}


def touches_panel(sight: Sight) -> Panel:
    """Touches by language and by content since the opening."""
    words, found = sight.words, sight.touches
    rows = tuple(
        _share_row(sight, group, one)
        for group, shares in (("language", found.by_language), ("topic", found.by_topic))
        for one in shares
    )
    return Panel(
        "touches",
        words("touches.title"),
        sight.draw(
            "touches",
            total=found.total,
            groups=(
                ("language", found.by_language[:_SHOWN_LANGUAGES]),
                ("topic", found.by_topic[:_SHOWN_TOPICS]),
            ),
        ),
        note=words("touches.note"),
        table=Table(
            (
                Column("group", Kind.WORD),
                Column("what", Kind.WORD),
                Column("touches", Kind.COUNT),
                Column("share", Kind.SHARE),
            ),
            rows,
        ),
        trust=found.total.trust,
        source="/v2/entities?type=SignageInteractionObserved&options=keyValues",
    )


def _share_row(sight: Sight, group: str, one: Share) -> tuple[Cell, ...]:
    words = sight.words
    value = one.figure.value
    return (
        words(f"touches.{group}"),
        words(f"{group}.{one.key}"),
        State.SUPPRESSED if value is None else value,
        one.share if value is not None else None,
    )


def environment_panel(sight: Sight) -> Panel:
    """Air in the walkway, weather above it, with the last twelve hours."""
    words, found = sight.words, sight.climate
    groups = []
    for place, measures in (("indoor", found.indoor), ("outdoor", found.outdoor)):
        shown = [
            (
                one,
                DIGITS.get(one.key, 0),
                sparkline(
                    one.course,
                    ident=f"{place}-{one.key}",
                    title=words(f"measure.{one.key}"),
                    text=words("environment.spark"),
                    series=place,
                    from_zero=False,
                ),
            )
            for one in measures
        ]
        groups.append((place, shown))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            words(f"environment.{place}"),
            words(f"measure.{one.key}"),
            one.figure.trust.state if one.figure.value is None else one.figure.value,
            words(f"unit.{one.figure.unit}"),
        )
        for place, measures in (("indoor", found.indoor), ("outdoor", found.outdoor))
        for one in measures
    )
    return Panel(
        "environment",
        words("environment.title"),
        sight.draw("environment", groups=groups, guide=climate.CO2_GUIDE_PPM),
        table=Table(
            (
                Column("place", Kind.WORD),
                Column("what", Kind.WORD),
                Column("value", Kind.DECIMAL),
                Column("unit", Kind.WORD),
            ),
            rows,
        ),
        trust=joined(one.figure.trust for one in (*found.indoor[:1], *found.outdoor[:1])),
        source="/v2/entities?type=IndoorEnvironmentObserved&options=keyValues",
    )


def sensors_panel(sight: Sight) -> Panel:
    """Every device as a tile: well, late, low on battery, silent."""
    words, fleet = sight.words, sight.fleet
    rows = tuple(_device_row(sight, one) for one in fleet.devices)
    counts = {health: number for health, number in by_health(fleet.devices).items() if number}
    return Panel(
        "sensors",
        words("sensors.title"),
        sight.draw("sensors", fleet=fleet, counts=counts, ok=Health.OK),
        note=words("sensors.note"),
        table=Table(
            (
                Column("device", Kind.WORD),
                Column("health", Kind.WORD),
                Column("heard", Kind.MOMENT),
                Column("battery", Kind.SHARE),
                Column("rssi", Kind.COUNT),
            ),
            rows,
        ),
        trust=fleet.well.trust,
        source="/v2/entities?type=Device&options=keyValues",
    )


def _device_row(sight: Sight, one: DeviceNow) -> tuple[Cell, ...]:
    heard = None if one.heard_at is None else float(one.heard_at)
    return (one.key, sight.words(f"health.{one.health}"), heard, one.battery, one.rssi)

"""The walkway over time: the day, comparisons, directions, presence, the week."""

from datetime import date, timedelta
from urllib.parse import quote

from dashboard.charts.butterfly import butterfly
from dashboard.charts.day import DayCourse, day_chart
from dashboard.charts.heatmap import HeatRow, heatmap
from dashboard.charts.small import timeline
from dashboard.figures.baseline import LONG_WEEKS, SHORT_WEEKS, Index, against, index, usual
from dashboard.figures.climate import WEATHER_TYPE, course
from dashboard.figures.gates import NORTH
from dashboard.figures.quarters import (
    DAYS_PER_WEEK,
    QUARTER_MINUTES,
    QUARTERS_PER_HOUR,
    Quarter,
    first_of,
    quarters_of,
    slot_of,
    start_of,
)
from dashboard.figures.trust import State, Trust, joined
from dashboard.panels.sight import Panel, Sight
from dashboard.panels.walkway import withheld
from dashboard.tables import Cell, Column, Kind, Table
from dashboard.words import iso, local
from kernel.times import MINUTE_US

_HOURS = 24


def day_panel(sight: Sight) -> Panel:
    """Passages by quarter hour over the band of the last four weeks."""
    words = sight.words
    title = words("day.title.today" if sight.is_live else "day.title", day=words.day(sight.day))
    if sight.withholds_flow:
        return withheld(sight, "day", title)
    quarters = [Quarter(one) for one in quarters_of(sight.day)]
    states = [_state(sight, quarter) for quarter in quarters]
    shown = DayCourse(
        totals=[sight.total_at(quarter) for quarter in quarters],
        states=states,
        estimated=[_estimated(sight, quarter) > 0 for quarter in quarters],
        usual=[usual(sight.total_at, quarter) for quarter in quarters],
        now=_now(sight),
    )
    # The present quarter hour is a running total: on a line of totals it would look like a fall.
    if sight.is_live:
        totals = list(shown.totals)
        totals[slot_of(sight.present)] = None
        shown = DayCourse(totals, states, shown.estimated, shown.usual, shown.now)
    chart = day_chart(shown, ident="day", title=title, text=words("day.text"), words=words)
    lines = [
        (
            gate.gate.key,
            timeline(
                [gate.state(quarter) for quarter in quarters],
                ident=f"line-{gate.gate.key}",
                title=words("day.line", gate=gate.gate.key),
                text=words("day.line.text"),
            ),
        )
        for gate in sight.gates
    ]
    return Panel(
        "day",
        title,
        sight.draw("day", chart=chart, lines=lines, weather=_weather(sight, quarters)),
        note=words("day.note"),
        table=_day_table(sight, quarters, shown),
        trust=_day_trust(sight, quarters),
        source=_source(sight),
    )


def compare_panel(sight: Sight) -> Panel:
    """The day so far beside what is usual, yesterday, last week and a year ago."""
    words = sight.words
    title = words("compare.title")
    if sight.withholds_flow:
        return withheld(sight, "compare", title)
    quarters = _complete(sight)
    found: list[tuple[str, Index | None]] = [
        ("weeks4", index(sight.total_at, quarters, SHORT_WEEKS)),
        ("weeks52", index(sight.total_at, quarters, LONG_WEEKS)),
        ("yesterday", against(sight.total_at, quarters, 1)),
        ("lastWeek", against(sight.total_at, quarters, DAYS_PER_WEEK)),
        ("lastYear", against(sight.total_at, quarters, LONG_WEEKS * DAYS_PER_WEEK)),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            words(f"compare.{key}"),
            None if one is None else one.observed,
            None if one is None else one.expected,
            None if one is None else one.ratio - 1,
            None if one is None else float(one.quarters),
        )
        for key, one in found
    ]
    return Panel(
        "compare",
        title,
        sight.draw("compare", found=found),
        note=words("compare.note"),
        table=Table(
            (
                Column("comparison", Kind.WORD),
                Column("observed", Kind.COUNT),
                Column("expected", Kind.COUNT),
                Column("difference", Kind.SHARE),
                Column("quarters", Kind.COUNT),
            ),
            tuple(rows),
        ),
        trust=_day_trust(sight, quarters or [first_of(sight.day)]),
        source=_source(sight),
    )


def balance_panel(sight: Sight) -> Panel:
    """North against south by hour."""
    words = sight.words
    title = words("balance.title")
    if sight.withholds_flow:
        return withheld(sight, "balance", title)
    first = first_of(sight.day)
    hours = [
        [Quarter(first + hour * QUARTERS_PER_HOUR + one) for one in range(QUARTERS_PER_HOUR)]
        for hour in range(_HOURS)
    ]
    north = [_hour(sight, hour, is_north=True) for hour in hours]
    south = [_hour(sight, hour, is_north=False) for hour in hours]
    whole_north = sum(value for value in north if value is not None)
    whole_south = sum(value for value in south if value is not None)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            float(start_of(hour[0])),
            _state(sight, hour[0]) if up is None else up,
            _state(sight, hour[0]) if down is None else down,
            None if up is None or down is None else up - down,
        )
        for hour, up, down in zip(hours, north, south, strict=True)
    )
    chart = butterfly(
        north, south, ident="balance", title=title, text=words("balance.text"), words=words
    )
    return Panel(
        "balance",
        title,
        sight.draw("balance", chart=chart, north=whole_north, south=whole_south),
        table=Table(
            (
                Column("hour", Kind.TIME),
                Column("north", Kind.COUNT),
                Column("south", Kind.COUNT),
                Column("balance", Kind.COUNT),
            ),
            rows,
        ),
        trust=_day_trust(sight, [Quarter(one) for one in quarters_of(sight.day)]),
        source=_source(sight),
    )


def week_panel(sight: Sight) -> Panel:
    """Passages by hour, seven days up to the one that is looked at."""
    words = sight.words
    title = words("week.title")
    if sight.withholds_flow:
        return withheld(sight, "week", title)
    days = [sight.day - timedelta(days=back) for back in reversed(range(DAYS_PER_WEEK))]
    rows = [_heat_row(sight, day) for day in days]
    chart = heatmap(rows, ident="week", title=title, text=words("week.text"))
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (float(start_of(Quarter(first_of(day) + hour * QUARTERS_PER_HOUR))), value)
        for day, row in zip(days, rows, strict=True)
        for hour, value in enumerate(row.hours)
    )
    return Panel(
        "week",
        title,
        sight.draw("week", chart=chart),
        note=words("week.note"),
        table=Table((Column("hour", Kind.MOMENT), Column("passages", Kind.COUNT)), cells),
        trust=_day_trust(sight, [Quarter(q) for day in days for q in quarters_of(day)]),
        source=_source(sight),
    )


def _heat_row(sight: Sight, day: date) -> HeatRow:
    first = first_of(day)
    hours: list[float | State] = []
    for hour in range(_HOURS):
        span = [Quarter(first + hour * QUARTERS_PER_HOUR + one) for one in range(QUARTERS_PER_HOUR)]
        known = [total for one in span if (total := sight.total_at(one)) is not None]
        whole = not sight.is_live or span[-1] < sight.present
        hours.append(sum(known) if known and whole else _state(sight, span[-1]))
    return HeatRow(
        label=sight.words.short_day(day),
        href=f"/flow?date={day.isoformat()}",
        hours=hours,
        is_holiday=day.weekday() >= 5,  # noqa: PLR2004 — Saturday
    )


def _hour(sight: Sight, hour: list[Quarter], *, is_north: bool) -> float | None:
    known = [
        value
        for gate in sight.gates
        for quarter in hour
        if (value := gate.north(quarter) if is_north else gate.south(quarter)) is not None
    ]
    return sum(known) if known else None


def _state(sight: Sight, quarter: Quarter) -> State:
    """The state of the walkway: that of the gate which is worst off."""
    states = [gate.state(quarter) for gate in sight.gates]
    for state in (State.OUTAGE, State.MAINTENANCE, State.CLOSED, State.NOT_YET_DUE):
        if state in states:
            return state
    return State.OPEN if State.OPEN in states else State.UNRECORDED


def _estimated(sight: Sight, quarter: Quarter) -> float:
    return max((gate.estimated_share(quarter) for gate in sight.gates), default=0.0)


def _now(sight: Sight) -> float | None:
    if not sight.is_live:
        return None
    minutes = (sight.now - start_of(first_of(sight.day))) / MINUTE_US
    return minutes / QUARTER_MINUTES


def _complete(sight: Sight) -> list[Quarter]:
    """The quarter hours of the day that are over."""
    return [Quarter(one) for one in quarters_of(sight.day) if one < sight.present]


def _day_trust(sight: Sight, quarters: list[Quarter]) -> Trust | None:
    due = [one for one in quarters if one <= sight.present] or quarters[:1]
    return joined(gate.figure(gate.total(due[-1]), due[0], due[-1]).trust for gate in sight.gates)


def _day_table(sight: Sight, quarters: list[Quarter], shown: DayCourse) -> Table:
    columns = [Column("from", Kind.TIME)]
    for gate in sight.gates:
        columns += [
            Column("north", Kind.COUNT, gate.gate.key),
            Column("south", Kind.COUNT, gate.gate.key),
        ]
    columns += [
        Column("passages", Kind.COUNT),
        Column("usual", Kind.COUNT),
        Column("state", Kind.WORD),
        Column("estimated", Kind.SHARE),
    ]
    rows: list[tuple[Cell, ...]] = []
    for place, quarter in enumerate(quarters):
        total, baseline = sight.total_at(quarter), shown.usual[place]
        cells: list[Cell] = [float(start_of(quarter))]
        for gate in sight.gates:
            both = (gate.north(quarter), gate.south(quarter))
            cells += [gate.state(quarter) if value is None else value for value in both]
        cells += [
            shown.states[place] if total is None else total,
            None if baseline is None else baseline.mean,
            State.NOT_YET_DUE if quarter >= sight.present else shown.states[place],
            _estimated(sight, quarter),
        ]
        rows.append(tuple(cells))
    return Table(tuple(columns), tuple(rows))


def _weather(sight: Sight, quarters: list[Quarter]) -> list[tuple[str, float | None, float | None]]:
    """Outside temperature and snow every three hours, above the chart."""
    outdoor = sight.memory.entities(WEATHER_TYPE)
    places = [Quarter(quarters[0] + one) for one in range(6, 96, 12)]
    warm = course("temperature", outdoor, sight.memory.series, places)
    snow = course("snowHeight", outdoor, sight.memory.series, places)
    return [
        (f"{local(start_of(place)):%H}", warmth, depth)
        for place, warmth, depth in zip(places, warm, snow, strict=True)
    ]


def _source(sight: Sight) -> str:
    """The path, after QuantumLeap's, of the first of the series that the panel draws."""
    gate = sight.gates[0].gate.id if sight.gates else ""
    since = quote(iso(start_of(first_of(sight.day))))
    until = quote(iso(start_of(first_of(sight.day + timedelta(days=1)))))
    return f"/v2/entities/{gate}/attrs/{NORTH}?fromDate={since}&toDate={until}"

"""How many people are inside, over the service day."""

from dashboard.charts.frame import frame
from dashboard.charts.scale import Scale, runs, ticks
from dashboard.charts.svg import joined, path, svg, tag
from dashboard.figures.presence import curve, presence
from dashboard.figures.quarters import Quarter, first_of, start_of
from dashboard.figures.trust import State
from dashboard.figures.trust import joined as joined_trust
from dashboard.panels.sight import Panel, Sight
from dashboard.panels.walkway import FLOW_SOURCE, withheld
from dashboard.tables import Cell, Column, Kind, Table
from dashboard.words import local

_WIDTH, _HEIGHT = 960.0, 300.0


def inside_panel(sight: Sight) -> Panel:
    """The estimate with its drift stated; it begins anew at each opening."""
    words, hours = sight.words, sight.memory.hours
    title = words("inside.title")
    if sight.withholds_flow:
        return withheld(sight, "inside", title)
    opened = sight.opened if sight.is_live else Quarter(first_of(sight.day) + hours.opens)
    last = Quarter(opened + hours.quarters_open - 1)
    until = min(last, sight.present)
    points = curve(sight.ends, opened, until) if sight.ends else []
    values = [value for _, value in points] + [None] * (last - opened + 1 - len(points))
    found = presence(sight.ends, hours, until) if sight.ends else None
    trust = joined_trust(one.figure(one.total(until), opened, until).trust for one in sight.gates)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (float(start_of(quarter)), State.OUTAGE if value is None else value)
        for quarter, value in points
    )
    return Panel(
        "inside",
        title,
        sight.draw("inside", chart=_chart(sight, values, opened, title), found=found),
        note=words("inside.note"),
        table=Table((Column("from", Kind.TIME), Column("inside", Kind.COUNT)), rows),
        trust=trust,
        source=FLOW_SOURCE,
    )


def _chart(sight: Sight, values: list[float | None], opened: Quarter, title: str) -> str:
    marks = ticks(max([value for value in values if value is not None], default=1.0) or 1.0)
    scale = Scale(0, marks[-1], _HEIGHT)
    step = _WIDTH / len(values)
    drawn = []
    for run in runs(values):
        line = [((place + 0.5) * step, scale(value)) for place, value in run]
        base = [(line[-1][0], _HEIGHT), (line[0][0], _HEIGHT)]
        drawn.append(tag("path", d=path(line + base, close=True), class_="area inside"))
        drawn.append(tag("path", d=path(line), class_="line inside"))
    grid = [tag("path", d=f"M0 {scale(one):.1f}H{_WIDTH:.0f}", class_="grid") for one in marks[1:]]
    drawing = svg(
        joined(grid),
        joined(drawn),
        width=_WIDTH,
        height=_HEIGHT,
        title=title,
        text=sight.words("inside.text"),
        ident="inside",
        class_="chart inside-chart",
    )
    labels = [
        f"{local(start_of(Quarter(opened + offset))):%H:%M}"
        for offset in range(0, len(values) + 1, max(len(values) // 4, 1))
    ]
    return frame(
        drawing,
        y=[sight.words.count(one) for one in reversed(marks)],
        x=labels,
        ident="inside",
        rows=len(values),
        hint=sight.words("chart.walk", title=title),
    )

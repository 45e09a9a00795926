"""Hour by day: the darker the busier, closures hatched, each day a link to itself."""

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from dashboard.charts.frame import HOURS
from dashboard.charts.svg import hatch, joined, svg, tag
from dashboard.figures.trust import State

WIDTH, ROW = 960.0, 40.0
STEPS = 7


class HeatRow(msgspec.Struct, frozen=True):
    """A day: its label, its link, and per hour a number or a kind of nothing."""

    label: str
    href: str
    hours: Sequence[float | State]
    is_holiday: bool = False


def heatmap(rows: Sequence[HeatRow], *, ident: str, title: str, text: str) -> Markup:
    """Rows from top to bottom, hours from left to right."""
    numbers = [one for row in rows for one in row.hours if not isinstance(one, State)]
    highest = max(numbers, default=1.0) or 1.0
    cells = [
        _cell(value, place, row_number, highest, ident)
        for row_number, row in enumerate(rows)
        for place, value in enumerate(row.hours)
    ]
    drawing = svg(
        hatch(ident),
        joined(cells),
        width=WIDTH,
        height=ROW * len(rows),
        title=title,
        text=text,
        ident=ident,
        class_="chart heatmap",
    )
    labels = [
        tag("a", row.label, href=row.href, class_="holiday" if row.is_holiday else None)
        for row in rows
    ]
    return tag(
        "div",
        tag("div", *labels, class_="axis-y links"),
        tag("div", drawing, class_="plot"),
        tag("div", *(tag("span", one) for one in HOURS), class_="axis-x", aria_hidden="true"),
        class_="chart-frame heat-frame",
    )


def _cell(value: float | State, place: int, row: int, highest: float, ident: str) -> Markup:
    width = WIDTH / 24
    if isinstance(value, State):
        kind = f"state-{value}"
        fill = f"url(#{ident}-hatch)" if value is State.CLOSED else None
    else:
        kind, fill = f"heat heat-{min(STEPS, 1 + int(STEPS * value / highest))}", None
        kind = "heat heat-0" if value == 0 else kind
    return tag(
        "rect",
        x=place * width + 1,
        y=row * ROW + 1,
        width=width - 2,
        height=ROW - 2,
        fill=fill,
        class_=kind,
    )

"""Two directions by hour, one wing up and one down from a common line."""

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.charts.frame import HOURS, frame
from dashboard.charts.scale import ticks
from dashboard.charts.svg import joined, svg, tag
from dashboard.words import Words

WIDTH, HEIGHT = 960.0, 300.0


def butterfly(
    up: Sequence[float | None],
    down: Sequence[float | None],
    *,
    ident: str,
    title: str,
    text: str,
    words: Words,
) -> Markup:
    """North above the line, south below it, on one scale."""
    highest = max([value for value in (*up, *down) if value is not None], default=1.0)
    marks = ticks(max(highest, 1.0), about=2)
    middle = HEIGHT / 2
    step = WIDTH / len(up)
    grid = [
        tag(
            "path",
            d=f"M0 {middle + sign * middle * one / marks[-1]:.1f}H{WIDTH:.0f}",
            class_="grid",
        )
        for one in marks[1:]
        for sign in (-1, 1)
    ]
    bars = []
    for place, (north, south) in enumerate(zip(up, down, strict=True)):
        x, width = place * step + step * 0.14, step * 0.72
        if north is not None:
            height = middle * north / marks[-1]
            bars.append(
                tag("rect", x=x, y=middle - height, width=width, height=height, class_="bar north")
            )
        if south is not None:
            height = middle * south / marks[-1]
            bars.append(tag("rect", x=x, y=middle, width=width, height=height, class_="bar south"))
    drawing = svg(
        joined(grid),
        joined(bars),
        tag("path", d=f"M0 {middle:.1f}H{WIDTH:.0f}", class_="base"),
        width=WIDTH,
        height=HEIGHT,
        title=title,
        text=text,
        ident=ident,
        class_="chart butterfly",
    )
    labels = [*reversed(marks), *marks[1:]]
    return frame(
        drawing,
        y=[words.count(one) for one in labels],
        x=HOURS,
        ident=ident,
        rows=len(up),
        hint=words("chart.walk", title=title),
    )

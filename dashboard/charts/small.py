"""Small charts without axes: sparkline, share bar, level bar, state timeline."""

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from dashboard.charts.scale import Scale, runs
from dashboard.charts.svg import hatch, joined, path, svg, tag
from dashboard.figures.crowding import CrowdLevel
from dashboard.figures.trust import State

WIDTH, HEIGHT = 240.0, 48.0


def sparkline(
    values: Sequence[float | None],
    *,
    ident: str,
    title: str,
    text: str,
    series: str = "north",
    from_zero: bool = True,
) -> Markup:
    """A course of numbers; a gap stays a gap. `series` names its colour."""
    known = [value for value in values if value is not None]
    low = 0.0 if from_zero else min(known, default=0.0)
    high = max(known, default=1.0)
    margin = (high - low) * 0.12 or 1.0
    scale = Scale(low - (0 if from_zero else margin), high + margin, HEIGHT)
    step = WIDTH / max(len(values) - 1, 1)
    drawn = []
    for run in runs(list(values)):
        points = [(place * step, scale(value)) for place, value in run]
        base = [(points[-1][0], HEIGHT), (points[0][0], HEIGHT)]
        drawn.append(tag("path", d=path(points + base, close=True), class_=f"area {series}"))
        drawn.append(tag("path", d=path(points), class_=f"line {series}"))
        if run[-1][0] == len(values) - 1:
            x, y = points[-1]
            drawn.append(tag("path", d=f"M{x:.1f} {y:.1f}h0", class_=f"dot {series}"))
    return svg(
        *drawn,
        width=WIDTH,
        height=HEIGHT,
        title=title,
        text=text,
        ident=ident,
        class_="chart sparkline",
    )


def share_bar(share: float, *, series: str) -> Markup:
    """A horizontal bar; its number stands beside it, so it is silent."""
    bar = tag(
        "rect", x=0, y=0, width=f"{max(0.0, min(1.0, share)) * 100:.1f}%", height="100%", rx=2
    )
    return tag("svg", bar, class_=f"share-bar {series}", aria_hidden="true")


def level_bar(level: CrowdLevel | None) -> Markup:
    """Four steps of growing height, filled up to the level: shape beside colour."""
    steps = [
        tag(
            "rect",
            x=step * 7,
            y=15 - (step + 1) * 3.5,
            width=5,
            height=(step + 1) * 3.5,
            rx=1,
            class_="step on" if level is not None and step <= level else "step",
        )
        for step in range(len(CrowdLevel))
    ]
    kind = "none" if level is None else str(int(level))
    return tag(
        "svg", *steps, class_=f"level-bar level-{kind}", viewBox="0 0 26 15", aria_hidden="true"
    )


def timeline(states: Sequence[State], *, ident: str, title: str, text: str) -> Markup:
    """A row of states over the day."""
    step = WIDTH / len(states)
    drawn, place = [hatch(ident)], 0
    for state, group in groupby(states):
        length = len(list(group))
        fill = f"url(#{ident}-hatch)" if state is State.CLOSED else None
        drawn.append(
            tag(
                "rect",
                x=place * step,
                y=0,
                width=length * step,
                height=HEIGHT,
                fill=fill,
                class_=f"state-{state}",
            )
        )
        place += length
    return svg(
        joined(drawn),
        width=WIDTH,
        height=HEIGHT,
        title=title,
        text=text,
        ident=ident,
        class_="chart timeline",
    )

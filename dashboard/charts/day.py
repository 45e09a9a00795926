"""The course of a day: today's line over the band of what is usual, closures hatched, gaps open."""

from collections.abc import Sequence
from itertools import groupby

import msgspec
from markupsafe import Markup

from dashboard.charts.frame import HOURS, frame
from dashboard.charts.scale import Scale, runs, ticks
from dashboard.charts.svg import hatch, joined, path, svg, tag
from dashboard.figures.baseline import Usual
from dashboard.figures.trust import State
from dashboard.words import Words

WIDTH, HEIGHT = 960.0, 300.0
_KINDS = {State.CLOSED: "closed", State.OUTAGE: "outage", State.MAINTENANCE: "outage"}


class DayCourse(msgspec.Struct, frozen=True):
    """Numbers by slot of the day, all of the same length.

    `now` is the slot in which the present lies, as a fraction; None for a day that is over.
    """

    totals: Sequence[float | None]
    states: Sequence[State]
    estimated: Sequence[bool]
    usual: Sequence[Usual | None]
    now: float | None = None


def day_chart(course: DayCourse, *, ident: str, title: str, text: str, words: Words) -> Markup:
    """Line and area of the day over its baseline band."""
    highest = max(
        [value for value in course.totals if value is not None]
        + [one.highest for one in course.usual if one is not None],
        default=1.0,
    )
    marks = ticks(max(highest, 1.0))
    scale = Scale(0, marks[-1], HEIGHT)
    step = WIDTH / len(course.totals)
    drawing = svg(
        hatch(ident),
        _nothing(course.states, step, ident),
        joined(
            tag("path", d=f"M0 {scale(one):.1f}H{WIDTH:.0f}", class_="grid") for one in marks[1:]
        ),
        _band(course.usual, scale, step),
        _line(course, scale, step),
        _now(course.now, step),
        width=WIDTH,
        height=HEIGHT,
        title=title,
        text=text,
        ident=ident,
        class_="chart day-chart",
    )
    return frame(
        drawing,
        y=[words.count(one) for one in reversed(marks)],
        x=HOURS,
        ident=ident,
        rows=len(course.totals),
        hint=words("chart.walk", title=title),
    )


def _nothing(states: Sequence[State], step: float, ident: str) -> Markup:
    """Closed quarter hours hatched, outages framed."""
    drawn, place = [], 0.0
    for state, group in groupby(states):
        width = len(list(group)) * step
        kind = _KINDS.get(state)
        if kind is not None:
            fill = f"url(#{ident}-hatch)" if state is State.CLOSED else None
            drawn.append(
                tag("rect", x=place, y=0, width=width, height=HEIGHT, fill=fill, class_=kind)
            )
        place += width
    return joined(drawn)


def _band(usual: Sequence[Usual | None], scale: Scale, step: float) -> Markup:
    """From the lowest to the highest of the weeks before, with their mean as a line."""
    drawn = []
    for run in runs([None if one is None else one.mean for one in usual]):
        places = [place for place, _ in run]
        known = [(place, one) for place in places if (one := usual[place]) is not None]
        top = [((place + 0.5) * step, scale(one.highest)) for place, one in known]
        bottom = [((place + 0.5) * step, scale(one.lowest)) for place, one in reversed(known)]
        mean = [((place + 0.5) * step, scale(one.mean)) for place, one in known]
        drawn.append(tag("path", d=path(top + bottom, close=True), class_="band"))
        drawn.append(tag("path", d=path(mean), class_="usual"))
    return joined(drawn)


def _line(course: DayCourse, scale: Scale, step: float) -> Markup:
    """The day itself; stretches that were filled in are dashed."""
    drawn = []
    for run in runs(list(course.totals)):
        points = [((place + 0.5) * step, scale(value)) for place, value in run]
        base = [(points[-1][0], HEIGHT), (points[0][0], HEIGHT)]
        drawn.append(tag("path", d=path(points + base, close=True), class_="area"))
        drawn.append(tag("path", d=path(points), class_="line"))
        drawn.extend(
            tag("path", d=path(points[one : one + 2]), class_="line-estimated")
            for one in range(len(points) - 1)
            if course.estimated[run[one][0]] and course.estimated[run[one + 1][0]]
        )
    if drawn and course.now is not None:
        x, y = points[-1]
        drawn.append(tag("path", d=f"M{x:.1f} {y:.1f}h0", class_="dot"))
    return joined(drawn)


def _now(now: float | None, step: float) -> Markup:
    if now is None:
        return Markup("")
    return tag("path", d=f"M{now * step:.1f} 0V{HEIGHT:.0f}", class_="now-line")

"""The walkway unrolled, Odori to Sapporo Station: crowding by zone, direction and strength of flow.

Satellite positioning fails underground, and place and direction along the corridor are the data; so
the strip is the map. It is drawn lying for wide screens and standing, north up, for narrow ones.
"""

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from dashboard.charts.svg import joined, number, svg, tag

_PACES = (15.0, 45.0, 90.0)
"""Persons per minute at which the dots of a lane begin to run faster."""


class StripZone(msgspec.Struct, frozen=True):
    """A zone in words. `level` of None: nobody tells."""

    name: str
    status: str
    begins_m: float
    ends_m: float
    is_plaza: bool
    level: int | None


class StripGate(msgspec.Struct, frozen=True):
    """A gate in words; flows in persons per minute, None when it is silent."""

    name: str
    north: str
    south: str
    position_m: float
    flow: float | None
    is_silent: bool


class StripDrawing(msgspec.Struct, frozen=True):
    """Everything on the strip. `ends` are the Odori end and the station."""

    zones: Sequence[StripZone]
    gates: Sequence[StripGate]
    length_m: float
    ends: tuple[str, str]
    title: str
    text: str


class _Lying:
    """West to east on paper: Odori on the left, the station on the right."""

    kind, width, height = "lying", 1200.0, 200.0
    begin, size, middle = 92.0, 1016.0, 102.0
    corridor, plaza = 56.0, 84.0

    def __init__(self, length_m: float) -> None:
        self._length = length_m

    def along(self, metres: float) -> float:
        return self.begin + self.size * metres / self._length

    def box(self, begins_m: float, ends_m: float, thick: float, class_: str) -> Markup:
        x = self.along(begins_m)
        return tag(
            "rect",
            x=x,
            y=self.middle - thick / 2,
            width=self.along(ends_m) - x,
            height=thick,
            class_=class_,
        )

    def lane(self, offset: float, class_: str) -> Markup:
        y = self.middle + offset
        start, end = self.begin + 14, self.begin + self.size - 14
        if "south" in class_:
            start, end = end, start
        return tag("path", d=f"M{number(start)} {number(y)}H{number(end)}", class_=class_)

    def zone(self, zone: StripZone) -> Markup:
        x = self.along((zone.begins_m + zone.ends_m) / 2)
        return joined(
            (
                tag("text", zone.name, x=x, y=22, class_="zone-name", text_anchor="middle"),
                tag("text", zone.status, x=x, y=43, class_="zone-status", text_anchor="middle"),
            )
        )

    def gate(self, gate: StripGate) -> Markup:
        x = self.along(gate.position_m)
        top, bottom = self.middle - 48, self.middle + 54
        line = tag("path", d=f"M{number(x)} {number(top)}V{number(bottom)}", class_="gate-line")
        is_right = gate.position_m > self._length / 2
        words = tag(
            "text",
            tag("tspan", gate.name, class_="gate-name"),
            tag("tspan", gate.north, class_=_heading(gate, "north"), dx=16),
            tag("tspan", gate.south, class_="gate-flow south", dx=16),
            x=self.begin + self.size if is_right else self.begin,
            y=186,
            text_anchor="end" if is_right else "start",
        )
        return joined((line, words))

    def end(self, name: str, *, is_north: bool) -> Markup:
        x = self.width - 44 if is_north else 44
        return joined(
            (
                tag("circle", cx=x, cy=self.middle, r=36, class_="end"),
                tag("text", name, x=x, y=self.middle + 6, class_="end-name", text_anchor="middle"),
            )
        )


class _Standing:
    """North is up: the station at the top, Odori at the bottom."""

    kind, width, height = "standing", 360.0, 640.0
    begin, size, middle = 64.0, 512.0, 150.0
    corridor, plaza = 44.0, 68.0

    def __init__(self, length_m: float) -> None:
        self._length = length_m

    def along(self, metres: float) -> float:
        return self.begin + self.size * (1 - metres / self._length)

    def box(self, begins_m: float, ends_m: float, thick: float, class_: str) -> Markup:
        y = self.along(ends_m)
        return tag(
            "rect",
            x=self.middle - thick / 2,
            y=y,
            width=thick,
            height=self.along(begins_m) - y,
            class_=class_,
        )

    def lane(self, offset: float, class_: str) -> Markup:
        x = self.middle + offset
        start, end = self.begin + self.size - 12, self.begin + 12
        if "south" in class_:
            start, end = end, start
        return tag("path", d=f"M{number(x)} {number(start)}V{number(end)}", class_=class_)

    def zone(self, zone: StripZone) -> Markup:
        y = self.along((zone.begins_m + zone.ends_m) / 2)
        x = self.middle + 46
        return joined(
            (
                tag("text", zone.name, x=x, y=y - 4, class_="zone-name"),
                tag("text", zone.status, x=x, y=y + 14, class_="zone-status"),
            )
        )

    def gate(self, gate: StripGate) -> Markup:
        y = self.along(gate.position_m)
        x = self.middle - 42
        line = tag(
            "path", d=f"M{number(x)} {number(y)}H{number(self.middle + 42)}", class_="gate-line"
        )
        texts = (
            tag("text", gate.name, x=x - 4, y=y - 14, class_="gate-name", text_anchor="end"),
            tag(
                "text",
                gate.north,
                x=x - 4,
                y=y + 6,
                class_=_heading(gate, "north"),
                text_anchor="end",
            ),
            tag("text", gate.south, x=x - 4, y=y + 26, class_="gate-flow south", text_anchor="end"),
        )
        return joined((line, *texts))

    def end(self, name: str, *, is_north: bool) -> Markup:
        y = 34 if is_north else self.height - 30
        return joined(
            (
                tag("circle", cx=self.middle, cy=y, r=28, class_="end"),
                tag("text", name, x=self.middle, y=y + 5, class_="end-name", text_anchor="middle"),
            )
        )


def _heading(gate: StripGate, heading: str) -> str:
    """The colour of a direction; words about a silent gate have none."""
    return "gate-flow" if gate.is_silent else f"gate-flow {heading}"


def strip_map(drawing: StripDrawing, ident: str) -> Markup:
    """Both drawings; the style sheet shows the one that fits the width."""
    return joined(
        _draw(drawing, plan, f"{ident}-{plan.kind}")
        for plan in (_Lying(drawing.length_m), _Standing(drawing.length_m))
    )


def _draw(drawing: StripDrawing, plan: _Lying | _Standing, ident: str) -> Markup:
    zones = [
        plan.box(
            zone.begins_m,
            zone.ends_m,
            plan.plaza if zone.is_plaza else plan.corridor,
            f"zone level-{'none' if zone.level is None else zone.level}",
        )
        for zone in drawing.zones
    ] or [plan.box(0, drawing.length_m, plan.corridor, "zone level-none")]
    flows = [gate.flow for gate in drawing.gates if gate.flow is not None]
    pace = sum(1 for limit in _PACES if flows and max(flows) >= limit) + 1 if flows else 0
    lanes = [
        plan.lane(offset, f"lane {heading} pace-{pace}")
        for heading, offsets in (("north", (-18.0, -9.0)), ("south", (9.0, 18.0)))
        for offset in offsets
    ]
    return svg(
        joined(zones),
        joined(lanes) if pace else Markup(""),
        joined(plan.gate(gate) for gate in drawing.gates),
        joined(plan.zone(zone) for zone in drawing.zones),
        plan.end(drawing.ends[0], is_north=False),
        plan.end(drawing.ends[1], is_north=True),
        width=plan.width,
        height=plan.height,
        title=drawing.title,
        text=drawing.text,
        ident=ident,
        class_=f"chart strip strip-{plan.kind}",
        stretch=False,
    )

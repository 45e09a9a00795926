"""The walkway now: the sentence, the key numbers, the strip and the gates."""

from msgspec.structs import replace

from dashboard.charts.small import sparkline
from dashboard.charts.strip import StripDrawing, StripGate, StripZone, strip_map
from dashboard.figures.baseline import SHORT_WEEKS, Index, index
from dashboard.figures.crowding import CrowdLevel
from dashboard.figures.gates import GateRecord
from dashboard.figures.presence import Presence, presence
from dashboard.figures.quarters import Quarter, slot_of, start_of
from dashboard.figures.trust import Figure, State, joined
from dashboard.figures.zones import PlacedGate, Strip, ZoneNow, strip
from dashboard.panels.sight import Panel, Sight
from dashboard.tables import Column, Kind, Table

_SPARK_QUARTERS = 24
FLOW_SOURCE = "/v2/entities?type=CrowdFlowObserved&options=keyValues"


def headline(sight: Sight) -> Panel:
    """The state of the walkway as a sentence, and three numbers."""
    words = sight.words
    title = words("headline.title")
    if sight.withholds_flow:
        return withheld(sight, "headline", title)
    whole = strip(sight.memory.zones(), sight.gates, sight.limits, sight.now)
    level = _worst(sight, whole)
    today = index(sight.total_at, _complete_today(sight), SHORT_WEEKS)
    lately = index(sight.total_at, _last_hour(sight), SHORT_WEEKS)
    now = _sum_figure(sight, sight.present, sight.present)
    return Panel(
        "headline",
        title,
        sight.draw(
            "headline",
            level=level,
            state=now.trust.state if now else State.UNRECORDED,
            index=lately or today,
            is_today=lately is None,
            is_over=not sight.memory.hours.is_open(slot_of(sight.present)),
            now=now,
            day=_sum_figure(sight, sight.opened, sight.present),
            today=today,
            inside=_presence_figure(sight),
            presence=_presence(sight),
        ),
        trust=now.trust if now else None,
        source=FLOW_SOURCE,
    )


def strip_panel(sight: Sight) -> Panel:
    """The strip map with its table."""
    words = sight.words
    title = words("strip.title")
    if sight.withholds_flow:
        return withheld(sight, "strip", title)
    whole = strip(sight.memory.zones(), sight.gates, sight.limits, sight.now)
    trust = joined(gate.north.trust for gate in whole.gates)
    drawing = StripDrawing(
        zones=[_zone(sight, one) for one in whole.zones],
        gates=[_gate(sight, one) for one in whole.gates],
        length_m=whole.length_m,
        ends=(words("strip.odori"), words("strip.station")),
        title=title,
        text=words("strip.text", zones=len(whole.zones), gates=len(whole.gates)),
    )
    return Panel(
        "strip",
        title,
        sight.draw("strip", drawing=strip_map(drawing, "strip"), limits=sight.limits),
        note=words("strip.note"),
        table=_strip_table(sight, whole),
        trust=trust,
        source=FLOW_SOURCE,
    )


def gates_panel(sight: Sight) -> Panel:
    """Each gate: this quarter hour so far by direction, with the last six hours."""
    words = sight.words
    title = words("gates.title")
    if sight.withholds_flow:
        return withheld(sight, "gates", title)
    cards = [_card(sight, record) for record in sight.shown_gates]
    since = Quarter(sight.present - _SPARK_QUARTERS + 1)
    span = [Quarter(one) for one in range(since, sight.present + 1)]
    rows = tuple(
        (
            record.gate.key,
            float(start_of(quarter)),
            record.north(quarter) if record.north(quarter) is not None else record.state(quarter),
            record.south(quarter) if record.south(quarter) is not None else record.state(quarter),
            record.state(quarter),
            record.estimated_share(quarter),
        )
        for record in sight.shown_gates
        for quarter in span
    )
    columns = (
        Column("gate", Kind.WORD),
        Column("from", Kind.TIME),
        Column("north", Kind.COUNT),
        Column("south", Kind.COUNT),
        Column("state", Kind.WORD),
        Column("estimated", Kind.SHARE),
    )
    present = sight.present
    trust = joined(
        one.figure(one.total(present), present, present).trust for one in sight.shown_gates
    )
    return Panel(
        "gates",
        title,
        sight.draw("gates", cards=cards),
        table=Table(columns, rows),
        trust=trust,
        source=FLOW_SOURCE,
    )


def withheld(sight: Sight, key: str, title: str) -> Panel:
    """A panel of real people flow, for a reader without the scope `city:flow`."""
    return Panel(key, title, sight.draw("withheld"))


def _card(sight: Sight, record: GateRecord) -> dict[str, object]:
    present = record.present
    words = sight.words
    since = Quarter(present - _SPARK_QUARTERS + 1)
    span = [Quarter(one) for one in range(since, present)]
    ident = f"gate-{record.gate.key}"
    usual = index(record.total, [Quarter(one) for one in range(present - 4, present)], SHORT_WEEKS)
    return {
        "gate": record.gate,
        "name": words.name(record.gate.names, ""),
        "north": record.figure(record.north(present), present, present),
        "south": record.figure(record.south(present), present, present),
        "usual": usual,
        "sparks": [
            (
                heading,
                sparkline(
                    [at(quarter) for quarter in span],
                    ident=f"{ident}-{heading}",
                    title=words(f"gates.spark.{heading}", gate=record.gate.key),
                    text=words("gates.spark.text"),
                    series=heading,
                ),
            )
            for heading, at in (("north", record.north), ("south", record.south))
        ],
    }


def _complete_today(sight: Sight) -> list[Quarter]:
    return [Quarter(one) for one in range(sight.opened, sight.present)]


def _last_hour(sight: Sight) -> list[Quarter]:
    return [Quarter(one) for one in range(sight.present - 4, sight.present)]


def _worst(sight: Sight, whole: Strip) -> CrowdLevel | None:
    levels = [one.level for one in whole.zones if one.level is not None]
    if levels:
        return max(levels)
    rates = [one.per_minute for one in whole.gates if one.per_minute is not None]
    return sight.limits.level(max(rates) / 12) if rates else None


def _sum_figure(sight: Sight, since: Quarter, until: Quarter) -> Figure | None:
    """Passages of all gates over some quarter hours; None without any gate."""
    values = [
        [
            total
            for one in range(since, until + 1)
            if (total := gate.total(Quarter(one))) is not None
        ]
        for gate in sight.gates
    ]
    figures = [
        gate.figure(sum(known) if known else None, since, until)
        for gate, known in zip(sight.gates, values, strict=True)
    ]
    trust = joined(one.trust for one in figures)
    if trust is None:
        return None
    known_sums = [one.value for one in figures if one.value is not None]
    if known_sums:
        trust = replace(trust, state=State.OPEN)
    return Figure(sum(known_sums) if known_sums else None, figures[0].unit, trust)


def _presence(sight: Sight) -> Presence | None:
    return presence(sight.ends, sight.memory.hours, sight.present) if sight.ends else None


def _presence_figure(sight: Sight) -> Figure | None:
    found = _presence(sight)
    whole = _sum_figure(sight, sight.opened, sight.present)
    if whole is None:
        return None
    trust = replace(whole.trust, accuracy_class="trend")
    if found is None and not sight.memory.hours.is_open(slot_of(sight.present)):
        trust = replace(trust, state=State.CLOSED)
    return Figure(found.persons if found else None, whole.unit, trust)


def _zone(sight: Sight, now: ZoneNow) -> StripZone:
    words = sight.words
    status = words("state.outage")
    if now.level is not None and now.basis is not None:
        status = words(f"level.{int(now.level)}")
    elif not sight.memory.hours.is_open(slot_of(sight.present)):
        status = words("state.closed")
    return StripZone(
        name=words.name(now.zone.names, now.zone.key),
        status=status,
        begins_m=now.zone.begins_m,
        ends_m=now.zone.ends_m,
        is_plaza=now.zone.kind in ("plaza", "crossing", "station"),
        level=None if now.level is None else int(now.level),
    )


def _gate(sight: Sight, gate: PlacedGate) -> StripGate:
    words = sight.words
    return StripGate(
        name=f"{gate.key} {words.name(gate.names, '')}".strip(),
        north=_flow(sight, "north", gate.north),
        south=_flow(sight, "south", gate.south),
        position_m=gate.position_m,
        flow=gate.per_minute,
        is_silent=gate.north.value is None,
    )


def _flow(sight: Sight, heading: str, figure: Figure) -> str:
    """`駅へ 241 →`; a kind of nothing is said once, in the place of the flow northwards."""
    if figure.value is not None:
        return sight.words(f"strip.{heading}", count=sight.words.count(figure.value))
    return sight.words(f"state.{figure.trust.state}") if heading == "north" else ""


def _strip_table(sight: Sight, whole: Strip) -> Table:
    words = sight.words
    zones = tuple(
        (
            words.name(one.zone.names, one.zone.key),
            one.zone.begins_m,
            one.zone.ends_m,
            State.OUTAGE if one.level is None else words(f"level.{int(one.level)}"),
            one.basis if one.basis is not None else State.OUTAGE,
            words("yes") if one.is_interpolated else words("no"),
        )
        for one in whole.zones
    )
    return Table(
        (
            Column("zone", Kind.WORD),
            Column("begins", Kind.COUNT),
            Column("ends", Kind.COUNT),
            Column("level", Kind.WORD),
            Column("basis", Kind.DECIMAL),
            Column("interpolated", Kind.WORD),
        ),
        zones,
    )


def usual_words(sight: Sight, found: Index | None) -> str:
    """`いつもより +12%`, or that there is nothing to compare with."""
    if found is None:
        return sight.words("index.none")
    return sight.words(f"index.{found.verdict}", change=sight.words.change(found.ratio))

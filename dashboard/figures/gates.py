"""People-flow gates: what they say now, and what they said in any quarter hour."""

from collections.abc import Mapping

import msgspec

from dashboard.figures import reading
from dashboard.figures.quarters import (
    OpeningHours,
    Quarter,
    end_of,
    quarter_of,
    quarters_of,
    slot_of,
    start_of,
)
from dashboard.figures.series import QuarterSeries
from dashboard.figures.trust import Figure, State, Trust
from dashboard.ports import CityEntity
from kernel.times import Instant

GATE_TYPE = "CrowdFlowObserved"
NORTH, SOUTH = "peopleCountTowards", "peopleCountAway"
ESTIMATED, COVERAGE = "estimatedShare", "coverage"
GATE_SERIES = (NORTH, SOUTH, ESTIMATED, COVERAGE)
DATASET = "chikaho-flow"
UNIT = "persons"
_SILENT_AFTER_US = 5 * 60 * 1_000_000
"""A gate reports each minute; after five without a word it counts as out of order."""


class Gate(msgspec.Struct, frozen=True):
    """A gate as its entity describes it.

    Attributes:
        names: by language.
        quarter: the quarter hour that it is counting in; None before its first word.
        state: as it says itself.
        heard_at: when the broker last heard of it.
    """

    id: str
    names: Mapping[str, str]
    zone: str
    quarter: Quarter | None
    state: State
    heard_at: Instant
    reporting: int
    expected: int
    accuracy_class: str
    generation: str
    simulated: bool

    @property
    def key(self) -> str:
        """`J1`: what people call it."""
        return reading.short(self.id)


def gate_of(entity: CityEntity) -> Gate | None:
    """The gate behind an entity; None for the cell series of cameras and radio counters."""
    if NORTH not in entity.attributes and "flowReference" not in entity.attributes:
        return None
    if ":" in entity.id.removeprefix(f"urn:ngsi-ld:{GATE_TYPE}:"):
        return None
    observed = reading.observed_at(entity)
    return Gate(
        id=entity.id,
        names=reading.names(entity),
        zone=reading.short(reading.text(entity, "refZone")),
        quarter=None if observed is None else quarter_of(observed),
        state=_state(entity),
        heard_at=entity.modified_at,
        reporting=int(reading.number(entity, "reportingDevices") or 0),
        expected=int(reading.number(entity, "expectedDevices") or 0),
        accuracy_class=reading.text(entity, "accuracyClass") or "unknown",
        generation=reading.text(entity, "sensorGeneration"),
        simulated=reading.flag(entity, "simulated"),
    )


def _state(entity: CityEntity) -> State:
    match reading.text(entity, "operatingState"):
        case "closed":
            return State.CLOSED
        case "outage":
            return State.OUTAGE
        case "maintenance":
            return State.MAINTENANCE
        case _:
            return State.OPEN


class GateRecord:
    """A gate with its past. `now` is the instant of the world for which it answers."""

    def __init__(
        self,
        gate: Gate,
        series: Mapping[str, QuarterSeries],
        *,
        hours: OpeningHours,
        now: Instant,
    ) -> None:
        self.gate = gate
        self._north = series[NORTH]
        self._south = series[SOUTH]
        self._estimated = series[ESTIMATED]
        self._coverage = series[COVERAGE]
        self._hours = hours
        self._now = now
        self.present = quarter_of(now)
        self._begin = _begin(self._north)

    def north(self, quarter: Quarter) -> float | None:
        """People towards Sapporo Station; None for any kind of nothing."""
        return self._north.value(quarter)

    def south(self, quarter: Quarter) -> float | None:
        """People towards Odori; None for any kind of nothing."""
        return self._south.value(quarter)

    def total(self, quarter: Quarter) -> float | None:
        """Both directions; None unless both are known."""
        north, south = self._north.value(quarter), self._south.value(quarter)
        return None if north is None or south is None else north + south

    def state(self, quarter: Quarter) -> State:
        """Why there is a number in the quarter hour, or why there is none."""
        if self.total(quarter) is not None:
            return State.OPEN
        if quarter > self.present:
            return State.NOT_YET_DUE
        if self._north.is_recorded(quarter):
            return State.OUTAGE
        if not self._hours.is_open(slot_of(quarter)):
            return State.CLOSED
        if quarter == self.present and not self.is_silent:
            return State.NOT_YET_DUE
        if self._begin is None or quarter < self._begin:
            return State.UNRECORDED
        return State.OUTAGE

    @property
    def is_silent(self) -> bool:
        """Whether the gate has missed several reports in a row while it should count."""
        heard = self.gate.quarter
        if heard is None:
            return True
        overdue = self._now - end_of(heard) > _SILENT_AFTER_US
        return overdue and self._hours.is_open(slot_of(self.present))

    def state_now(self) -> State:
        """The state of the present quarter hour, silence included."""
        if self.gate.state in (State.OUTAGE, State.MAINTENANCE):
            return self.gate.state
        return self.state(self.present)

    def estimated_share(self, quarter: Quarter) -> float:
        """How much of the total was filled in; 0 if unsaid."""
        return self._estimated.value(quarter) or 0.0

    def coverage(self, quarter: Quarter) -> float:
        """Share of period and sensors that reported; 1 of a number without a word on it."""
        if self.total(quarter) is None:
            return 0.0
        said = self._coverage.value(quarter)
        return 1.0 if said is None else said

    def figure(self, value: float | None, since: Quarter, until: Quarter) -> Figure:
        """A number about the quarter hours `since` … `until`, the last included."""
        span = [Quarter(one) for one in range(since, until + 1)]
        due = [one for one in span if self._hours.is_open(slot_of(one)) and one <= self.present]
        known = [one for one in span if self.total(one) is not None]
        asked = due or known
        state = self.state(until) if value is None else State.OPEN
        if value is None and until == self.present:
            state = self.state_now()
        return Figure(
            value,
            UNIT,
            Trust(
                dataset=DATASET,
                since=start_of(since),
                until=end_of(until),
                received_at=self._north.recorded_at(until) or self.gate.heard_at,
                complete=until < self.present,
                reporting=0 if self.is_silent else self.gate.reporting,
                expected=self.gate.expected,
                coverage=sum(self.coverage(one) for one in asked) / len(asked) if asked else 0.0,
                estimated_share=(
                    sum(self.estimated_share(one) for one in known) / len(known) if known else 0.0
                ),
                accuracy_class=self.gate.accuracy_class,
                state=state,
                simulated=self.gate.simulated,
            ),
        )


def _begin(series: QuarterSeries) -> Quarter | None:
    """The first quarter hour with a row, as far as the past is loaded."""
    first = min(series.days(), default=None)
    if first is None:
        return None
    return next(Quarter(one) for one in quarters_of(first) if series.is_recorded(Quarter(one)))

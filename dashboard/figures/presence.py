"""How many people are inside: what went in minus what came out since the opening.

Exits between the gates are not counted, and sensors err, so the estimate drifts. The drift is not
guessed: at the closure everybody has left, so what is then left over of the sum is the day's error.
"""

from collections.abc import Sequence

import msgspec

from dashboard.figures.gates import GateRecord
from dashboard.figures.quarters import OpeningHours, Quarter


class Presence(msgspec.Struct, frozen=True):
    """The estimate. `drift` is ± persons, None while no closed day is known to measure it by."""

    persons: float
    drift: float | None
    since: Quarter
    residual: float | None
    """Left over at the last closure: what the estimate was wrong by, in the end."""


def net_inflow(ends: Sequence[GateRecord], quarter: Quarter) -> float | None:
    """People who came in minus people who left; `ends` are the south gate and the north gate."""
    south_end, north_end = ends
    entered, left = south_end.north(quarter), south_end.south(quarter)
    entered_north, left_north = north_end.south(quarter), north_end.north(quarter)
    if entered is None or left is None or entered_north is None or left_north is None:
        return None
    return entered - left + entered_north - left_north


def curve(
    ends: Sequence[GateRecord], since: Quarter, until: Quarter
) -> list[tuple[Quarter, float | None]]:
    """The running estimate by quarter hour, not below zero; a gap where a gate was silent."""
    inside = 0.0
    points: list[tuple[Quarter, float | None]] = []
    for number in range(since, until + 1):
        net = net_inflow(ends, Quarter(number))
        if net is not None:
            inside += net
        points.append((Quarter(number), None if net is None else max(0.0, inside)))
    return points


def presence(ends: Sequence[GateRecord], hours: OpeningHours, present: Quarter) -> Presence | None:
    """The estimate in the present quarter hour; None while closed or unless both gates report."""
    opened = hours.opened_at(present)
    if present - opened >= hours.quarters_open:
        return None
    inside = _sum(ends, opened, present)
    if inside is None:
        return None
    yesterday = hours.opened_at(Quarter(opened - 1))
    residual = _sum(ends, yesterday, Quarter(yesterday + hours.quarters_open - 1))
    drift = None
    if residual is not None:
        passed = _passages(ends, opened, present)
        passed_yesterday = _passages(ends, yesterday, Quarter(yesterday + hours.quarters_open - 1))
        drift = abs(residual) * passed / passed_yesterday if passed_yesterday else None
    return Presence(max(0.0, inside), drift, opened, residual)


def _sum(ends: Sequence[GateRecord], since: Quarter, until: Quarter) -> float | None:
    nets = [net_inflow(ends, Quarter(one)) for one in range(since, until + 1)]
    known = [one for one in nets if one is not None]
    return sum(known) if known else None


def _passages(ends: Sequence[GateRecord], since: Quarter, until: Quarter) -> float:
    return sum(gate.total(Quarter(one)) or 0.0 for gate in ends for one in range(since, until + 1))

"""What is usual: the average of the same weekday and quarter hour over the weeks before."""

from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec

from dashboard.figures.quarters import QUARTERS_PER_DAY, Quarter, weeks_before

SHORT_WEEKS, LONG_WEEKS = 4, 52
_USUAL_WITHIN = 0.10
"""Up to ten per cent off the baseline is the usual."""

TotalAt = Callable[[Quarter], float | None]


class Usual(msgspec.Struct, frozen=True, gc=False):
    """The baseline of a quarter hour. `weeks` says how many of the weeks before had a number."""

    mean: float
    lowest: float
    highest: float
    weeks: int


def usual(total_at: TotalAt, quarter: Quarter, weeks: int = SHORT_WEEKS) -> Usual | None:
    """The baseline over weeks with a number: outages and closures drop out; None without any."""
    found = [
        total
        for back in range(1, weeks + 1)
        if (total := total_at(weeks_before(quarter, back))) is not None
    ]
    if not found:
        return None
    return Usual(sum(found) / len(found), min(found), max(found), len(found))


class Verdict(StrEnum):
    """An index in one word."""

    ABOVE = "above"
    USUAL = "usual"
    BELOW = "below"


class Index(msgspec.Struct, frozen=True):
    """A sum beside its baseline, over the quarter hours for which both are known.

    Attributes:
        ratio: 1.0 is as usual.
        quarters: how many quarter hours were compared.
        weeks: the fewest weeks that stand behind any of them.
    """

    ratio: float
    observed: float
    expected: float
    quarters: int
    weeks: int

    @property
    def verdict(self) -> Verdict:
        """More than usual, usual, or less."""
        if self.ratio > 1 + _USUAL_WITHIN:
            return Verdict.ABOVE
        return Verdict.BELOW if self.ratio < 1 - _USUAL_WITHIN else Verdict.USUAL


def index(total_at: TotalAt, quarters: Iterable[Quarter], weeks: int) -> Index | None:
    """Compare complete quarter hours with their baseline; None if nothing can be compared."""
    observed = expected = 0.0
    compared = 0
    fewest = weeks
    for quarter in quarters:
        total = total_at(quarter)
        baseline = usual(total_at, quarter, weeks)
        if total is None or baseline is None:
            continue
        observed += total
        expected += baseline.mean
        compared += 1
        fewest = min(fewest, baseline.weeks)
    if not expected:
        return None
    return Index(observed / expected, observed, expected, compared, fewest)


def against(total_at: TotalAt, quarters: Iterable[Quarter], days_back: int) -> Index | None:
    """Compare with the very same quarter hours of one earlier day, such as yesterday."""
    observed = expected = 0.0
    compared = 0
    for quarter in quarters:
        total = total_at(quarter)
        before = total_at(Quarter(quarter - days_back * QUARTERS_PER_DAY))
        if total is not None and before is not None:
            observed += total
            expected += before
            compared += 1
    return Index(observed / expected, observed, expected, compared, 1) if expected else None

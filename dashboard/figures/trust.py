"""A number and what makes it trustworthy. Boards render no number without this object (§2.1.1)."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from kernel.times import Instant


class State(StrEnum):
    """Why there is a number, or which kind of nothing there is (§2.1.2)."""

    OPEN = "open"
    CLOSED = "closed"
    OUTAGE = "outage"
    MAINTENANCE = "maintenance"
    NOT_YET_DUE = "notYetDue"
    SUPPRESSED = "suppressed"
    UNRECORDED = "unrecorded"


class Profile(StrEnum):
    """The release profile under which a reader sees a number (deidentification.md §9)."""

    CITY = "city"
    PUBLIC = "public"


class Trust(msgspec.Struct, frozen=True, rename="camel"):
    """Where a number comes from and how good it is.

    Attributes:
        since, until: the period that the number speaks of, the end excluded.
        received_at: when the oldest of its sources last spoke; None: never.
        complete: the period is over and no more is expected.
        reporting, expected: sensors behind the number, and how many there should be.
        coverage: share of period and sensors that reported, 0 to 1.
        estimated_share: how much was filled in from neighbours (補正), 0 to 1.
        accuracy_class: `>=80%`, `trend`, `calibrated`, `unknown`.
        dataset: name of the dataset that it belongs to.
    """

    dataset: str
    since: Instant = msgspec.field(name="from")
    until: Instant = msgspec.field(name="to")
    received_at: Instant | None = None
    complete: bool = False
    profile: Profile = Profile.CITY
    reporting: int = 0
    expected: int = 0
    coverage: float = 0.0
    estimated_share: float = 0.0
    accuracy_class: str = "unknown"
    state: State = State.OPEN
    simulated: bool = False


class Figure(msgspec.Struct, frozen=True):
    """A number, its unit and its trust. `value` of None is a kind of nothing: see `trust.state`."""

    value: float | None
    unit: str
    trust: Trust

    @property
    def is_shown(self) -> bool:
        """Whether there is a number to print."""
        return self.value is not None


_BADNESS = (
    State.OPEN,
    State.NOT_YET_DUE,
    State.UNRECORDED,
    State.CLOSED,
    State.MAINTENANCE,
    State.OUTAGE,
    State.SUPPRESSED,
)
_ACCURACY = ("calibrated", ">=80%", "trend", "unknown")


def joined(trusts: Iterable[Trust]) -> Trust | None:
    """The trust of a number made of several: the weakest link of each kind; None of nothing."""
    parts = tuple(trusts)
    if not parts:
        return None
    expected = sum(part.expected for part in parts)
    heard = [part.received_at for part in parts if part.received_at is not None]
    return Trust(
        dataset=parts[0].dataset,
        since=min(part.since for part in parts),
        until=max(part.until for part in parts),
        received_at=min(heard) if len(heard) == len(parts) else None,
        complete=all(part.complete for part in parts),
        profile=max((part.profile for part in parts), key=list(Profile).index),
        reporting=sum(part.reporting for part in parts),
        expected=expected,
        coverage=sum(part.coverage for part in parts) / len(parts),
        estimated_share=sum(part.estimated_share for part in parts) / len(parts),
        accuracy_class=max(
            (part.accuracy_class for part in parts),
            key=lambda one: _ACCURACY.index(one) if one in _ACCURACY else len(_ACCURACY),
        ),
        state=max((part.state for part in parts), key=_BADNESS.index),
        simulated=any(part.simulated for part in parts),
    )

"""Windows: passages in, cells of a closed window out (§6).

What is in here is lost if the process dies: at most the open windows. The first window after a
start says so with `countQuality: gap`, because its beginning was not seen.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from ingest.allow_list import Fields
from ingest.detectors import LARGEST_HARMLESS
from ingest.emission import make
from ingest.observation import Attribute, BoundedNumber, BucketTime, EnumMember, Truth, Value
from ingest.plan import Plan, text_of
from ingest.policy.durations import parse_duration
from ingest.policy.model import Window
from ingest.pseudonyms import Pseudonym
from ingest.seal import Deidentified, seal
from kernel.times import Instant

WINDOW_MAX = 1_000_000
"""`ingest.window_max`: values that all open windows together remember."""

_RATIO: Final = "C62"


class CountQuality(StrEnum):
    """How far a count can be trusted (data models §2.3)."""

    OK = "ok"
    GAP = "gap"  # part of the window was not seen
    SATURATED = "saturated"  # a bound was reached: the true number is higher


class _Key(NamedTuple):
    """Which window: tenants may use the same sensor ids."""

    policy: str
    tenant: str
    sensor_id: str
    start: Instant


class _Cell:
    """What is counted for one combination of the window's fields."""

    __slots__ = ("by", "randomised", "saturated", "seen", "sums")

    def __init__(self, by: Mapping[str, Value], window: Window) -> None:
        self.by = by
        self.sums = dict.fromkeys(window.sums, 0)
        self.seen: dict[str, set[Pseudonym]] = {}
        self.randomised = 0
        self.saturated = False

    def values(self) -> int:
        return sum(len(pseudonyms) for pseudonyms in self.seen.values())


class _Open:
    """A window that still counts."""

    __slots__ = ("cells", "closes_at", "plan", "time", "window")

    def __init__(self, plan: Plan, window: Window, time: BucketTime) -> None:
        self.plan = plan
        self.window = window
        self.time = time
        self.closes_at = time.value + time.width_us + parse_duration(plan.time.skew)
        self.cells: dict[tuple[str, ...], _Cell] = {}


class Identified(tuple[Pseudonym, bool]):
    """A pseudonym, and whether the device made its address up."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<Identified>"


class Windows:
    """All open windows of this process.

    Args:
        started_at: since when this process counts.
        most: pseudonyms that all open windows together may hold.
    """

    def __init__(self, started_at: Instant, *, most: int = WINDOW_MAX) -> None:
        self._started_at = started_at
        self._most = most
        self._held = 0
        self._open: dict[_Key, _Open] = {}

    def __len__(self) -> int:
        """How many windows are open."""
        return len(self._open)

    def count(
        self, plan: Plan, window: Window, fields: Fields, seen: Mapping[str, Identified]
    ) -> None:
        """Count one passage; `seen` has the pseudonym of each ephemeral field that was sent.

        A measure without a count stands for one person.
        """
        key = _Key(
            str(plan.policy.ref), plan.sensor.tenant, plan.sensor.sensor_id, fields.time.value
        )
        opened = self._open.get(key)
        if opened is None:
            opened = self._open[key] = _Open(plan, window, fields.time)
        cell = self._cell(opened, fields.values)
        for name in window.sums:
            sent = fields.values.get(name)
            _add(cell, name, int(sent.value) if isinstance(sent, BoundedNumber) else 1)
        for name, identified in seen.items():
            self._remember(cell, name, identified)

    def _cell(self, opened: _Open, values: Mapping[str, Value]) -> _Cell:
        by = {name: values[name] for name in opened.window.by if name in values}
        key = tuple(text_of(by[name]) if name in by else "" for name in opened.window.by)
        cell = opened.cells.get(key)
        if cell is None:
            cell = opened.cells[key] = _Cell(by, opened.window)
        return cell

    def _remember(self, cell: _Cell, name: str, identified: Identified) -> None:
        pseudonym, randomised = identified
        known = cell.seen.setdefault(name, set())
        if pseudonym in known:
            return
        if self._held >= self._most:
            cell.saturated = True
            return
        known.add(pseudonym)
        self._held += 1
        cell.randomised += randomised

    def close(self, now: Instant) -> list[Deidentified]:
        """Seal the cells of every window that is over, and drop what it remembered."""
        over = [key for key, opened in self._open.items() if now >= opened.closes_at]
        return [sealed for key in over for sealed in self._seal(key, complete=True)]

    def flush(self) -> list[Deidentified]:
        """Seal every window as it is, before the process ends; each says that it has a gap."""
        return [sealed for key in list(self._open) for sealed in self._seal(key, complete=False)]

    def _seal(self, key: _Key, *, complete: bool) -> Iterator[Deidentified]:
        opened = self._open.pop(key)
        has_gap = not complete or opened.time.value < self._started_at
        for cell in opened.cells.values():
            self._held -= cell.values()
            attributes = [*_counts(opened, cell), *_quality(opened, cell, has_gap, complete)]
            observation = make(
                opened.plan, opened.plan.name_entity(cell.by), opened.time, attributes
            )
            cell.seen.clear()
            yield seal(observation, opened.plan.policy.ref)


def _add(cell: _Cell, name: str, people: int) -> None:
    total = cell.sums[name] + people
    cell.saturated |= total >= LARGEST_HARMLESS
    cell.sums[name] = min(total, LARGEST_HARMLESS - 1)


def _counts(opened: _Open, cell: _Cell) -> Iterator[Attribute]:
    values: dict[str, Value] = dict(cell.by)
    values |= {name: BoundedNumber(total) for name, total in cell.sums.items()}
    values |= {name: BoundedNumber(len(known)) for name, known in cell.seen.items()}
    for name, attribute, unit in opened.plan.emitted:
        if name in values:
            yield Attribute(attribute, values[name], unit, opened.time.value)


def _quality(opened: _Open, cell: _Cell, has_gap: bool, complete: bool) -> Iterator[Attribute]:
    quality = CountQuality.SATURATED if cell.saturated else CountQuality.OK
    if has_gap:
        quality = CountQuality.GAP
    at = opened.time.value
    yield Attribute("countQuality", EnumMember(quality.value), "", at)
    yield Attribute("complete", Truth(complete), "", at)
    held = cell.values()
    if held:
        share = BoundedNumber(round(cell.randomised / held, 2))
        yield Attribute("randomisedShare", share, _RATIO, at)

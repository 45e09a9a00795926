"""From people to numbers that tell of nobody (de-identification §9, profile `member`). Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from kernel.json import JsonValue
from kernel.times import Instant
from oauth.model.items import Item
from oauth.records.cells import cells_of


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What may be published.

    Attributes:
        grid: the declared cells; people in any other are not counted.
        min_people: fewer people than that, and nobody, look the same: there is no number.
        rounding: numbers are its nearest multiples, and never below the threshold.
    """

    grid: frozenset[str]
    min_people: int
    rounding: int

    def publish(self, counts: Mapping[str, int]) -> dict[str, int]:
        """The numbers of the cells that have one."""
        return {
            cell: self._rounded(count)
            for cell, count in counts.items()
            if count >= self.min_people and cell in self.grid
        }

    def _rounded(self, count: int) -> int:
        lowest = -(-self.min_people // self.rounding) * self.rounding
        nearest = (count + self.rounding // 2) // self.rounding * self.rounding
        return max(lowest, nearest)


def cells_of_person(values: Mapping[Item, JsonValue], now: Instant) -> frozenset[str]:
    """Every cell that a person with these values is in: once, however often companies told."""
    return frozenset(cell for item, value in values.items() for cell in cells_of(item, value, now))


def newest(told: Iterable[Mapping[Item, JsonValue]], of: Collection[Item]) -> dict[Item, JsonValue]:
    """One value per item: the first that is told, from the newest record to the oldest."""
    found: dict[Item, JsonValue] = {}
    for values in told:
        found = {**{item: one for item, one in values.items() if item in of}, **found}
        if len(found) == len(of):
            break
    return found

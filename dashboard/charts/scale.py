"""From values to places, and the round numbers on an axis."""

from math import floor, log10

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def ticks(highest: float, about: int = 4, lowest: float = 0.0) -> list[float]:
    """Round numbers from at or below `lowest` to at or above `highest`, in equal steps."""
    span = max(highest - lowest, 1e-9)
    rough = span / about
    magnitude = 10.0 ** floor(log10(rough))
    step = next(one * magnitude for one in _STEPS if one * magnitude >= rough * 0.999)
    first = floor(lowest / step)
    found = [first * step]
    while found[-1] < highest - step * 1e-6:
        found.append(found[-1] + step)
    return found if len(found) > 1 else [found[0], found[0] + step]


class Scale:
    """Maps values between `low` and `high` to heights; larger values lie higher up."""

    def __init__(self, low: float, high: float, height: float) -> None:
        self._low = low
        self._span = (high - low) or 1.0
        self._height = height

    def __call__(self, value: float) -> float:
        """The y of a value, 0 at the top."""
        return self._height * (1 - (value - self._low) / self._span)


def runs(values: list[float | None]) -> list[list[tuple[int, float]]]:
    """Stretches without a gap, as (place, value)."""
    found: list[list[tuple[int, float]]] = []
    current: list[tuple[int, float]] = []
    for place, value in enumerate(values):
        if value is None:
            if current:
                found.append(current)
            current = []
        else:
            current.append((place, value))
    if current:
        found.append(current)
    return found

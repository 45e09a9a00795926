"""A transformation that is asked for."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from broker.jexl.budget import Budget
from kernel.times import Instant


class Call(NamedTuple):
    """What a transformation is given.

    Attributes:
        values: the subject, and the arguments behind it. Arguments that are too many are ignored.
        budget: pays for values in proportion to their size, before they are made.
        now: the time of day.
    """

    values: tuple[Any, ...]
    budget: Budget
    now: Instant

    @property
    def subject(self) -> Any:
        """What stands before the `|`."""
        return self.values[0]


Transformation: TypeAlias = Callable[[Call], Any]
"""Gives null for a subject or arguments that it is not made for; only a spent budget raises."""

"""What an evaluation may cost. It bounds time and memory whatever the expression says.

Every value that is made or walked through is paid for by its size: a text by its characters, an
array or object by its elements and theirs, which take longer than characters. The size of what may
come out is known before it is made. One budget serves a whole notification, so that neither many
expressions nor expressions that feed one another can cost more.
"""

from typing import Any, Final

from broker.jexl.errors import EvaluationError

WORK: Final = 8_000_000
"""Units for one notification: Orion's largest message, in characters."""
ITEM: Final = 8
"""Units for an element, or another step that is no character."""
DEEPEST: Final = 100
"""How deep a value may nest."""


class Budget:
    """Units that are left to spend."""

    __slots__ = ("_left",)

    def __init__(self, units: int = WORK) -> None:
        self._left = units

    def spend(self, units: int) -> None:
        """Pay for what is about to be done.

        Raises:
            EvaluationError: there is not enough left; nothing more can be bought.
        """
        self._left -= units
        if self._left < 0:
            raise EvaluationError("The expression costs more than one may")

    def spend_items(self, items: int) -> None:
        """Pay for so many elements.

        Raises:
            EvaluationError: there is not enough left.
        """
        self.spend(ITEM * items)

    def spend_on(self, value: Any) -> None:
        """Pay for walking through a value.

        Raises:
            EvaluationError: there is not enough left, or the value nests deeper than one may.
        """
        if not isinstance(value, str | list | dict):
            return
        pending = [(value, 0)]
        while pending:
            one, depth = pending.pop()
            match one:
                case str():
                    self.spend(len(one))
                case list() | dict() if depth >= DEEPEST:
                    raise EvaluationError(f"The value nests deeper than {DEEPEST}")
                case list():
                    self.spend_items(len(one))
                    pending.extend((part, depth + 1) for part in one)
                case dict():
                    self.spend_items(len(one))
                    self.spend(sum(map(len, one)))
                    pending.extend((part, depth + 1) for part in one.values())

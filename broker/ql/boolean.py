"""Conjunctions, disjunctions and parentheses around statements of any kind.

NGSI-LD writes `;` for and, `|` for or (type and scope lists also `,`), and groups with `()`; and
binds closer (ETSI GS CIM 009 §4.9, §4.17, §4.19).
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from broker.ql.ast import Node, all_of, any_of
from broker.ql.errors import QuerySyntaxError

_DEEPEST: Final = 32
_MOST_LEAVES: Final = 1_000
"""As many as every engine can ask in one query, however long the text may be."""


class Scanner:
    """A text and how far it has been read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        """How many parentheses are open."""
        self.leaves = 0
        """How many statements have begun."""

    @property
    def rest_is_empty(self) -> bool:
        """Whether everything has been read."""
        return self.at >= len(self.text)

    def peek(self) -> str:
        """The next character, empty at the end."""
        return self.text[self.at : self.at + 1]

    def take(self, marks: str) -> bool:
        """Step over the next character if it is one of `marks`."""
        found = self.peek()
        if not found or found not in marks:
            return False
        self.at += 1
        return True

    def take_until(self, marks: str) -> str:
        """The text before the next of `marks`, or all that is left."""
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in marks:
            self.at += 1
        return self.text[start : self.at]

    def fault(self, message: str, *, at: int | None = None) -> QuerySyntaxError:
        """The error to raise about the present place, or the one at index `at`."""
        return QuerySyntaxError(message, column=(self.at if at is None else at) + 1)


Leaf: TypeAlias = Callable[[Scanner], Node]


def parse_boolean(text: str, leaf: Leaf, *, or_marks: str = "|") -> Node:
    """Read a whole text; `leaf` reads one statement and leaves the scanner behind it.

    Raises:
        QuerySyntaxError: of the grammar here, or whatever `leaf` raises.
    """
    scanner = Scanner(text)
    node = _alternatives(scanner, leaf, or_marks)
    if not scanner.rest_is_empty:
        raise scanner.fault(f"Unexpected '{scanner.peek()}'")
    return node


def _alternatives(scanner: Scanner, leaf: Leaf, or_marks: str) -> Node:
    nodes = [_conjunction(scanner, leaf, or_marks)]
    while scanner.take(or_marks):
        nodes.append(_conjunction(scanner, leaf, or_marks))
    return any_of(*nodes)


def _conjunction(scanner: Scanner, leaf: Leaf, or_marks: str) -> Node:
    nodes = [_factor(scanner, leaf, or_marks)]
    while scanner.take(";"):
        nodes.append(_factor(scanner, leaf, or_marks))
    return all_of(*nodes)


def _factor(scanner: Scanner, leaf: Leaf, or_marks: str) -> Node:
    if not scanner.take("("):
        scanner.leaves += 1
        if scanner.leaves > _MOST_LEAVES:
            raise scanner.fault(f"There are more than {_MOST_LEAVES} statements")
        return leaf(scanner)
    scanner.depth += 1
    if scanner.depth > _DEEPEST:
        raise scanner.fault(f"Parentheses nest deeper than {_DEEPEST}", at=scanner.at - 1)
    node = _alternatives(scanner, leaf, or_marks)
    if not scanner.take(")"):
        raise scanner.fault("A parenthesis is not closed")
    scanner.depth -= 1
    return node

"""What an expression gives in a context: the one place where the tree gets its meaning."""

import math
from typing import Any, Final, Protocol, assert_never

from broker.jexl.ast import (
    ArrayOf,
    Binary,
    Both,
    Conditional,
    Either,
    Expression,
    Filter,
    Identifier,
    Index,
    Literal,
    Member,
    ObjectOf,
    Transform,
)
from broker.jexl.budget import Budget
from broker.jexl.errors import EvaluationError, JexlError
from broker.jexl.operators import apply
from broker.jexl.parser import read
from broker.jexl.transforms.call import Call
from broker.jexl.transforms.table import TRANSFORMATIONS
from broker.jexl.values import is_number, is_true, with_numbers
from kernel.times import Instant

_DECIMALS: Final = 9
_INTEGERS_END: Final = 2**63


class Context(Protocol):
    """The values that an expression may name, as JSON."""

    def __getitem__(self, name: str, /) -> Any:
        """The value of a name.

        Raises:
            KeyError: the name is not defined.
        """


def result(text: str, context: Context, budget: Budget, now: Instant) -> Any:
    """The value of the expression that a text is; null where it has none.

    That is Orion's failsafe (manual, "Failsafe cases"): for what is no expression, names what is
    not defined, or asks for what no operator or transformation gives. Numbers that were calculated
    have nine decimals, as Orion renders them; what only stands in the context stays as it is.
    """
    try:
        expression = read(text)
        value = evaluate(expression, context, budget, now)
        budget.spend_on(value)
    except JexlError:
        return None
    return value if _is_basic(expression) else with_numbers(value, _rendered)


def evaluate(expression: Expression, context: Context, budget: Budget, now: Instant) -> Any:
    """The exact value of an expression.

    Raises:
        EvaluationError: it has none.
    """
    return _Evaluation(context, budget, now).value(expression)


def _is_basic(expression: Expression) -> bool:
    """Whether it only names a part of the context (the manual's "basic replacement")."""
    while isinstance(expression, Member):
        expression = expression.subject
    return isinstance(expression, Identifier)


def _rendered(number: float) -> float:
    rounded = float(f"{number:.{_DECIMALS}f}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < _INTEGERS_END else rounded


class _Evaluation:
    __slots__ = ("_budget", "_context", "_now")

    def __init__(self, context: Context, budget: Budget, now: Instant) -> None:
        self._context = context
        self._budget = budget
        self._now = now

    def value(self, node: Expression) -> Any:
        self._budget.spend_items(1)
        match node:
            case Literal():
                return node.value
            case Identifier():
                return self._named(node.name)
            case Member() | Index() | Filter():
                return self._part(node)
            case Binary():
                left, right = self.value(node.left), self.value(node.right)
                return apply(node.operator, left, right, self._budget)
            case Both() | Either() | Conditional():
                return self._chosen(node)
            case Transform():
                return self._transformed(node)
            case ArrayOf():
                return [self.value(item) for item in node.items]
            case ObjectOf():
                return {name: self.value(item) for name, item in node.members}
            case _:
                assert_never(node)

    def _named(self, name: str) -> Any:
        try:
            return self._context[name]
        except KeyError:
            raise EvaluationError("The expression names what is not defined") from None

    def _part(self, node: Member | Index | Filter) -> Any:
        subject = self.value(node.subject)
        match node:
            case Member():
                return _member(subject, node.name)
            case Index():
                return _element(subject, self.value(node.index))
            case Filter():
                return self._filtered(subject, node)
            case _:
                assert_never(node)

    def _chosen(self, node: Both | Either | Conditional) -> Any:
        """Only what is chosen is evaluated."""
        match node:
            case Both():
                left = self.value(node.left)
                return self.value(node.right) if is_true(left) else left
            case Either():
                left = self._or_null(node.left)
                return left if is_true(left) else self.value(node.right)
            case Conditional():
                is_met = is_true(self._or_null(node.condition))
                return self.value(node.chosen if is_met else node.otherwise)
            case _:
                assert_never(node)

    def _or_null(self, node: Expression) -> Any:
        """Its value; null if it has none."""
        try:
            return self.value(node)
        except EvaluationError:
            return None

    def _filtered(self, subject: Any, node: Filter) -> list[Any]:
        """Elements without the member, or with one that does not compare, are left out."""
        if not isinstance(subject, list):
            raise EvaluationError("Only arrays can be filtered")
        operand = self.value(node.operand)
        self._budget.spend_items(len(subject))
        return [one for one in subject if self._matches(node, _member(one, node.name), operand)]

    def _matches(self, node: Filter, member: Any, operand: Any) -> bool:
        try:
            return is_true(apply(node.operator, member, operand, self._budget))
        except EvaluationError:
            return False

    def _transformed(self, node: Transform) -> Any:
        values = (self.value(node.subject), *(self.value(one) for one in node.arguments))
        transformation = TRANSFORMATIONS.get(node.name)
        if transformation is None:
            raise EvaluationError("The expression names an unknown transformation")
        return transformation(Call(values, self._budget, self._now))


def _member(subject: Any, name: str) -> Any:
    return subject.get(name) if isinstance(subject, dict) else None


def _element(subject: Any, index: Any) -> Any:
    """Positions count from 0; a fraction is cut off, and what is below 0 is the first."""
    if isinstance(index, str):
        return _member(subject, index)
    if not is_number(index):
        raise EvaluationError("An index is a number or a text")
    position = max(math.floor(index), 0)
    return subject[position] if isinstance(subject, list) and position < len(subject) else None

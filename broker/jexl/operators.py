"""What the operators that need both operands mean."""

import math
from collections.abc import Callable
from typing import Any, Final, assert_never

from broker.jexl.ast import Operator
from broker.jexl.budget import Budget
from broker.jexl.errors import EvaluationError
from broker.jexl.values import are_close, finite, float_of, is_number

_ARITHMETIC: Final[dict[Operator, Callable[[float, float], float]]] = {
    Operator.ADD: lambda a, b: a + b,
    Operator.SUBTRACT: lambda a, b: a - b,
    Operator.MULTIPLY: lambda a, b: a * b,
    Operator.DIVIDE: lambda a, b: a / b,
    Operator.FLOOR_DIVIDE: lambda a, b: float(math.floor(a / b)),
    Operator.MODULUS: math.fmod,  # has the sign of the dividend, as in JavaScript
    Operator.POWER: math.pow,
}


def apply(operator: Operator, left: Any, right: Any, budget: Budget) -> Any:
    """The value of `left operator right`.

    Numbers compare with numbers and texts with texts; equality alone is defined for all, and values
    of different kinds differ. Arithmetic without a result (`1/0`) is null.

    Raises:
        EvaluationError: the operator is not defined for these operands.
    """
    match operator:
        case Operator.EQUAL:
            return equal(left, right, budget)
        case Operator.NOT_EQUAL:
            return not equal(left, right, budget)
        case Operator.IN:
            return _contains(right, left, budget)
        case Operator.LESS | Operator.GREATER | Operator.LESS_EQUAL | Operator.GREATER_EQUAL:
            return _compare(operator, left, right, budget)
        case (
            Operator.ADD
            | Operator.SUBTRACT
            | Operator.MULTIPLY
            | Operator.DIVIDE
            | Operator.FLOOR_DIVIDE
            | Operator.MODULUS
            | Operator.POWER
        ):
            return _calculate(operator, left, right, budget)
        case _:
            assert_never(operator)


def equal(left: Any, right: Any, budget: Budget) -> bool:
    """Whether two values are the same; numbers that hardly differ are."""
    budget.spend_on(left)
    return _same(left, right)


def _same(left: Any, right: Any) -> bool:
    if is_number(left) and is_number(right):
        return are_close(left, right)
    if type(left) is not type(right):
        return False
    match left:
        case list():
            return len(left) == len(right) and all(map(_same, left, right))
        case dict():
            return left.keys() == right.keys() and all(
                _same(one, right[name]) for name, one in left.items()
            )
        case _:
            return bool(left == right)


def _contains(container: Any, value: Any, budget: Budget) -> bool:
    match container:
        case list():
            budget.spend_items(len(container))
            return any(equal(value, one, budget) for one in container)
        case str() if isinstance(value, str):
            budget.spend(len(container))
            return value in container
        case dict() if isinstance(value, str):
            return value in container
        case int() | float() if is_number(container) and is_number(value):
            return False
        case _:
            raise EvaluationError("Operator in is not defined for these operands")


def _compare(operator: Operator, left: Any, right: Any, budget: Budget) -> bool:
    if is_number(left) and is_number(right):
        left, right = float_of(left), float_of(right)
    elif isinstance(left, str) and isinstance(right, str):
        budget.spend(min(len(left), len(right)))
    else:
        raise EvaluationError(f"Operator {operator.value} is not defined for these operands")
    match operator:
        case Operator.LESS:
            return bool(left < right)
        case Operator.GREATER:
            return bool(left > right)
        case Operator.LESS_EQUAL:
            return bool(left <= right)
        case _:
            return bool(left >= right)


def _calculate(operator: Operator, left: Any, right: Any, budget: Budget) -> Any:
    if operator is Operator.ADD and isinstance(left, str) and isinstance(right, str):
        budget.spend(len(left) + len(right))
        return left + right
    if not is_number(left) or not is_number(right):
        raise EvaluationError(f"Operator {operator.value} is not defined for these operands")
    left, right = float_of(left), float_of(right)
    try:
        return finite(_ARITHMETIC[operator](left, right))
    except (ArithmeticError, ValueError):  # what IEEE 754 calls infinite, or not a number
        return None

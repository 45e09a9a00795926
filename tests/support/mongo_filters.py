"""What MongoDB means by the operators that `storage/mongodb/filters.py` uses, in memory.

Written from MongoDB's manual, "Query and Projection Operators": a condition on a member that is an
array holds if it holds for an element; every operator of `$elemMatch` must hold for the same one;
comparisons hold between values of one kind only.
"""

from collections.abc import Callable, Mapping
from typing import Any

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda value, bound: value > bound,
    "$gte": lambda value, bound: value >= bound,
    "$lt": lambda value, bound: value < bound,
    "$lte": lambda value, bound: value <= bound,
}


def finds(where: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Whether the filter finds the document."""
    return all(_holds(name, condition, document) for name, condition in where.items())


def _holds(name: str, condition: Any, document: Mapping[str, Any]) -> bool:
    match name:
        case "$and":
            return all(finds(inner, document) for inner in condition)
        case "$or":
            return any(finds(inner, document) for inner in condition)
        case "$nor":
            return not any(finds(inner, document) for inner in condition)
        case _:
            return _member(document.get(name), condition)


def _member(value: Any, condition: Any) -> bool:
    candidates = [value, *value] if isinstance(value, list) else [value]
    if not isinstance(condition, dict):
        return condition in candidates
    return all(_operator(name, bound, value, candidates) for name, bound in condition.items())


def _operator(name: str, bound: Any, value: Any, candidates: list[Any]) -> bool:
    match name:
        case "$in":
            return any(candidate in bound for candidate in candidates)
        case "$elemMatch":
            elements = value if isinstance(value, list) else []
            return any(_member(element, bound) for element in elements)
        case _:
            compare = _COMPARISONS[name]
            return any(type(one) is type(bound) and compare(one, bound) for one in candidates)

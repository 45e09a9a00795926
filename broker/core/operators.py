"""Update operators: a value that is computed from the one before it.

NGSI-v2 "Update operators for attribute values". They mean what they mean to MongoDB, which Orion
hands them to, and are computed here inside the transaction, so that no update is lost. On an
attribute without a value each begins with what leaves its operand: 0, an empty array, an empty
object.
"""

import math
from collections.abc import Mapping
from typing import Any, Final, Literal, assert_never, cast, get_args

import msgspec

from kernel.errors import BadRequestError, UnprocessableError

Operator = Literal[
    "$inc", "$mul", "$min", "$max", "$push", "$addToSet", "$pull", "$pullAll", "$set", "$unset"
]
OPERATORS: Final[frozenset[str]] = frozenset(get_args(Operator))
_EDITS: Final = frozenset({"$set", "$unset"})
_TAKING: Final = frozenset({"$pull", "$pullAll", "$unset"})
_COUNTING: Final = frozenset({"$inc", "$mul", "$min", "$max"})
_MODIFIERS: Final = frozenset({"$each", "$position"})
_SMALLEST: Final = -(2**63)
_BIGGEST: Final = 2**64 - 1


class Operation(msgspec.Struct, frozen=True, gc=False):
    """What stands for a value in a write until the value before it is known.

    Attributes:
        steps: operators and their operands, in the order in which they are applied.
        start: what a new entity's attribute begins with, where its type says that (`DateTime`).
    """

    steps: tuple[tuple[Operator, Any], ...]
    start: Any = None

    def on(self, value: Any) -> Any:
        """The new value.

        Raises:
            UnprocessableError: the value or an operand is not of the kind that the operator needs.
        """
        for operator, operand in self.steps:
            value = _applied(operator, value, operand)
        return value

    def begun(self) -> Any:
        """The value in an entity that is made or replaced; UNSET where no attribute comes of it.

        NGSI-v2 "Usage in create or replace entity operations": numbers begin with 0.

        Raises:
            UnprocessableError: an operand is not of the kind that the operator needs.
        """
        if all(operator in _TAKING for operator, _ in self.steps):
            return msgspec.UNSET
        operator, operand = self.steps[0]
        counts = operator in _COUNTING and type(operand) in (int, float)
        return self.on(0 if self.start is None and counts else self.start)


def operation_of(value: Mapping[str, Any]) -> Operation | None:
    """The operation that an object writes: its first key, or all of `$set` and `$unset` in it.

    Raises:
        BadRequestError: `$set` and `$unset` name the same key.
    """
    first = next(iter(value), "")
    if first in OPERATORS - _EDITS:
        return Operation(((cast("Operator", first), value[first]),))
    edits = tuple((cast("Operator", key), value[key]) for key in value if key in _EDITS)
    if len(edits) > 1:
        _check_apart(value["$set"], value["$unset"])
    return Operation(edits) if edits else None


def _check_apart(added: Any, removed: Any) -> None:
    """No key is set and taken away at once (NGSI-v2 "Combining `$set` and `$unset`")."""
    both = isinstance(added, Mapping) and isinstance(removed, Mapping)
    if both and not added.keys().isdisjoint(removed):
        raise BadRequestError("$set and $unset name the same key")


def _applied(operator: Operator, value: Any, operand: Any) -> Any:  # noqa: PLR0911 — one per operator
    match operator:
        case "$inc":
            return _finite(_number(value) + _number(operand))
        case "$mul":
            return _finite(_number(value) * _number(operand))
        case "$min":
            return operand if value is None or _rank(operand) < _rank(value) else value
        case "$max":
            return operand if value is None or _rank(operand) > _rank(value) else value
        case "$push":
            return _pushed(_array(value), operand)
        case "$addToSet":
            return _added(_array(value), operand)
        case "$pull":
            return [item for item in _array(value) if not _same(item, operand)]
        case "$pullAll":
            gone = _array(operand)
            return [item for item in _array(value) if not _holds(gone, item)]
        case "$set":
            return {**_object(value), **operand} if isinstance(operand, Mapping) else operand
        case "$unset":
            return _without(value, operand)
        case _:
            assert_never(operator)


def _pushed(items: list[Any], operand: Any) -> list[Any]:
    """With one item more at the end, or with all of `$each`, at `$position`."""
    if not isinstance(operand, Mapping) or "$each" not in operand:
        return [*items, operand]
    if not operand.keys() <= _MODIFIERS:
        raise UnprocessableError("$push knows the modifiers $each and $position")
    position = operand.get("$position", len(items))
    if type(position) is not int:
        raise UnprocessableError("$position needs a whole number")
    return [*items[:position], *_array(operand["$each"]), *items[position:]]


def _added(items: list[Any], operand: Any) -> list[Any]:
    """With the item, or with each of `$each`, if it is not there yet."""
    several = isinstance(operand, Mapping) and "$each" in operand
    result = list(items)
    for item in _array(operand["$each"]) if several else [operand]:
        if not _holds(result, item):
            result.append(item)
    return result


def _without(value: Any, operand: Any) -> Any:
    """An object without the keys of another; whatever is no object stays."""
    if not (isinstance(value, Mapping) and isinstance(operand, Mapping)):
        return value
    return {key: item for key, item in value.items() if key not in operand}


def _number(value: Any) -> int | float:
    if value is None:
        return 0
    if type(value) in (int, float):
        return cast("int | float", value)
    raise UnprocessableError("$inc and $mul need numbers")


def _finite(number: float) -> int | float:
    """JSON has no infinity; an integer is one as long as it fits 64 bits, as it does when read."""
    if isinstance(number, int) and not _SMALLEST <= number <= _BIGGEST:
        number = float(number)
    if not math.isfinite(number):
        raise UnprocessableError("The number is too large")
    return number


def _array(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise UnprocessableError("$push, $addToSet, $pull and $pullAll need an array")


def _object(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise UnprocessableError("$set with an object needs an object")


def _holds(items: list[Any], wanted: Any) -> bool:
    return any(_same(item, wanted) for item in items)


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; Python's `1 == True` is no equality of JSON."""
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


def _rank(value: Any) -> tuple[int, Any]:
    """Among values of several kinds MongoDB orders numbers, texts, all others, truth values."""
    match value:
        case bool():
            return (3, value)
        case int() | float():
            return (0, value)
        case str():
            return (1, value)
        case _:
            return (2, 0)

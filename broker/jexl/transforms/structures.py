"""Transformations of arrays and objects, from one kind of value to another, and by tables."""

from typing import Any, Final

import orjson

from broker.jexl.transforms.call import Call
from broker.jexl.values import are_close, finite, float_of, is_number, whole, with_numbers
from kernel.errors import CallerError
from kernel.json import JsonLimits, parse

_LIMITS: Final = JsonLimits()
_TYPES: Final = {
    type(None): "Null",
    bool: "Boolean",
    int: "Number",
    float: "Number",
    str: "String",
    list: "Array",
    dict: "Object",
}


def type_of(call: Call) -> Any:
    """The name of the kind of value that the subject is."""
    return _TYPES.get(type(call.subject))


def to_string(call: Call) -> Any:
    """A text as it is, everything else as compact JSON."""
    value = call.subject
    if isinstance(value, str):
        return value
    call.budget.spend_on(value)
    text = orjson.dumps(with_numbers(value, whole)).decode()
    call.budget.spend(len(text))
    return text


def to_json(call: Call) -> Any:
    """The value that a text says in JSON; null if it says none."""
    if not isinstance(call.subject, str):
        return None
    call.budget.spend(len(call.subject))
    try:
        return parse(call.subject.encode(), _LIMITS)
    except (CallerError, UnicodeEncodeError):
        return None


def values(call: Call) -> Any:
    """The values of an object."""
    if not isinstance(call.subject, dict):
        return None
    call.budget.spend_items(len(call.subject))
    return list(call.subject.values())


def keys(call: Call) -> Any:
    """The keys of an object."""
    if not isinstance(call.subject, dict):
        return None
    call.budget.spend_items(len(call.subject))
    return list(call.subject)


def array_sum(call: Call) -> Any:
    """The sum of an array of numbers."""
    numbers = _numbers(call, call.subject)
    return None if numbers is None else finite(sum(numbers))


def array_average(call: Call) -> Any:
    """The mean of an array of numbers; an empty one has none."""
    numbers = _numbers(call, call.subject)
    return finite(sum(numbers) / len(numbers)) if numbers else None


def mapper(call: Call) -> Any:
    """`c|mapper(values, choices)`: the choice at the place where a text stands among the values."""
    match call.values:
        case [str(sought), list(known), list(choices), *_] if len(known) == len(choices):
            call.budget.spend_items(len(known))
            return choices[known.index(sought)] if sought in known else None
        case _:
            return None


def number_mapper(call: Call) -> Any:
    """`c|nMapper(values, choices)`: the same for a number."""
    match call.values:
        case [sought, list(known), list(choices), *_] if len(known) == len(choices):
            numbers = _numbers(call, known)
            if numbers is None or not is_number(sought):
                return None
            places = (place for place, one in enumerate(numbers) if are_close(one, sought))
            place = next(places, None)
            return None if place is None else choices[place]
        case _:
            return None


def threshold_mapper(call: Call) -> Any:
    """`c|thMapper(thresholds, choices)`: the choice behind the last threshold that is reached."""
    match call.values:
        case [number, list(known), list(choices), *_] if len(known) + 1 == len(choices):
            thresholds = _numbers(call, known)
            if thresholds is None or not is_number(number):
                return None
            return choices[sum(float_of(number) >= one for one in thresholds)]
        case _:
            return None


def _numbers(call: Call, array: Any) -> list[float] | None:
    """The elements of an array of numbers; None if it is none."""
    if not isinstance(array, list):
        return None
    call.budget.spend_items(len(array))
    return [float_of(one) for one in array] if all(map(is_number, array)) else None

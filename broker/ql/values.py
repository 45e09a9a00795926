"""What a path reaches in an entity, and how what it reaches is compared.

A path is answered once by each instance of its attribute, and a condition holds if it holds for
any of these *answers*. An answer is the list of values that the rest of the path reaches in that
instance: none, one, or several where its keys pass through an array. Keys pass through an array
into the objects that are its direct elements (`[{"a": 1}, {"a": 2}]` under `a` gives 1 and 2); a
number is not an index. A language property answers with its texts in all languages (ETSI GS CIM 009
§4.9); the keys of its map are the languages.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from broker.model.attribute import Attribute, Kind
from broker.model.comparison import instant_of
from broker.model.entity import Entity
from broker.ql.ast import Facet, Field, Literal, Path
from kernel.times import Instant


class Moment(msgspec.Struct, frozen=True, gc=False):
    """A temporal value: the one thing that a value may be besides JSON."""

    instant: Instant


Value: TypeAlias = Any  # a JSON value or a Moment
Answer: TypeAlias = list[Value]
Reader: TypeAlias = Callable[[Entity], Iterable[Answer]]
ValueTest: TypeAlias = Callable[[Value], bool]


# What a path reaches -----------------------------------------------------------------------------


def reader(path: Path) -> Reader:
    """A function that gives the answers of an entity to the path; missing ones are left out."""
    attribute = path.attribute
    if isinstance(attribute, Field):
        return lambda entity: _of_entity(entity, attribute)
    if not path.metadata and not path.keys:
        return lambda entity: map(values_of, entity.attributes.get(attribute, ()))
    return lambda entity: _of_instances(entity.attributes.get(attribute, ()), path)


def _of_entity(entity: Entity, field: Field) -> list[Answer]:
    match field:
        case Field.CREATED_AT:
            return [[Moment(entity.created_at)]]
        case Field.MODIFIED_AT:
            return [[Moment(entity.modified_at)]]
        case Field.EXPIRES_AT:
            return [] if entity.expires_at is None else [[Moment(entity.expires_at)]]
        case Field.SERVICE_PATH:
            return [[entity.service_path]]


def _of_instances(instances: Iterable[Attribute], path: Path) -> Iterator[Answer]:
    for instance in instances:
        answer = _answer(instance, path)
        if answer:
            yield answer


def _answer(instance: Attribute, path: Path) -> Answer:
    reached = instance
    for name in path.metadata:
        if isinstance(name, Facet):
            return _of_facet(reached, name)
        found = reached.metadata.get(name)
        if found is None:
            return []
        reached = found
    return descend(reached.value, path.keys) if path.keys else values_of(reached)


def _of_facet(attribute: Attribute, facet: Facet) -> Answer:
    match facet:
        case Facet.CREATED_AT:
            return [Moment(attribute.created_at)]
        case Facet.MODIFIED_AT:
            return [Moment(attribute.modified_at)]
        case Facet.OBSERVED_AT:
            return [] if attribute.observed_at is None else [Moment(attribute.observed_at)]
        case Facet.UNIT_CODE:
            return [attribute.unit_code] if attribute.unit_code else []
        case Facet.DATASET_ID:
            return [attribute.dataset_id] if attribute.dataset_id else []


def values_of(attribute: Attribute) -> Answer:
    """What the attribute itself answers with, never empty; a `Moment` if it is temporal."""
    instant = instant_of(attribute)
    if instant is not None:
        return [Moment(instant)]
    value = attribute.value
    if attribute.kind is Kind.LANGUAGE and isinstance(value, Mapping) and value:
        return [text for texts in value.values() for text in _each(texts)] or [value]
    return [value]


def _each(texts: Any) -> Iterable[Any]:
    return texts if isinstance(texts, list | tuple) else (texts,)


def descend(value: Any, keys: Iterable[str]) -> Answer:
    """What the keys lead to inside a JSON value."""
    values = [value]
    for key in keys:
        values = [inner[key] for inner in _objects(values) if key in inner]
    return values


def _objects(values: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    for value in values:
        if isinstance(value, Mapping):
            yield value
        elif isinstance(value, list | tuple):
            yield from (element for element in value if isinstance(element, Mapping))


# How values compare ------------------------------------------------------------------------------


def equality(literal: Literal) -> ValueTest:
    """Whether a value is the literal, or an array with an element that is (one level deep).

    Numbers are compared exactly, integers and fractions alike; `true` is not 1; a temporal value
    equals a literal that reads as the same instant and nothing else; an object equals no literal.
    """
    same = _sameness(literal)
    instant = literal.instant

    def equal(value: Value) -> bool:
        if isinstance(value, Moment):
            return value.instant == instant
        if isinstance(value, list | tuple):
            return any(same(element) for element in value)
        return same(value)

    return equal


def _sameness(literal: Literal) -> ValueTest:
    wanted = literal.value
    match wanted:
        case None | bool():
            return lambda value: value is wanted
        case int() | float():
            return lambda value: _is_number(value) and bool(value == wanted)
        case str():
            return lambda value: isinstance(value, str) and value == wanted


def membership(literals: Iterable[Literal]) -> ValueTest:
    """Whether a value equals one of the literals, however many they are in the same time."""
    known = list(literals)
    instants = {literal.instant for literal in known}
    texts = {literal.value for literal in known if isinstance(literal.value, str)}
    numbers = {literal.value for literal in known if _is_number(literal.value)}
    words = [value for value in (True, False, None) if any(one.value is value for one in known)]

    def same(value: Value) -> bool:
        match value:
            case None | bool():
                return value in words
            case str():
                return value in texts
            case int() | float():
                return value in numbers
            case _:
                return False

    def among(value: Value) -> bool:
        if isinstance(value, Moment):
            return value.instant in instants
        if isinstance(value, list | tuple):
            return any(map(same, value))
        return same(value)

    return among


def order(literal: Literal, holds: Callable[[Any, Any], bool]) -> ValueTest:
    """Whether `holds(value, literal)` for values of the literal's kind; false for all others.

    Ordered are numbers (exactly), texts (by code point) and instants. Arrays, objects, truth values
    and null are not.
    """
    wanted, instant = literal.value, literal.instant

    def ordered(value: Value) -> bool:
        match value:
            case Moment():
                return instant is not None and holds(value.instant, instant)
            case str():
                return isinstance(wanted, str) and holds(value, wanted)
            case _:
                return _is_number(value) and _is_number(wanted) and holds(value, wanted)

    return ordered


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""How a query is split among providers, and how their answers become one.

As Orion does it: what is found here is not asked for, an attribute of one entity is asked of the
first provider that has it (who names the attribute comes first), and each selection of entities is
a request of its own. Of a pattern every provider may know other entities: all of them are asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from broker.federation.asks import Gathered, QueryAsk
from broker.federation.matching import common
from broker.federation.model import Registration, Selector
from broker.model.attribute import AttributeName
from broker.model.entity import Entity

Shows = Callable[[AttributeName], bool]


class Asked(msgspec.Struct, frozen=True):
    """What a query wants, beside its condition.

    Attributes:
        selectors: the entities that it names; any of them. Empty: all.
        attributes: the attributes to show; empty: all.
    """

    selectors: tuple[Selector, ...] = ()
    attributes: tuple[AttributeName, ...] = ()


WhatIsAsked: TypeAlias = Callable[[], Asked | None]
"""Tells what a query wants, None if nobody is to be asked; called where somebody could be."""


def query_asks(
    registrations: Sequence[Registration],
    asked: Asked,
    found: Sequence[Entity],
    shows: Shows,
) -> list[QueryAsk]:
    """What to ask of whom: first who names attributes, then who provides all.

    Args:
        registrations: those that take queries.
        asked: what is wanted.
        found: what was found here.
        shows: whether the caller may see attributes of a name; others are not asked for.
    """
    wanted: dict[tuple[str, Selector], QueryAsk] = {}
    taken: dict[Selector, set[AttributeName]] = {}
    in_turn = sorted(registrations, key=lambda one: not one.attributes)
    for registration, selector, names_type in _overlaps(in_turn, asked.selectors or (Selector(),)):
        names = _names(registration, asked.attributes, shows)
        if names and selector.id:
            known = taken.setdefault(selector, _known(found, selector))
            names = tuple(name for name in names if name not in known)
            known.update(names)
        if not names and (registration.attributes or asked.attributes):
            continue
        key = (registration.url, selector)
        ask = QueryAsk(
            registration.id,
            registration.url,
            selector,
            names,
            names_type,
            registration.is_legacy,
        )
        wanted[key] = _both(wanted[key], ask) if key in wanted else ask
    return list(wanted.values())


def _overlaps(
    registrations: Iterable[Registration], selectors: Sequence[Selector]
) -> Iterator[tuple[Registration, Selector, bool]]:
    """What each has in common with what is asked for, and whether it names the type of that."""
    by_id: dict[str, list[Selector]] = {}
    for selector in selectors:
        by_id.setdefault(selector.id, []).append(selector)
    for registration in registrations:
        found: dict[Selector, bool] = {}
        for provided in registration.entities:
            # Of many ids that are asked for, a registered one concerns itself alone.
            named = (*by_id.get(provided.id, ()), *by_id.get("", ())) if provided.id else selectors
            for selector in named:
                both = common(provided, selector)
                if both is not None:
                    found[both] = found.get(both, False) or bool(provided.type)
        for both, names_type in found.items():
            yield registration, both, names_type


def _names(
    registration: Registration, attributes: tuple[AttributeName, ...], shows: Shows
) -> tuple[AttributeName, ...]:
    """The attributes to ask the provider for; empty if all, or if it has none of those wanted."""
    if not attributes:
        names = registration.attributes
    elif not registration.attributes:
        names = attributes
    else:
        names = tuple(name for name in attributes if name in registration.attributes)
    return tuple(name for name in names if shows(name))


def _known(found: Sequence[Entity], selector: Selector) -> set[AttributeName]:
    """Attributes of an entity that are here, and so need not be asked for."""
    return {
        name
        for entity in found
        if entity.id == selector.id and (not selector.type or selector.type in entity.types)
        for name in entity.attributes
    }


def _both(one: QueryAsk, other: QueryAsk) -> QueryAsk:
    """Two registrations of a provider about the same entities are one request."""
    names_type = one.names_type or other.names_type
    if not one.attributes or not other.attributes:
        return msgspec.structs.replace(one, attributes=(), names_type=names_type)
    names = tuple(dict.fromkeys((*one.attributes, *other.attributes)))
    return msgspec.structs.replace(one, attributes=names, names_type=names_type)


def shown_of(found: Sequence[Entity], asked: Asked) -> int:
    """How many of the entities here show something by themselves.

    Others are not counted when providers are asked for the rest of a page.
    """
    if not asked.attributes:
        return sum(1 for one in found if one.attributes)
    return sum(1 for one in found if not one.attributes.keys().isdisjoint(asked.attributes))


def merged(found: Sequence[Entity], answers: Iterable[Sequence[Entity]]) -> list[Entity]:
    """What was found here, completed by what others know; then the entities that only they know.

    An attribute that is there stays as it is: the first who knows it counts.
    """
    entities: dict[tuple[str, str], Entity] = {(one.id, one.types[0]): one for one in found}
    if len(entities) != len(found):  # the same id and type at several service paths
        return [*found, *_united(answers, known=entities)]
    for answer in answers:
        for entity in answer:
            key = (entity.id, entity.types[0])
            entities[key] = _completed(entities[key], entity) if key in entities else entity
    return list(entities.values())


def _united(
    answers: Iterable[Sequence[Entity]], *, known: Mapping[tuple[str, str], Entity]
) -> list[Entity]:
    others: dict[tuple[str, str], Entity] = {}
    for answer in answers:
        for entity in answer:
            key = (entity.id, entity.types[0])
            if key not in known:
                others[key] = _completed(others[key], entity) if key in others else entity
    return list(others.values())


def _completed(entity: Entity, other: Entity) -> Entity:
    attributes = {**other.attributes, **entity.attributes}
    if len(attributes) == len(entity.attributes):
        return entity
    known = entity.attributes if isinstance(entity, Gathered) else sorted(entity.attributes)
    ordered = {name: attributes[name] for name in (*known, *other.attributes)}
    return Gathered(**{**msgspec.structs.asdict(entity), "attributes": ordered})

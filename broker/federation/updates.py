"""How what could not be updated here is split among providers.

Orion forwards updates and replacements of what it does not know itself, as updates, one request to
each provider. What is appended or deleted is always local.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from broker.federation.asks import EntityPart, UpdateAsk
from broker.federation.matching import provides
from broker.federation.model import Registration, Selector
from broker.model.attribute import Attribute, AttributeName


class Missing(msgspec.Struct, frozen=True):
    """What one write of a request did not find here: some of its attributes, or all of them."""

    id: str
    type: str
    attributes: Mapping[AttributeName, tuple[Attribute, ...]]


def update_asks(
    registrations: Sequence[Registration],
    missing: Mapping[int, Missing],
    may_write: Callable[[str], bool],
) -> list[UpdateAsk]:
    """What to ask of whom, in order of first need.

    Args:
        registrations: those that take updates.
        missing: by position of the write in the request.
        may_write: whether the caller may write entities of a type, wherever they are. The type is
            empty where nobody names it.
    """
    asks: dict[str, UpdateAsk] = {}
    for position, one in missing.items():
        for name, instances in one.attributes.items():
            found = _provider_of(registrations, one, name)
            if found is None:
                continue
            registration, entity_type = found
            if not may_write(entity_type):
                continue
            part = EntityPart(one.id, entity_type, {name: instances})
            asks[registration.url] = _with_part(
                asks.get(registration.url) or UpdateAsk(registration.id, registration.url, {}),
                position,
                part,
            )
    return list(asks.values())


def _provider_of(
    registrations: Iterable[Registration], one: Missing, name: AttributeName
) -> tuple[Registration, str] | None:
    """Who has the attribute, and under which type of the entity: who names it comes first."""
    asked = Selector(id=one.id, type=one.type)
    general: tuple[Registration, str] | None = None
    for registration in registrations:
        if registration.attributes and name not in registration.attributes:
            continue
        both = provides(registration, asked)
        if both is None:
            continue
        if registration.attributes:
            return registration, both.type
        general = general or (registration, both.type)
    return general


def _with_part(ask: UpdateAsk, position: int, part: EntityPart) -> UpdateAsk:
    known = ask.parts.get(position)
    if known is not None:
        part = msgspec.structs.replace(part, attributes={**known.attributes, **part.attributes})
    return msgspec.structs.replace(ask, parts={**ask.parts, position: part})

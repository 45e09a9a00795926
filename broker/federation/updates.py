"""How what could not be updated here is split among providers.

Orion forwards updates and replacements of what it does not know itself, as updates, one request to
each provider. What is appended or deleted is always local.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from broker.federation.asks import EntityPart, UpdateAsk
from broker.federation.matching import takes_updates_of
from broker.federation.model import Registration
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
            empty where the request does not name it.
    """
    asks: dict[str, UpdateAsk] = {}
    for position, one in missing.items():
        if not may_write(one.type):
            continue
        for name, instances in one.attributes.items():
            registration = _provider_of(registrations, one, name)
            if registration is None:
                continue
            part = EntityPart(one.id, one.type, {name: instances})
            ask = asks.get(registration.url) or _nothing_of(registration)
            asks[registration.url] = _with_part(ask, position, part)
    return list(asks.values())


def _provider_of(
    registrations: Iterable[Registration], one: Missing, name: AttributeName
) -> Registration | None:
    """Who has the attribute: who names it comes first."""
    general: Registration | None = None
    for registration in registrations:
        if registration.attributes and name not in registration.attributes:
            continue
        if not takes_updates_of(registration, one.id, one.type):
            continue
        if registration.attributes:
            return registration
        general = general or registration
    return general


def _nothing_of(registration: Registration) -> UpdateAsk:
    return UpdateAsk(registration.id, registration.url, {}, registration.is_legacy)


def _with_part(ask: UpdateAsk, position: int, part: EntityPart) -> UpdateAsk:
    known = ask.parts.get(position)
    if known is not None:
        part = msgspec.structs.replace(part, attributes={**known.attributes, **part.attributes})
    return msgspec.structs.replace(ask, parts={**ask.parts, position: part})

"""What is asked of a provider, and what it answers, in words of no protocol."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from broker.federation.model import Selector
from broker.model.attribute import Attribute, AttributeName
from broker.model.entity import Entity


class Origin(msgspec.Struct, frozen=True):
    """The circumstances of the request that is forwarded.

    Attributes:
        tenant: empty for the default one.
        service_path: as the request sent it; empty if it did not.
        correlator: of the request, with what marks this forwarding behind it.
    """

    tenant: str
    service_path: str
    correlator: str


class QueryAsk(msgspec.Struct, frozen=True):
    """A part of a query that a provider is to answer.

    Attributes:
        registration: the id of the registration that names the provider.
        url: of the provider.
        selector: which entities.
        attributes: which of their attributes, in order; empty: all.
        names_type: the registration itself names the type, not only whoever asks.
        is_legacy: the provider speaks NGSIv1.
    """

    registration: str
    url: str
    selector: Selector
    attributes: tuple[AttributeName, ...] = ()
    names_type: bool = False
    is_legacy: bool = False


class EntityPart(msgspec.Struct, frozen=True):
    """An entity's part of an update. An empty type: the one that the provider knows."""

    id: str
    type: str
    attributes: Mapping[AttributeName, tuple[Attribute, ...]]


class UpdateAsk(msgspec.Struct, frozen=True):
    """A part of an update that a provider is to do.

    Attributes:
        registration, url, is_legacy: see `QueryAsk`.
        parts: by position of their write in the request.
    """

    registration: str
    url: str
    parts: Mapping[int, EntityPart]
    is_legacy: bool = False


class Gathered(Entity, frozen=True, omit_defaults=True, gc=False):
    """An entity of which providers told, as a whole or in part.

    Its attributes stand in the order in which they were told, those that are here before them by
    name: so Orion shows them.
    """


class QueryAnswer(msgspec.Struct, frozen=True):
    """Entities that a provider knows, and how many there are in all if it says so."""

    entities: tuple[Entity, ...] = ()
    total: int = 0


class UpdateAnswer(StrEnum):
    """What a provider made of an update."""

    DONE = "done"
    NOT_FOUND = "not found"  # all or some of it

"""The API-neutral entity: what is stored, matched and rendered through either face."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from broker.model.attribute import Attribute, AttributeName
from kernel.times import Instant

DEFAULT_SERVICE_PATH = "/"


class EntityKey(NamedTuple):
    """What makes an entity one and the same within a tenant.

    NGSI-v2 tells entities apart by id, type and service path. NGSI-LD knows the id alone; there an
    entity with several types is stored under the first that it was given.
    """

    id: str
    type: str
    service_path: str = DEFAULT_SERVICE_PATH


class Entity(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An entity.

    Attributes:
        id: id or URI.
        types: one or more type names; the first belongs to the key.
        service_path: `/a/b` of the FIWARE service path that it lives in.
        scopes: NGSI-LD scopes (§4.18).
        attributes: instances by attribute name, in the order in which the names appeared. The
            instances of a name differ in `dataset_id`; NGSI-v2 sees the default instance only.
        created_at, modified_at: of the entity. The order of creation is the order of lists.
        expires_at: when a transient entity ends; None for ever.
    """

    id: str = msgspec.field(name="i")
    types: tuple[str, ...] = msgspec.field(name="t")
    service_path: str = msgspec.field(default=DEFAULT_SERVICE_PATH, name="p")
    scopes: tuple[str, ...] = msgspec.field(default=(), name="s")
    attributes: Mapping[AttributeName, tuple[Attribute, ...]] = msgspec.field(
        default_factory=dict, name="a"
    )
    created_at: Instant = msgspec.field(default=Instant(0), name="c")
    modified_at: Instant = msgspec.field(default=Instant(0), name="w")
    expires_at: Instant | None = msgspec.field(default=None, name="x")

    @property
    def key(self) -> EntityKey:
        """The key of the entity within its tenant."""
        # Every write makes several: straight to the tuple is thrice as fast as by the class.
        return tuple.__new__(EntityKey, (self.id, self.types[0], self.service_path))

    def attribute(self, name: AttributeName) -> Attribute | None:
        """The default instance of an attribute, or the only one; None if there is none."""
        instances = self.attributes.get(name)
        if not instances:
            return None
        if len(instances) == 1:
            return instances[0]
        return next((one for one in instances if not one.dataset_id), instances[0])

"""What a request wants done to one entity, and what became of it, in words of neither API."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

from broker.core.decision import Target
from broker.model.attribute import Attribute, AttributeName
from broker.model.entity import EntityKey
from kernel.times import Instant


class Action(StrEnum):
    """The verbs of both APIs."""

    CREATE = "create"  # the entity must not exist
    APPEND = "append"  # entity and attributes are created or overwritten
    APPEND_STRICT = "appendStrict"  # attributes that exist already stay, and are reported
    UPDATE = "update"  # the entity must exist; attributes that do not exist are reported
    REPLACE = "replace"  # the entity must exist; the attributes become exactly these
    DELETE = "delete"  # attributes by name or, if none is named, the entity


class Write(msgspec.Struct, frozen=True, gc=False):
    """One entity's part of a request.

    Attributes:
        action: what to do.
        id, type, service_path: which entity. An empty type means whichever exists; if several do,
            the write is refused. A new entity gets `default_type` then.
        attributes: instances by name. For DELETE the instances do not matter.
        more_types, scopes: NGSI-LD: types to add behind `type`, scopes to set (None: leave).
        keep_metadata: metadata that the request does not name stay (NGSI-v2's custom); else the
            metadata become exactly those of the request.
        keep_type: an existing attribute keeps its kind and v2 type (`PUT …/value`).
        fit: with `keep_type`: the new value as it is stored under the type that stays. It raises a
            `BadRequestError` for a value that does not suit; nothing is written then.
        all_instances: DELETE takes every instance of a name, not only the one of `dataset_id`.
        expires_at: a new end of the entity; None takes it away; UNSET leaves it.
        force: attributes count as changed even if nothing differs (`forcedUpdate`).
        skip_equal: do nothing if nothing would differ: a message that was delivered twice.
        may_create: whether APPEND may bring the entity into being (`POST …/attrs` may not).
        replace_entity: CREATE overwrites an existing entity as a whole (upsert with replace).
        one_location: refuse what would leave the entity without one location that is *the*
            location (NGSI-v2 "Geospatial properties of entities"; NGSI-LD has no such limit).
        locate: with `one_location`: what is wrong with a location, or nothing. An entity whose
            location it finds fault with is not written.
        default_type: see `type`.
        removed: attributes that APPEND takes away besides, if they are there (NGSI-LD Null).
    """

    action: Action
    id: str
    type: str = ""
    service_path: str = "/"
    attributes: Mapping[AttributeName, tuple[Attribute, ...]] = {}
    more_types: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    keep_metadata: bool = False
    keep_type: bool = False
    fit: Callable[[Any, Attribute], Any] | None = None
    all_instances: bool = True
    dataset_id: str = ""
    expires_at: Instant | msgspec.UnsetType | None = msgspec.UNSET
    force: bool = False
    skip_equal: bool = False
    may_create: bool = True
    replace_entity: bool = False
    one_location: bool = False
    locate: Callable[[Attribute], str] | None = None
    default_type: str = "Thing"
    removed: tuple[AttributeName, ...] = ()

    @property
    def target(self) -> Target:
        """What has to be loaded to decide this write."""
        return Target(self.id, self.type, self.service_path)


class Applied(msgspec.Struct, frozen=True, gc=False):
    """The write was done, possibly in part.

    Attributes:
        key: of the entity.
        created: the entity is new.
        existing: attributes that APPEND_STRICT left alone.
        missing: attributes that UPDATE or DELETE did not find.
    """

    key: EntityKey
    created: bool = False
    existing: tuple[AttributeName, ...] = ()
    missing: tuple[AttributeName, ...] = ()


class Refusal(StrEnum):
    """Why nothing of a write was done."""

    NOT_FOUND = "not found"
    TOO_MANY = "several entities match"
    ALREADY_EXISTS = "already exists"
    RIVAL_LOCATIONS = "several locations, none of them the default"
    MISPLACED = "a location that is none"
    FORBIDDEN = "outside of what the caller may write"


class Misplaced(msgspec.Struct, frozen=True, gc=False):
    """An attribute that is to be a location and is none.

    Attributes:
        fault: what is wrong with it.
        is_added: the entity was there, and had no attribute of that name.
        is_first: the entity was there, and had no location.
    """

    fault: str
    is_added: bool = False
    is_first: bool = False


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Nothing of the write was done. `misplaced` says more where that is why."""

    write: Write
    why: Refusal
    misplaced: Misplaced | None = None


Outcome: TypeAlias = Applied | Refused

"""The city's rules on entity types: which the intake alone writes, and which are shielded."""

from dataclasses import dataclass

from broker.model.entity import Entity
from broker.ql.ast import EVERYTHING, Node, Not, TypeIn, all_of
from kernel.permission import Permission, Principal, Scope


@dataclass(frozen=True, slots=True)
class TypeRules:
    """Which entity types are special.

    Attributes:
        guarded: written with the scope `ingest` only: no side door past the de-identification.
        flow: people-flow types, read with the scope `city:flow` only, until a release gate exists.
    """

    guarded: frozenset[str] = frozenset()
    flow: frozenset[str] = frozenset()

    def guarded_for(self, principal: Principal) -> frozenset[str]:
        """The types that this caller may not write."""
        return frozenset() if principal.has(Scope.INGEST) else self.guarded

    def permission_for(self, principal: Principal) -> Permission:
        """What this caller may see, with the shielded types taken away."""
        given = principal.permission
        if not self.flow or principal.has(Scope.CITY_FLOW):
            return given
        return Permission(given.types, given.attributes, given.hidden_types | self.flow)


NO_RULES = TypeRules()


def visible(permission: Permission) -> Node:
    """The condition that leaves only entities which the permission shows."""
    if permission.hides_nothing():
        return EVERYTHING
    nodes: list[Node] = []
    if permission.types is not None:
        nodes.append(TypeIn(permission.types))
    if permission.hidden_types:
        nodes.append(Not(TypeIn(permission.hidden_types)))
    return all_of(*nodes)


def narrowed(entity: Entity, permission: Permission) -> Entity:
    """The entity with those attributes only that the permission shows."""
    if permission.attributes is None:
        return entity
    shown = {
        name: instances
        for name, instances in entity.attributes.items()
        if name in permission.attributes
    }
    return Entity(
        entity.id,
        entity.types,
        entity.service_path,
        entity.scopes,
        shown,
        entity.created_at,
        entity.modified_at,
        entity.expires_at,
    )


def may_see(entity: Entity, permission: Permission) -> bool:
    """Whether the permission shows the entity at all: `visible`, for one that is at hand."""
    if not permission.hidden_types.isdisjoint(entity.types):
        return False
    return permission.types is None or not permission.types.isdisjoint(entity.types)

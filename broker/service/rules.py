"""The city's rules on entity types: which the intake alone writes, and which are shielded."""

from dataclasses import dataclass

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

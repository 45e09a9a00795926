"""The city's rules on entity types: which the intake alone writes, and which are shielded."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from broker.ports import EntityQuery
from broker.ql.ast import EVERYTHING, Node, Not, ServicePathIs, TypeIn, all_of, any_of
from broker.ql.narrowing import narrow, narrow_order
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
        return Permission(
            given.types, given.attributes, given.hidden_types | self.flow, given.service_paths
        )

    def writing_permission_for(self, principal: Principal) -> Permission:
        """What this caller may write: what it may see. The intake writes what it does not read."""
        if not self.flow or principal.has(Scope.INGEST):
            return principal.permission
        return self.permission_for(principal)


NO_RULES = TypeRules()


def visible(permission: Permission) -> Node:
    """The condition that leaves only entities which the permission shows."""
    nodes: list[Node] = []
    if permission.types is not None:
        nodes.append(TypeIn(permission.types))
    if permission.hidden_types:
        nodes.append(Not(TypeIn(permission.hidden_types)))
    if permission.service_paths is not None:
        nodes.append(_at_any(permission.service_paths))
    return all_of(*nodes) if nodes else EVERYTHING


def _at_any(paths: Iterable[str]) -> Node:
    """At one of these service paths; `/a/#` is `/a` and all below."""
    return any_of(
        *(
            ServicePathIs(path.removesuffix("/#") or "/", below=path.endswith("/#"))
            for path in sorted(paths)
        )
    )


def permitted(where: Node, permission: Permission) -> Node:
    """The condition under the permission: on what is shown, and asking of nothing else."""
    asked = where if permission.attributes is None else narrow(where, permission.attributes)
    return all_of(asked, visible(permission))


def permitted_query(query: EntityQuery, permission: Permission) -> EntityQuery:
    """The query under the permission; what it hides decides neither the page nor its order."""
    order = query.order
    if permission.attributes is not None:
        order = narrow_order(order, permission.attributes)
    return msgspec.structs.replace(query, where=permitted(query.where, permission), order=order)

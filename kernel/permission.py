"""Who asks, and what they may see and do: the neutral words that every room understands.

Rooms never ask *how* somebody proved who they are. `serving` admits a request and hands on a
`Principal`; the broker turns its `Permission` into a part of the query, so that lists, counts and
pages stay honest (they are filtered, not checked afterwards).
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Scope(StrEnum):
    """What a token or key lets its holder do."""

    NGSI_READ = "ngsi:read"
    NGSI_WRITE = "ngsi:write"
    CITY_FLOW = "city:flow"  # people-flow types, until the release gate exists
    INGEST = "ingest"  # writes guarded types: the intake itself, nobody else
    DEVICES = "devices"  # the device registry
    OPERATOR = "operator"  # metrics, dead letters, tokens
    BOARDS = "boards"  # the city's boards


@dataclass(frozen=True, slots=True)
class Permission:
    """The part of a tenant's data that somebody may see.

    `types` and `attributes` of None mean all; `hidden_types` are taken away in any case.
    """

    types: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    hidden_types: frozenset[str] = frozenset()

    def hides_nothing(self) -> bool:
        """Whether a query needs no further condition."""
        return self.types is None and self.attributes is None and not self.hidden_types


EVERYTHING = Permission()


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks. `name` is for logs: the label of a token, never a secret or a person."""

    name: str
    scopes: frozenset[Scope]
    permission: Permission = field(default=EVERYTHING)
    tenants: frozenset[str] | None = None  # None: every tenant

    def has(self, scope: Scope) -> bool:
        """Whether the holder may do what `scope` stands for."""
        return scope in self.scopes


ANYBODY = Principal(name="anybody", scopes=frozenset())
EVERY_SCOPE = frozenset(Scope)

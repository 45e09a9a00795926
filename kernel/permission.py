"""Who asks, and what they may see and do: the neutral words that every room understands.

Rooms never ask *how* somebody proved who they are. `serving` admits a request and hands on a
`Principal`; the broker turns its `Permission` into a part of the query, so that lists, counts and
pages stay honest (they are filtered, not checked afterwards).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_BELOW: Final = "/#"


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
    """The part of a tenant's data that somebody may see, and may write if they may write at all.

    `types`, `attributes` and `service_paths` of None mean all; `hidden_types` are taken away in any
    case. What is given in several ways must answer to each: a type *and* a path *and* an attribute.

    Attributes:
        types: an entity is shown if one of its types is among them.
        attributes: stored names; all other attributes are as if they did not exist.
        hidden_types: an entity is not shown if one of its types is among them.
        service_paths: `/a` is that path alone, `/a/#` also everything below.
    """

    types: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    hidden_types: frozenset[str] = frozenset()
    service_paths: frozenset[str] | None = None

    def hides_nothing(self) -> bool:
        """Whether a query needs no further condition."""
        return (
            self.types is None
            and self.attributes is None
            and not self.hidden_types
            and self.service_paths is None
        )

    def shows_types(self, types: Iterable[str]) -> bool:
        """Whether an entity of these types is shown, as far as its types decide."""
        if not self.hidden_types.isdisjoint(types):
            return False
        return self.types is None or not self.types.isdisjoint(types)

    def shows_path(self, path: str) -> bool:
        """Whether entities of this service path are shown, as far as that decides."""
        return self.service_paths is None or any(_holds(one, path) for one in self.service_paths)

    def shows_attribute(self, name: str) -> bool:
        """Whether attributes of this stored name are shown."""
        return self.attributes is None or name in self.attributes

    def covers(self, other: "Permission") -> bool:
        """Whether it shows all that the other one shows."""
        return (
            _is_within(other.types, self.types)
            and _is_within(other.attributes, self.attributes)
            and self.hidden_types <= other.hidden_types
            and (
                self.service_paths is None
                or (
                    other.service_paths is not None
                    and all(self._covers_path(path) for path in other.service_paths)
                )
            )
        )

    def _covers_path(self, path: str) -> bool:
        if not path.endswith(_BELOW):
            return self.shows_path(path)
        top = path.removesuffix(_BELOW) or "/"
        return any(one.endswith(_BELOW) and _holds(one, top) for one in self.service_paths or ())


def _holds(pattern: str, path: str) -> bool:
    """Whether a service path is the pattern or, with a final `#`, lies below it."""
    if not pattern.endswith(_BELOW):
        return path == pattern
    top = pattern.removesuffix(_BELOW)
    return path == (top or "/") or path.startswith(top + "/")


def _is_within(inner: frozenset[str] | None, outer: frozenset[str] | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)


EVERYTHING = Permission()


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks.

    Attributes:
        name: for logs: the label of a token, never a secret or a person.
        tenants: None for every tenant.
        holder: who stands behind the credentials: the same however often these are renewed, and
            never given again once they ended. Empty where a door stands open.
    """

    name: str
    scopes: frozenset[Scope]
    permission: Permission = field(default=EVERYTHING)
    tenants: frozenset[str] | None = None
    holder: str = ""

    def has(self, scope: Scope) -> bool:
        """Whether the holder may do what `scope` stands for."""
        return scope in self.scopes


ANYBODY = Principal(name="anybody", scopes=frozenset())
EVERY_SCOPE = frozenset(Scope)

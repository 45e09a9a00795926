"""The one query tree.

`q`, `mq`, `georel`, scope queries, id and type lists and patterns of both faces become a `Node`.
Its consumers each hold one exhaustive `match`: `predicate.py` says what it means, in memory;
`storage/*/filters.py` select the same in a database; `render.py` writes it back as text. A new node
lights up all of them in the type checker.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kernel.times import Instant


class Op(StrEnum):
    """How a value is compared with a literal."""

    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="


class Field(StrEnum):
    """Entity members that a path may start at instead of an attribute."""

    CREATED_AT = "dateCreated"
    MODIFIED_AT = "dateModified"
    EXPIRES_AT = "dateExpires"
    SERVICE_PATH = "servicePath"  # a text; the others are instants


class Facet(StrEnum):
    """Members of an attribute instance that a path may end at instead of a metadata.

    NGSI-v2 knows the dates as builtin metadata; NGSI-LD calls them `createdAt` and `modifiedAt`.
    """

    CREATED_AT = "dateCreated"
    MODIFIED_AT = "dateModified"
    OBSERVED_AT = "observedAt"
    UNIT_CODE = "unitCode"
    DATASET_ID = "datasetId"


@dataclass(frozen=True, slots=True)
class Path:
    """Where in an entity the compared value is.

    `speed` → attribute; `speed.accuracy` in `mq` → attribute and metadata; `address.city` in `q` →
    attribute and a key inside its value. A path that several instances or elements answer to is
    answered by any of them.

    Attributes:
        attribute: stored attribute name, or a `Field` of the entity.
        metadata: names of metadata / sub-attributes to descend, outermost first; the last may be a
            `Facet`, which wins over a metadata of that name.
        keys: keys to descend inside the value reached.
    """

    attribute: str | Field
    metadata: tuple[str | Facet, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Literal:
    """A value to compare with.

    Attributes:
        value: number, text, truth value or None (NGSI `null`).
        instant: set when the text, unquoted, reads as an ISO 8601 date-time; temporal values are
            compared with it, all others with `value`.
    """

    value: str | int | float | bool | None
    instant: Instant | None = None


# What an attribute must be like ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exists:
    """The path leads to something (`temperature`), null included."""

    path: Path


@dataclass(frozen=True, slots=True)
class Compare:
    """The value at the path stands in this relation to the literal.

    EQUAL with an array value holds if any element is equal (NGSI-v2 "Simple Query Language"). The
    orders hold only between numbers, between texts and between instants. UNEQUAL demands that the
    path leads to something: a missing attribute is not unequal.
    """

    path: Path
    op: Op
    literal: Literal


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value equals one of the literals (`color==black,red`)."""

    path: Path
    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The value lies in the closed range (`temperature==10..20`)."""

    path: Path
    low: Literal
    high: Literal


@dataclass(frozen=True, slots=True)
class Matches:
    """The text at the path contains a match of the RE2 pattern (`~=`)."""

    path: Path
    pattern: str


# What the entity must be -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IdIn:
    """The id is one of these."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class IdMatches:
    """The id contains a match of the RE2 pattern."""

    pattern: str


@dataclass(frozen=True, slots=True)
class TypeIn:
    """The entity has one of these types, among its types."""

    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class TypeMatches:
    """One of the entity's types contains a match of the RE2 pattern."""

    pattern: str


@dataclass(frozen=True, slots=True)
class ServicePathIs:
    """The entity lives at the service path or, with `below`, also under it (`/a/#`)."""

    path: str
    below: bool = False


@dataclass(frozen=True, slots=True)
class ScopeMatches:
    """One of the entity's NGSI-LD scopes answers to the pattern of §4.19 (`+` a level, `#` all)."""

    pattern: str


# Where it must be --------------------------------------------------------------------------------


class GeoRelation(StrEnum):
    """Spatial relations (NGSI-v2 "Geographical Queries", ETSI GS CIM 009 §4.10)."""

    NEAR = "near"
    WITHIN = "within"  # v2: coveredBy
    CONTAINS = "contains"
    INTERSECTS = "intersects"
    EQUALS = "equals"
    DISJOINT = "disjoint"
    OVERLAPS = "overlaps"


@dataclass(frozen=True, slots=True)
class Geo:
    """The location stands in this relation to a geometry.

    Attributes:
        relation: NEAR compares distances on the WGS 84 sphere, the others are plane geometry.
        geometry: GeoJSON geometry as JSON text (hashable), longitude first.
        attribute: the geo attribute asked; empty for the entity's default location, which is the
            attribute marked `defaultLocation`/its only geo attribute (v2) or `location` (LD).
        min_distance_m, max_distance_m: for NEAR, in metres.
    """

    relation: GeoRelation
    geometry: str
    attribute: str = ""
    min_distance_m: float | None = None
    max_distance_m: float | None = None


# How conditions combine --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class And:
    """All hold. `And(())` is true of every entity."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one holds. `Or(())` is true of no entity."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The inner condition does not hold (`!temperature` is `Not(Exists(…))`)."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The inner condition holds of the entity as if it had these attributes only.

    It stands around conditions that all attributes of an entity have a say in, where a permission
    hides some of them (`narrowing.py`).
    """

    node: "Node"
    attributes: frozenset[str]


Node: TypeAlias = (
    Exists
    | Compare
    | OneOf
    | Between
    | Matches
    | IdIn
    | IdMatches
    | TypeIn
    | TypeMatches
    | ServicePathIs
    | ScopeMatches
    | Geo
    | And
    | Or
    | Not
    | Narrowed
)

EVERYTHING = And(())
NOTHING = Or(())


def all_of(*nodes: Node) -> Node:
    """The conjunction, flattened: `And` of one is that one."""
    flat = tuple(
        inner for node in nodes for inner in (node.nodes if isinstance(node, And) else (node,))
    )
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(*nodes: Node) -> Node:
    """The disjunction, flattened: `Or` of one is that one."""
    flat = tuple(
        inner for node in nodes for inner in (node.nodes if isinstance(node, Or) else (node,))
    )
    return flat[0] if len(flat) == 1 else Or(flat)


@dataclass(frozen=True, slots=True)
class OrderBy:
    """One key of an order: a path (also `id`, `type`), or a distance to a geometry."""

    path: Path | str
    descending: bool = False
    distance_to: str = ""
    """GeoJSON geometry as text; when set, order by distance from it instead of by the path."""
    among: frozenset[str] | None = None
    """Compared as if entities had these attributes only; None: all of them."""

"""A model as a value: which attributes an entity type has, of which type, unit and range."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class V2Type(StrEnum):
    """The NGSI-v2 types that we write."""

    NUMBER = "Number"
    TEXT = "Text"
    BOOLEAN = "Boolean"
    DATE_TIME = "DateTime"
    GEO_JSON = "geo:json"
    STRUCTURED = "StructuredValue"
    RELATIONSHIP = "Relationship"


class AttributeModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One attribute.

    Attributes:
        unit: UN/CEFACT code; every number has one, and nothing else has.
        minimum, maximum: inclusive bounds of a number.
        whole: the number is an integer.
        values: the words that a text may be; empty: any.
        nullable: null stands for *known to be unknown*, as in an outage.
        ours: the official model has no such attribute.
    """

    type: V2Type
    unit: str = ""
    minimum: float | None = msgspec.field(default=None, name="min")
    maximum: float | None = msgspec.field(default=None, name="max")
    whole: bool = False
    values: tuple[str, ...] = ()
    nullable: bool = False
    ours: bool = False

    def __post_init__(self) -> None:
        is_number = self.type is V2Type.NUMBER
        if is_number != bool(self.unit):
            raise ValueError("A number has a unit, and nothing else has")
        if is_number and (self.minimum is None or self.maximum is None):
            raise ValueError("A number has a range")
        if self.values and self.type is not V2Type.TEXT:
            raise ValueError("Only a text is one of some words")


class Official(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a Smart Data Model is defined: its repository's name and its version."""

    subject: str
    version: str


class Model(msgspec.Struct, frozen=True):
    """An entity type.

    Attributes:
        official: None for a type of our own.
        context: the package's context file, without its ending.
        required: attributes without which the entity is not valid, besides id and type.
        attributes: name → attribute, in the order of the table.
    """

    type: str
    context: str
    required: tuple[str, ...]
    attributes: Mapping[str, AttributeModel]
    official: Official | None = None

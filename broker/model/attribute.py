"""One instance of an attribute: everything that NGSI-v2 and NGSI-LD can say about it.

The same value carries an attribute of an entity and, one level down, its metadata (NGSI-v2) or
sub-attributes (NGSI-LD): both standards describe the same tree with different words.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

from kernel.times import Instant

AttributeName: TypeAlias = str


class Kind(StrEnum):
    """What an attribute is, in the words of ETSI GS CIM 009 §4.5."""

    PROPERTY = "Property"
    RELATIONSHIP = "Relationship"
    GEO = "GeoProperty"
    LANGUAGE = "LanguageProperty"
    VOCAB = "VocabProperty"
    JSON = "JsonProperty"
    LIST = "ListProperty"
    LIST_RELATIONSHIP = "ListRelationship"


class Attribute(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An attribute instance.

    Attributes:
        value: any JSON value. Of a relationship the object's URI; of a geo property the GeoJSON
            geometry (or, with an NGSI-v2 `geo:point` and its like, the text in that format); of a
            language property the map of languages; of a list the array.
        kind: what NGSI-LD calls it.
        type: the NGSI-v2 attribute type (`Number`, `DateTime`, `geo:json` …); empty when it was
            written through NGSI-LD, whose face does not know types: `v2_type` then derives it.
        dataset_id: the NGSI-LD `datasetId`; empty for the default instance.
        unit_code: UN/CEFACT code, empty if none.
        observed_at: when the value was observed; None if unsaid.
        metadata: metadata (NGSI-v2) or sub-attributes (NGSI-LD) by name.
        created_at, modified_at: when this instance was created and last written here.
    """

    value: Any = msgspec.field(default=None, name="v")
    kind: Kind = msgspec.field(default=Kind.PROPERTY, name="k")
    type: str = msgspec.field(default="", name="t")
    dataset_id: str = msgspec.field(default="", name="d")
    unit_code: str = msgspec.field(default="", name="u")
    observed_at: Instant | None = msgspec.field(default=None, name="o")
    metadata: Mapping[AttributeName, "Attribute"] = msgspec.field(default_factory=dict, name="m")
    created_at: Instant = msgspec.field(default=Instant(0), name="c")
    modified_at: Instant = msgspec.field(default=Instant(0), name="w")

    @property
    def v2_type(self) -> str:
        """The attribute type that NGSI-v2 shows: the one written, or the default for the value."""
        return self.type or default_v2_type(self.value, self.kind)


_TYPE_OF_KIND = {
    Kind.RELATIONSHIP: "Relationship",
    Kind.GEO: "geo:json",
    Kind.LANGUAGE: "LanguageProperty",
    Kind.VOCAB: "VocabProperty",
    Kind.JSON: "JsonProperty",
    Kind.LIST: "ListProperty",
    Kind.LIST_RELATIONSHIP: "ListRelationship",
}
_TYPE_OF_VALUE = {
    type(None): "None",
    bool: "Boolean",
    int: "Number",
    float: "Number",
    str: "Text",
}


def default_v2_type(value: object, kind: Kind = Kind.PROPERTY) -> str:
    """The attribute type of a value that came without one (NGSI-v2 "Partial Representations")."""
    return _TYPE_OF_KIND.get(kind) or _TYPE_OF_VALUE.get(type(value), "StructuredValue")

"""Members of NGSI-LD entities and attributes, and the kinds of attribute (§4.5)."""

from collections.abc import Mapping
from typing import Any, Final

from broker.model.attribute import Kind
from broker.model.names import DEFAULT_VOCABULARY

NGSI_LD_NULL: Final = "urn:ngsi-ld:null"
"""Stands in a fragment for "remove this" (§5.5.12); JSON-LD drops JSON's own null."""

VALUE_MEMBERS: Final = {
    Kind.PROPERTY: "value",
    Kind.GEO: "value",
    Kind.RELATIONSHIP: "object",
    Kind.LANGUAGE: "languageMap",
    Kind.VOCAB: "vocab",
    Kind.JSON: "json",
    Kind.LIST: "valueList",
    Kind.LIST_RELATIONSHIP: "objectList",
}
KINDS_BY_MEMBER: Final = {
    "value": Kind.PROPERTY,
    "object": Kind.RELATIONSHIP,
    "languageMap": Kind.LANGUAGE,
    "vocab": Kind.VOCAB,
    "json": Kind.JSON,
    "valueList": Kind.LIST,
    "objectList": Kind.LIST_RELATIONSHIP,
}
_NAMESPACE: Final = DEFAULT_VOCABULARY.removesuffix("default-context/")
KINDS_BY_TYPE: Final = {
    **{kind.value: kind for kind in Kind},
    **{_NAMESPACE + kind.value: kind for kind in Kind},
}
ATTRIBUTE_MEMBERS: Final = frozenset(
    {"type", "@type", "unitCode", "observedAt", "datasetId", "instanceId", "createdAt",
     "modifiedAt", "deletedAt", "previousValue", "previousObject", "previousLanguageMap",
     *KINDS_BY_MEMBER}
)  # fmt: skip
ENTITY_MEMBERS: Final = frozenset(
    {"id", "@id", "type", "@type", "scope", "@context", "createdAt", "modifiedAt", "deletedAt",
     "expiresAt"}
)  # fmt: skip
GEOMETRIES: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)


def is_geometry(value: Any) -> bool:
    """Whether the value looks like a GeoJSON geometry."""
    return isinstance(value, Mapping) and value.get("type") in GEOMETRIES and "coordinates" in value

"""JSON Schema of a type of ours, in NGSI-LD's key-values form; derived from the table."""

from typing import Any

from sensors.models.model import AttributeModel, Model, V2Type

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_KINDS: dict[V2Type, dict[str, Any]] = {
    V2Type.TEXT: {"type": "string"},
    V2Type.BOOLEAN: {"type": "boolean"},
    V2Type.DATE_TIME: {"type": "string", "format": "date-time"},
    V2Type.GEO_JSON: {"type": "object", "required": ["type", "coordinates"]},
    V2Type.STRUCTURED: {"type": ["object", "array"]},
    V2Type.RELATIONSHIP: {"type": "string", "format": "uri"},
}


def schema_of(model: Model) -> dict[str, Any]:
    """The schema; units stand beside their numbers as `x-ngsi.units`, as Smart Data Models do."""
    return {
        "$schema": _DIALECT,
        "$id": f"urn:odori:schema:{model.type}:1",
        "title": model.type,
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": f"^urn:ngsi-ld:{model.type}:"},
            "type": {"const": model.type},
            **{name: _property(attribute) for name, attribute in model.attributes.items()},
        },
        "required": ["id", "type", *model.required],
        "additionalProperties": False,
    }


def _property(attribute: AttributeModel) -> dict[str, Any]:
    schema = _number(attribute) if attribute.type is V2Type.NUMBER else dict(_KINDS[attribute.type])
    if attribute.values:
        schema["enum"] = list(attribute.values)
    return {"anyOf": [schema, {"type": "null"}]} if attribute.nullable else schema


def _number(attribute: AttributeModel) -> dict[str, Any]:
    return {
        "type": "integer" if attribute.whole else "number",
        "minimum": attribute.minimum,
        "maximum": attribute.maximum,
        "x-ngsi": {"units": attribute.unit},
    }

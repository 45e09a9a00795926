"""What each operation takes and answers, for the description of the API (OpenAPI).

One row per operation, under the name that the specification gives it.
"""

from typing import Any, Final

import msgspec

from broker.ports import DEFAULT_LIMIT
from broker.temporal.query import Aggregation, Period
from broker.v2.media import JSON, TEXT
from broker.v2.parameters import LARGEST_LIMIT, Option
from serving.routes import Parameter

Schema = dict[str, Any]


class Declared(msgspec.Struct, frozen=True):
    """Query parameters, body and answers of one operation."""

    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    consumes: tuple[str, ...] = (JSON,)
    answers: dict[int, str] = msgspec.field(default_factory=lambda: {200: "The answer"})


def _options(*options: Option) -> Parameter:
    names = ", ".join(option.value for option in options)
    return Parameter("options", f"Comma-separated, of {names}")


def _whole(name: str, text: str, **bounds: int) -> Parameter:
    return Parameter(name, text, {"type": "integer", **bounds})


_PAGE: Final = (
    _whole("limit", "At most so many", minimum=0, maximum=LARGEST_LIMIT, default=DEFAULT_LIMIT),
    _whole("offset", "Skip so many first", minimum=0, default=0),
)
_TYPE: Final = Parameter("type", "The entity type, where several entities share the id")
_ATTRS: Final = Parameter("attrs", "Attributes to show, in this order; * for all others")
_METADATA: Final = Parameter("metadata", "Metadata to show; * for all others")
_ORDER: Final = Parameter("orderBy", "Attributes to sort by, ! for downwards; or geo:distance")
_FORMS: Final = (Option.KEY_VALUES, Option.VALUES, Option.UNIQUE, Option.SKIP_FORWARDING)
_SHOWN: Final = (_TYPE, _ATTRS, _METADATA, _options(*_FORMS))
_FILTERS: Final = (
    Parameter("id", "Comma-separated ids"),
    Parameter("type", "Comma-separated types"),
    Parameter("idPattern", "A regular expression that ids contain"),
    Parameter("typePattern", "A regular expression that types contain"),
    Parameter("q", "Conditions on attributes, such as temperature>20;name"),
    Parameter("mq", "Conditions on metadata, such as temperature.accuracy<0.9"),
    Parameter("georel", "near;maxDistance:1000, coveredBy, intersects, equals or disjoint"),
    Parameter("geometry", "point, line, polygon or box"),
    Parameter("coords", "latitude,longitude pairs, separated by ;"),
)
_WRITING: Final = (Option.OVERRIDE_METADATA, Option.FORCED_UPDATE, Option.FLOW_CONTROL)
_HISTORY: Final = (
    _whole("lastN", "History: the last so many values", minimum=1),
    Parameter("fromDate", "History: from this instant on", {"type": "string"}),
    Parameter("toDate", "History: up to this instant", {"type": "string"}),
    Parameter(
        "aggrMethod",
        "History: how values of a period become one",
        {"type": "string", "enum": [one.value for one in Aggregation]},
    ),
    Parameter(
        "aggrPeriod",
        "History: the period",
        {"type": "string", "enum": [one.value for one in Period]},
    ),
    _whole("hLimit", "History: at most so many values", minimum=1),
    _whole("hOffset", "History: skip so many values first", minimum=0),
)

# Bodies ------------------------------------------------------------------------------------------

_ATTRIBUTE: Final[Schema] = {
    "type": "object",
    "properties": {"value": {}, "type": {"type": "string"}, "metadata": {"type": "object"}},
    "additionalProperties": False,
}
_ATTRIBUTES: Final[Schema] = {
    "type": "object",
    "description": "Attributes by name: value, type, metadata; the value alone with keyValues",
}
_ENTITY: Final[Schema] = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "type": {"type": "string", "default": "Thing"}},
    "description": "Id, type, and attributes by name",
}
_ENTITIES: Final[Schema] = {"type": "array", "minItems": 1, "items": _ENTITY}
_UPDATE: Final[Schema] = {
    "type": "object",
    "required": ["actionType", "entities"],
    "properties": {
        "actionType": {"enum": ["append", "appendStrict", "update", "delete", "replace"]},
        "entities": _ENTITIES,
    },
}
_QUERY: Final[Schema] = {
    "type": "object",
    "minProperties": 1,
    "properties": {
        "entities": {"type": "array", "items": {"type": "object"}},
        "attrs": {"type": "array", "items": {"type": "string"}},
        "metadata": {"type": "array", "items": {"type": "string"}},
        "expression": {"type": "object"},
    },
}
_NOTIFICATION: Final[Schema] = {
    "type": "object",
    "required": ["subscriptionId", "data"],
    "properties": {"subscriptionId": {"type": "string"}, "data": _ENTITIES},
}
_SUBSCRIPTION_CHANGES: Final[Schema] = {
    "type": "object",
    "minProperties": 1,
    "properties": {
        "description": {"type": "string"},
        "subject": {"type": "object", "required": ["entities"]},
        "notification": {"type": "object"},
        "expires": {"type": "string"},
        "status": {"enum": ["active", "inactive", "oneshot"]},
        "throttling": {"type": "integer", "minimum": 0},
    },
}
_SUBSCRIPTION: Final[Schema] = _SUBSCRIPTION_CHANGES | {"required": ["subject", "notification"]}
_REPLAY: Final[Schema] = {
    "type": "object",
    "minProperties": 1,
    "properties": {
        "ids": {"type": "array", "items": {"type": "string"}},
        "from": {"type": "string"},
        "to": {"type": "string"},
    },
}
_QUESTION: Final[Schema] = {
    "type": "object",
    "required": ["entity"],
    "properties": {"entity": _ENTITY, "actionType": _UPDATE["properties"]["actionType"]},
}
_REGISTRATION: Final[Schema] = {
    "type": "object",
    "required": ["dataProvided", "provider"],
    "properties": {
        "description": {"type": "string"},
        "dataProvided": {"type": "object", "required": ["entities"]},
        "provider": {"type": "object", "required": ["http"]},
        "expires": {"type": "string"},
        "status": {"enum": ["active", "inactive"]},
    },
}

# Operations --------------------------------------------------------------------------------------

_READ: Final = {200: "The answer", 404: "There is none", 409: "There are several"}
_WRITTEN: Final = {204: "Done", 404: "There is none", 422: "Some or all of it cannot be done"}

OPERATIONS: Final[dict[str, Declared]] = {
    "Retrieve API Resources": Declared(),
    "List Entities": Declared(
        (*_FILTERS, _ATTRS, _METADATA, _ORDER, *_PAGE, _options(Option.COUNT, *_FORMS)),
        answers={200: "A page of entities"},
    ),
    "Create Entity": Declared(
        (_options(Option.UPSERT, Option.KEY_VALUES, *_WRITING),),
        _ENTITY,
        answers={201: "Created", 204: "Created or updated (upsert)", 422: "It exists already"},
    ),
    "Retrieve Entity": Declared(_SHOWN, answers=_READ),
    "Remove Entity": Declared((_TYPE,), answers=_WRITTEN),
    "Retrieve Entity Attributes": Declared(_SHOWN, answers=_READ),
    "Update or Append Entity Attributes": Declared(
        (_TYPE, _options(Option.APPEND, Option.KEY_VALUES, *_WRITING)),
        _ATTRIBUTES,
        answers=_WRITTEN,
    ),
    "Update Existing Entity Attributes": Declared(
        (_TYPE, _options(Option.KEY_VALUES, *_WRITING)), _ATTRIBUTES, answers=_WRITTEN
    ),
    "Replace all entity attributes": Declared(
        (_TYPE, _options(Option.KEY_VALUES, *_WRITING)), _ATTRIBUTES, answers=_WRITTEN
    ),
    "Get attribute data": Declared(
        (_TYPE, _METADATA, _options(Option.SKIP_FORWARDING), *_HISTORY), answers=_READ
    ),
    "Update Attribute Data": Declared((_TYPE, _options(*_WRITING)), _ATTRIBUTE, answers=_WRITTEN),
    "Remove a Single Attribute": Declared((_TYPE,), answers=_WRITTEN),
    "Get Attribute Value": Declared(
        (_TYPE, _options(Option.SKIP_FORWARDING), *_HISTORY), answers=_READ
    ),
    "Update Attribute Value": Declared(
        (_TYPE, _options(*_WRITING[1:])), {}, (JSON, TEXT), _WRITTEN
    ),
    "List Entity Types": Declared(
        (*_PAGE, _options(Option.COUNT, Option.VALUES, Option.NO_ATTR_DETAIL)),
        answers={200: "A page of types"},
    ),
    "Retrieve entity information for a given type": Declared(
        (_options(Option.NO_ATTR_DETAIL),), answers={200: "The type", 404: "No entity has it"}
    ),
    "Update": Declared((_options(Option.KEY_VALUES, *_WRITING),), _UPDATE, answers=_WRITTEN),
    "Query": Declared(
        (_ORDER, *_PAGE, _options(Option.COUNT, *_FORMS)),
        _QUERY,
        answers={200: "A page of entities"},
    ),
    "Notify": Declared((), _NOTIFICATION),
    "List Subscriptions": Declared(
        (*_PAGE, _options(Option.COUNT)), answers={200: "A page of subscriptions"}
    ),
    "Create Subscription": Declared((), _SUBSCRIPTION, answers={201: "Created"}),
    "Retrieve Subscription": Declared(answers={200: "The subscription", 404: "There is none"}),
    "Update Subscription": Declared(
        (), _SUBSCRIPTION_CHANGES, answers={204: "Done", 404: "There is none"}
    ),
    "Delete subscription": Declared(answers={204: "Done", 404: "There is none"}),
    "Retrieve Deliveries": Declared(
        (*_PAGE, _options(Option.COUNT)),
        answers={200: "Last attempts, what waits, dead letters", 404: "There is none"},
    ),
    "Replay Deliveries": Declared(
        (), _REPLAY, answers={200: "How many are owed again", 404: "There is none"}
    ),
    "Explain": Declared(
        (_options(Option.KEY_VALUES, *_WRITING),),
        _QUESTION,
        answers={200: "Which condition decides", 404: "There is none", 409: "There are several"},
    ),
    "List Registrations": Declared(
        (*_PAGE, _options(Option.COUNT)), answers={200: "A page of registrations"}
    ),
    "Create Registration": Declared(
        (), _REGISTRATION, answers={201: "Created", 501: "It asks for patterns of types"}
    ),
    "Retrieve Registration": Declared(answers={200: "The registration", 404: "There is none"}),
    "Delete Registration": Declared(answers={204: "Done", 404: "There is none"}),
    "Get statistics": Declared(),
    "Reset statistics": Declared(),
}

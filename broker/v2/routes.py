"""The routes of NGSI-v2."""

from broker.service.broker import Broker
from broker.service.subscriptions import Subscriptions
from broker.v2.door import Door, Limits
from broker.v2.face import V2Face
from broker.v2.history.read import History
from broker.v2.operations.attribute import SingleAttribute
from broker.v2.operations.attributes import Attributes
from broker.v2.operations.entities import Entities
from broker.v2.operations.entity import SingleEntity
from broker.v2.operations.entry import EntryPoint
from broker.v2.operations.types import Types
from broker.v2.operations.unsupported import UNSUPPORTED, Unsupported
from broker.v2.operations.value import AttributeValue
from broker.v2.replies import Replies
from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.permission import Scope
from serving.app import Surface
from serving.routes import Handler, Route

_ENTITY = "/v2/entities/{entityId}"
_READING = frozenset({"GET"})


def surface(
    broker: Broker,
    subscriptions: Subscriptions,
    *,
    clock: Clock,
    ids: IdSource,
    limits: Limits = Limits(),  # noqa: B008 — frozen
) -> Surface:
    """Everything below `/v2`, and the face that words its errors."""
    replies = Replies(clock=clock, ids=ids)
    door = Door(replies, limits)
    routes = [
        _route("GET", "/v2", EntryPoint(door).get, "Retrieve API Resources"),
        *_entity_routes(broker, door),
        *_type_routes(broker, door),
        *_unsupported_routes(door),
    ]
    return Surface(routes, [V2Face(replies)])


def _entity_routes(broker: Broker, door: Door) -> list[Route]:
    entities = Entities(broker, door)
    entity = SingleEntity(broker, door)
    attributes = Attributes(broker, door)
    history = History(broker, door)
    attribute = SingleAttribute(broker, door, history)
    value = AttributeValue(attribute, door, history)
    attrs, attr = f"{_ENTITY}/attrs", f"{_ENTITY}/attrs/{{attrName}}"
    return [
        _route("GET", "/v2/entities", entities.list, "List Entities"),
        _route("POST", "/v2/entities", entities.create, "Create Entity"),
        _route("GET", _ENTITY, entity.get, "Retrieve Entity"),
        _route("DELETE", _ENTITY, entity.delete, "Remove Entity"),
        _route("GET", attrs, attributes.get, "Retrieve Entity Attributes"),
        _route("POST", attrs, attributes.append, "Update or Append Entity Attributes"),
        _route("PATCH", attrs, attributes.update, "Update Existing Entity Attributes"),
        _route("PUT", attrs, attributes.replace, "Replace all entity attributes"),
        _route("GET", attr, attribute.get, "Get attribute data"),
        _route("PUT", attr, attribute.put, "Update Attribute Data"),
        _route("DELETE", attr, attribute.delete, "Remove a Single Attribute"),
        _route("GET", f"{attr}/value", value.get, "Get Attribute Value"),
        _route("PUT", f"{attr}/value", value.put, "Update Attribute Value"),
    ]


def _type_routes(broker: Broker, door: Door) -> list[Route]:
    types = Types(broker, door)
    return [
        _route("GET", "/v2/types", types.list, "List Entity Types"),
        _route(
            "GET",
            "/v2/types/{entityType}",
            types.get,
            "Retrieve entity information for a given type",
        ),
    ]


def _unsupported_routes(door: Door) -> list[Route]:
    refuse = Unsupported(door).refuse
    return [_route(method, path, refuse, name) for method, path, name in UNSUPPORTED]


def _route(method: str, path: str, handler: Handler, operation: str) -> Route:
    access = Scope.NGSI_READ if method in _READING else Scope.NGSI_WRITE
    return Route(method, path, handler, access, operation, clause=f'NGSI-v2 "{operation}"')

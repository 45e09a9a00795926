"""The routes of NGSI-v2."""

from typing import NamedTuple

from broker.service.broker import Broker
from broker.service.explaining import Explainer
from broker.service.federation import Federation
from broker.service.registrations import Registrations
from broker.service.subscriptions import Subscriptions
from broker.v2.declarations import OPERATIONS
from broker.v2.door import Door, Limits
from broker.v2.face import UnknownPaths, V2Face
from broker.v2.history.read import History
from broker.v2.operations.attribute import SingleAttribute
from broker.v2.operations.attributes import Attributes
from broker.v2.operations.batch import Batch
from broker.v2.operations.deliveries import DeliveryOperations
from broker.v2.operations.entities import Entities
from broker.v2.operations.entity import SingleEntity
from broker.v2.operations.entry import EntryPoint
from broker.v2.operations.registrations import RegistrationOperations
from broker.v2.operations.statistics import Statistics
from broker.v2.operations.subscriptions import SubscriptionOperations
from broker.v2.operations.types import Types
from broker.v2.operations.value import AttributeValue
from broker.v2.replies import Replies
from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.permission import Scope
from serving.app import Surface
from serving.face import Face
from serving.routes import Handler, Route

_ENTITY = "/v2/entities/{entityId}"


class Federated(NamedTuple):
    """What the face knows of other brokers."""

    federation: Federation
    registrations: Registrations


def surface(
    broker: Broker,
    subscriptions: Subscriptions,
    federated: Federated,
    *,
    clock: Clock,
    ids: IdSource,
    limits: Limits = Limits(),  # noqa: B008 — frozen
    words_unknown_paths: bool = False,
) -> Surface:
    """Everything below `/v2`, Orion's `/statistics`, and the face that words its errors.

    Args:
        broker: types and history.
        subscriptions: what may be done with subscriptions.
        federated: entities of this broker and of others, and which others there are.
        clock: the `Date` of answers, and whether a subscription has expired.
        ids: new correlators.
        limits: what the deployment decides.
        words_unknown_paths: whether Orion's words are used for paths that no room serves.
    """
    replies = Replies(clock=clock, ids=ids)
    door = Door(replies, limits)
    routes = [
        _route("GET", "/v2", EntryPoint(door).get, "Retrieve API Resources"),
        *_entity_routes(broker, federated.federation, door),
        *_type_routes(broker, door),
        *_batch_routes(federated.federation, door),
        *_subscription_routes(subscriptions, door, clock),
        *_delivery_routes(broker, subscriptions, door, clock),
        *_registration_routes(federated.registrations, door),
        *_management_routes(door, clock),
    ]
    return Surface(routes, _faces(replies, limits, alone=words_unknown_paths))


def _faces(replies: Replies, limits: Limits, *, alone: bool) -> list[Face]:
    """Who speaks on Orion's paths and, on a port of the broker's own, on those that lead nowhere.

    `/version` is answered elsewhere, with the headers that Orion's answers have.
    """
    face = V2Face(replies, limits)
    beside = [V2Face(replies, limits, prefix=path) for path in ("/version", "/statistics")]
    return [face, *beside, UnknownPaths(face)] if alone else [face, *beside]


def _entity_routes(broker: Broker, federation: Federation, door: Door) -> list[Route]:
    entities = Entities(federation, door)
    entity = SingleEntity(federation, door)
    attributes = Attributes(federation, door)
    history = History(broker, door)
    attribute = SingleAttribute(federation, door, history)
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


def _batch_routes(federation: Federation, door: Door) -> list[Route]:
    batch = Batch(federation, door)
    return [
        _route("POST", "/v2/op/update", batch.update, "Update"),
        _route("POST", "/v2/op/query", batch.query, "Query", Scope.NGSI_READ),
        _route("POST", "/v2/op/notify", batch.notify, "Notify"),
    ]


def _delivery_routes(
    broker: Broker, subscriptions: Subscriptions, door: Door, clock: Clock
) -> list[Route]:
    """Ours, on paths of their own, so that Orion's answers stay Orion's (ADR 0084)."""
    operations = DeliveryOperations(subscriptions, Explainer(broker, clock), door)
    ours = "Odori"
    one = "/v2/subscriptions/{subscriptionId}"
    return [
        _route("GET", f"{one}/deliveries", operations.get, "Retrieve Deliveries", source=ours),
        _route(
            "POST",
            f"{one}/deliveries/replay",
            operations.replay,
            "Replay Deliveries",
            source=ours,
        ),
        _route(
            "POST", f"{one}/explain", operations.explain, "Explain", Scope.NGSI_READ, source=ours
        ),
    ]


def _subscription_routes(subscriptions: Subscriptions, door: Door, clock: Clock) -> list[Route]:
    operations = SubscriptionOperations(subscriptions, door, clock)
    one = "/v2/subscriptions/{subscriptionId}"
    return [
        _route("GET", "/v2/subscriptions", operations.list, "List Subscriptions"),
        _route("POST", "/v2/subscriptions", operations.create, "Create Subscription"),
        _route("GET", one, operations.get, "Retrieve Subscription"),
        _route("PATCH", one, operations.update, "Update Subscription"),
        _route("DELETE", one, operations.delete, "Delete subscription"),
    ]


def _registration_routes(registrations: Registrations, door: Door) -> list[Route]:
    operations = RegistrationOperations(registrations, door)
    one = "/v2/registrations/{registrationId}"
    return [
        _route("GET", "/v2/registrations", operations.list, "List Registrations"),
        _route("POST", "/v2/registrations", operations.create, "Create Registration"),
        _route("GET", one, operations.get, "Retrieve Registration"),
        _route("DELETE", one, operations.delete, "Delete Registration"),
    ]


def _management_routes(door: Door, clock: Clock) -> list[Route]:
    """Beside NGSI-v2, what its clients ask of Orion itself."""
    statistics, path, manual = Statistics(door, clock), "/statistics", "Orion manual"
    return [
        _route("GET", path, statistics.get, "Get statistics", source=manual),
        _route("DELETE", path, statistics.reset, "Reset statistics", source=manual),
    ]


def _route(
    method: str,
    path: str,
    handler: Handler,
    operation: str,
    access: Scope | None = None,
    *,
    source: str = "NGSI-v2",
) -> Route:
    if access is None:
        access = Scope.NGSI_READ if method == "GET" else Scope.NGSI_WRITE
    declared = OPERATIONS[operation]
    return Route(
        method,
        path,
        handler,
        access,
        operation,
        clause=f'{source} "{operation}"',
        parameters=declared.parameters,
        body=declared.body,
        consumes=declared.consumes,
        answers=declared.answers,
        slash=True,
    )

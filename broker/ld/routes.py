"""The routes of NGSI-LD (ETSI GS CIM 009 §6), each with its clause and its parameters."""

from broker.ld.door import Door, Limits
from broker.ld.face import LdFace
from broker.ld.library import ContextLibrary
from broker.ld.operations import attributes, batch, entities, entity, query, types
from broker.ld.operations import subscriptions as subscriptions_
from broker.ld.operations.subscriptions import SubscriptionDesk
from broker.ld.parameters import declared
from broker.service.broker import Broker
from broker.service.subscriptions import Subscriptions
from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.permission import Scope
from serving.app import Surface
from serving.routes import Handler, Route

_ROOT = "/ngsi-ld/v1"
_ENTITIES = f"{_ROOT}/entities"
_ENTITY = f"{_ENTITIES}/{{entityId}}"
_ATTRS = f"{_ENTITY}/attrs"
_ATTR = f"{_ATTRS}/{{attrId}}"
_BATCH = f"{_ROOT}/entityOperations"
_PAGE = {200: "The answer", 400: "The request breaks the standard", 501: "Not implemented here"}
_DONE = {204: "Done", 400: "The request breaks the standard", 404: "It does not exist"}
_PARTLY = {**_DONE, 207: "Done in part"}


def surface(
    broker: Broker,
    subscriptions: Subscriptions,
    *,
    clock: Clock,
    ids: IdSource,
    library: ContextLibrary | None = None,
    limits: Limits = Limits(),  # noqa: B008 — frozen
) -> Surface:
    """Everything below `/ngsi-ld`, and the face that words its errors."""
    door = Door(library or ContextLibrary(), limits)
    routes = [
        *_entity_routes(broker, door),
        *_attribute_routes(broker, door),
        *_batch_routes(broker, door),
        *_type_routes(broker, door),
        *_subscription_routes(SubscriptionDesk(subscriptions, door, clock=clock, ids=ids)),
    ]
    return Surface(routes, [LdFace()])


def _entity_routes(broker: Broker, door: Door) -> list[Route]:
    many, one = entities.Entities(broker, door), entity.SingleEntity(broker, door)
    return [
        _route("POST", _ENTITIES, many.create, "Create an entity", "§6.4.3.1",
               entities.CREATE_PARAMETERS, {201: "Created", 409: "It exists"}),
        _route("GET", _ENTITIES, many.query, "Query entities", "§6.4.3.2",
               entities.QUERY_PARAMETERS, _PAGE),
        _route("GET", _ENTITY, one.retrieve, "Retrieve an entity", "§6.5.3.1",
               entity.RETRIEVE_PARAMETERS, {**_PAGE, 404: "It does not exist"}),
        _route("DELETE", _ENTITY, one.delete, "Delete an entity", "§6.5.3.2",
               entity.DELETE_PARAMETERS, _DONE),
        _route("PUT", _ENTITY, one.replace, "Replace an entity", "§6.5.3.3",
               entity.WRITE_PARAMETERS, _DONE),
        _route("PATCH", _ENTITY, one.merge, "Merge an entity", "§6.5.3.4",
               entity.WRITE_PARAMETERS, _DONE),
    ]  # fmt: skip


def _attribute_routes(broker: Broker, door: Door) -> list[Route]:
    some = attributes.Attributes(broker, door)
    return [
        _route("POST", _ATTRS, some.append, "Append attributes", "§6.6.3.1",
               attributes.APPEND_PARAMETERS, _PARTLY),
        _route("PATCH", _ATTRS, some.update, "Update attributes", "§6.6.3.2",
               attributes.UPDATE_PARAMETERS, _PARTLY),
        _route("PATCH", _ATTR, some.amend, "Partially update an attribute", "§6.7.3.1",
               attributes.UPDATE_PARAMETERS, _DONE),
        _route("DELETE", _ATTR, some.delete, "Delete an attribute", "§6.7.3.2",
               attributes.DELETE_PARAMETERS, _DONE),
        _route("PUT", _ATTR, some.replace, "Replace an attribute", "§6.7.3.3",
               attributes.UPDATE_PARAMETERS, _DONE),
    ]  # fmt: skip


def _batch_routes(broker: Broker, door: Door) -> list[Route]:
    many, asked = batch.Batch(broker, door), query.QueryByBody(broker, door)
    names = batch.PARAMETERS
    return [
        _route("POST", f"{_BATCH}/create", many.create, "Create entities", "§6.14.3.1",
               names, {201: "Created", 207: "Done in part"}),
        _route("POST", f"{_BATCH}/upsert", many.upsert, "Create or update entities", "§6.15.3.1",
               names, {201: "Some were created", **_PARTLY}),
        _route("POST", f"{_BATCH}/update", many.update, "Update entities", "§6.16.3.1",
               names, _PARTLY),
        _route("POST", f"{_BATCH}/delete", many.delete, "Delete entities", "§6.17.3.1",
               names, _PARTLY),
        _route("POST", f"{_BATCH}/merge", many.merge, "Merge entities", "§6.31.3.1",
               names, _PARTLY),
        _route("POST", f"{_BATCH}/query", asked.query, "Query entities", "§6.23.3.1",
               query.PARAMETERS, _PAGE, access=Scope.NGSI_READ),
    ]  # fmt: skip


def _type_routes(broker: Broker, door: Door) -> list[Route]:
    what = types.Types(broker, door)
    every, single = types.LIST_PARAMETERS, types.ONE_PARAMETERS
    return [
        _route("GET", f"{_ROOT}/types", what.list, "List types", "§6.25.3.1", every, _PAGE),
        _route("GET", f"{_ROOT}/types/{{type}}", what.one, "Describe a type", "§6.26.3.1",
               single, {**_PAGE, 404: "No entity has it"}),
        _route("GET", f"{_ROOT}/attributes", what.attributes, "List attributes", "§6.27.3.1",
               every, _PAGE),
        _route("GET", f"{_ROOT}/attributes/{{attrId}}", what.attribute, "Describe an attribute",
               "§6.28.3.1", single, {**_PAGE, 404: "No entity has it"}),
    ]  # fmt: skip


def _subscription_routes(desk: SubscriptionDesk) -> list[Route]:
    every, one = f"{_ROOT}/subscriptions", f"{_ROOT}/subscriptions/{{subscriptionId}}"
    return [
        _route("POST", every, desk.create, "Create a subscription", "§6.10.3.1",
               (), {201: "Created", 409: "It exists"}),
        _route("GET", every, desk.list, "List subscriptions", "§6.10.3.2",
               subscriptions_.LIST_PARAMETERS, _PAGE),
        _route("GET", one, desk.retrieve, "Retrieve a subscription", "§6.11.3.1",
               subscriptions_.ONE_PARAMETERS, {**_PAGE, 404: "It does not exist"}),
        _route("PATCH", one, desk.update, "Update a subscription", "§6.11.3.2", (), _DONE),
        _route("DELETE", one, desk.delete, "Delete a subscription", "§6.11.3.3", (), _DONE),
    ]  # fmt: skip


def _route(  # noqa: PLR0917 — the tables above read in columns
    method: str,
    path: str,
    handler: Handler,
    summary: str,
    clause: str,
    parameters: tuple[str, ...],
    answers: dict[int, str],
    *,
    access: Scope | None = None,
) -> Route:
    return Route(
        method,
        path,
        handler,
        access or (Scope.NGSI_READ if method == "GET" else Scope.NGSI_WRITE),
        summary,
        f"ETSI GS CIM 009 {clause}",
        declared(*parameters),
        body=None if method in ("GET", "DELETE") else {},
        answers=answers,
    )

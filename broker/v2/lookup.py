"""Finding the one entity that a path names."""

from broker.core.decision import Target
from broker.model.entity import Entity
from broker.ports import EntityQuery
from broker.ql.ast import EVERYTHING, IdIn, TypeIn, all_of
from broker.ql.selectors import service_paths
from broker.service.broker import Broker
from broker.service.call import Call
from broker.v2.errors import NO_ENTITY, TOO_MANY
from broker.v2.service import one_path
from kernel.errors import ConflictError, NotFoundError


async def find_one(broker: Broker, call: Call, entity_id: str, entity_type: str) -> Entity:
    """The entity of that id (and type, unless empty) at the request's service path.

    Raises:
        NotFoundError: there is none.
        ConflictError: there are several.
    """
    path = one_path(call.service_path)
    if path is not None:
        found = await broker.find(call, Target(entity_id, entity_type, path))
    else:
        condition = all_of(
            IdIn(frozenset({entity_id})),
            TypeIn(frozenset({entity_type})) if entity_type else EVERYTHING,
            service_paths(call.service_path),
        )
        found = list((await broker.query(call, EntityQuery(condition, limit=2))).entities)
    if not found:
        raise NotFoundError(NO_ENTITY)
    if len(found) > 1:
        raise ConflictError(TOO_MANY)
    return found[0]

"""Finding the one entity that a path names."""

from functools import partial

from broker.core.decision import Target
from broker.model.entity import Entity
from broker.ports import EntityQuery
from broker.ql.ast import EVERYTHING, IdIn, TypeIn, all_of
from broker.ql.selectors import service_paths
from broker.service.call import Call
from broker.service.federation import Federation
from broker.v2.asking import asked_about
from broker.v2.errors import NO_ENTITY, TOO_MANY
from broker.v2.parameters import Parameters
from broker.v2.service import one_path
from kernel.errors import ConflictError, NotFoundError


async def find_one(
    federation: Federation,
    call: Call,
    entity_id: str,
    parameters: Parameters,
    attribute: str = "",
) -> Entity:
    """The entity of that id (and type, unless empty) at the request's service path.

    `attribute`: the one that is wanted of it; otherwise those that the parameters name.

    Raises:
        NotFoundError: there is none.
        ConflictError: there are several.
    """
    entity_type = parameters.type
    attrs = (attribute,) if attribute else parameters.attrs
    what = partial(asked_about, entity_id, attrs, parameters)
    path = one_path(call.service_path)
    if path is not None:
        found = await federation.find(call, Target(entity_id, entity_type, path), what)
    else:
        condition = all_of(
            IdIn(frozenset({entity_id})),
            TypeIn(frozenset({entity_type})) if entity_type else EVERYTHING,
            service_paths(call.service_path),
        )
        query = EntityQuery(condition, limit=2)
        found = list((await federation.query(call, query, what)).entities)
    if not found:
        raise NotFoundError(NO_ENTITY)
    if len(found) > 1:
        raise ConflictError(TOO_MANY)
    return found[0]

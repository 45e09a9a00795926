"""`/ngsi-ld/v1/entities/{entityId}`: retrieve, merge, replace, delete (§5.7.1, §5.6.6, 17, 18)."""

from aiohttp import web

from broker.core.decision import Target
from broker.ld.decode import decode_entity, decode_fragment
from broker.ld.door import GEO_JSON, JSON, LD_JSON, Door, accepted
from broker.ld.encode import Form, encode_entity
from broker.ld.geojson import feature
from broker.ld.outcomes import done, no_entity, several
from broker.ld.parameters import SHAPING, Parameters
from broker.ld.replies import plain, reply
from broker.ld.writing import merging, removal, replacing
from broker.model.entity import Entity
from broker.service.broker import Broker
from broker.service.call import Call
from kernel.errors import BadRequestError

RETRIEVE_PARAMETERS = (*SHAPING, "local", "type")
WRITE_PARAMETERS = ("format", "lang", "local", "options", "type")
DELETE_PARAMETERS = ("local", "type")


class SingleEntity:
    """`/ngsi-ld/v1/entities/{entityId}`."""

    def __init__(self, broker: Broker, door: Door) -> None:
        self._broker = broker
        self._door = door

    async def retrieve(self, request: web.Request) -> web.Response:
        """§5.7.1, §6.5.3.1."""
        call = self._door.call(request)
        media_type = accepted(request, (JSON, LD_JSON, GEO_JSON))
        parameters = Parameters(request.rel_url.query, RETRIEVE_PARAMETERS)
        context = self._door.context(request)
        shape = parameters.shape(context)
        wanted = parameters.text("type")
        entity = await self._one(call, request, context.expand(wanted) if wanted else "")
        if media_type == GEO_JSON:
            attribute = context.expand(parameters.text("geometryProperty") or "location")
            return reply(feature(entity, context, shape, attribute), context, media_type)
        return reply(encode_entity(entity, context, shape), context, media_type)

    async def _one(self, call: Call, request: web.Request, wanted: str) -> Entity:
        entity_id = request.match_info["entityId"]
        found = await self._broker.find(call, Target(entity_id, wanted))
        if not found:
            raise no_entity(entity_id)
        if len(found) > 1:
            raise several(entity_id)
        return found[0]

    async def merge(self, request: web.Request) -> web.Response:
        """§5.6.17, §6.5.3.4."""
        call = self._door.call(request)
        parameters = Parameters(request.rel_url.query, WRITE_PARAMETERS)
        document, context = await self._door.document(request)
        simplified = parameters.form is Form.SIMPLIFIED
        draft = decode_fragment(document, context, simplified=simplified)
        entity_id = _named(request, draft.id)
        [outcome] = await self._broker.write(call, [merging(entity_id, draft)])
        done(outcome)
        return plain(status=204)

    async def replace(self, request: web.Request) -> web.Response:
        """§5.6.18, §6.5.3.3."""
        call = self._door.call(request)
        parameters = Parameters(request.rel_url.query, WRITE_PARAMETERS)
        document, context = await self._door.document(request)
        if isinstance(document, dict):
            document.setdefault("id", request.match_info["entityId"])
        simplified = parameters.form is Form.SIMPLIFIED
        draft = decode_entity(document, context, simplified=simplified)
        [outcome] = await self._broker.write(call, [replacing(_named(request, draft.id), draft)])
        done(outcome)
        return plain(status=204)

    async def delete(self, request: web.Request) -> web.Response:
        """§5.6.6, §6.5.3.2."""
        call = self._door.call(request)
        Parameters(request.rel_url.query, DELETE_PARAMETERS)
        [outcome] = await self._broker.write(call, [removal(request.match_info["entityId"])])
        done(outcome)
        return plain(status=204)


def _named(request: web.Request, written: str) -> str:
    """The id of the path, which the body may repeat but not contradict."""
    entity_id = request.match_info["entityId"]
    if written not in ("", entity_id):
        raise BadRequestError("The id of the body is not the one of the path")
    return entity_id

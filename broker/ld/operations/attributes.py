"""`/ngsi-ld/v1/entities/{entityId}/attrs` (§5.6.2 to §5.6.5, §5.6.19)."""

from aiohttp import web

from broker.core.writes import Write
from broker.ld.context import Context
from broker.ld.decode import Draft, Instances, decode_fragment, decode_instances, is_null
from broker.ld.door import Door
from broker.ld.outcomes import NO_SUCH_ATTRIBUTE, done, update_result
from broker.ld.parameters import Parameters
from broker.ld.replies import plain
from broker.ld.writing import amending, appending, attribute_update, removal, updating
from broker.service.broker import Broker
from broker.service.call import Call
from kernel.errors import BadRequestError, NotFoundError

APPEND_PARAMETERS = ("local", "options", "type")
UPDATE_PARAMETERS = ("local", "type")
DELETE_PARAMETERS = ("datasetId", "deleteAll", "local", "type")


class Attributes:
    """`…/attrs` and `…/attrs/{attrId}`."""

    def __init__(self, broker: Broker, door: Door) -> None:
        self._broker = broker
        self._door = door

    async def append(self, request: web.Request) -> web.Response:
        """§5.6.3, §6.6.3.1: existing attributes are overwritten, or stay with `noOverwrite`."""
        call = self._door.call(request)
        parameters = Parameters(request.rel_url.query, APPEND_PARAMETERS)
        draft, context = await self._fragment(request)
        overwrite = "noOverwrite" not in parameters.options
        write = appending(request.match_info["entityId"], draft, overwrite=overwrite)
        return await self._in_part(call, write, context)

    async def update(self, request: web.Request) -> web.Response:
        """§5.6.2, §6.6.3.2: attributes that the entity has get other values."""
        call = self._door.call(request)
        Parameters(request.rel_url.query, UPDATE_PARAMETERS)
        draft, context = await self._fragment(request)
        return await self._in_part(call, updating(request.match_info["entityId"], draft), context)

    async def _fragment(self, request: web.Request) -> tuple[Draft, Context]:
        document, context = await self._door.document(request)
        draft = decode_fragment(document, context)
        if draft.removed:
            raise BadRequestError("NGSI-LD Null removes in a merge, not here")
        return draft, context

    async def _in_part(self, call: Call, write: Write, context: Context) -> web.Response:
        [outcome] = await self._broker.write(call, [write])
        result = update_result(done(outcome), list(write.attributes), context.compact)
        return plain(status=204) if result is None else plain(result, status=207)

    async def amend(self, request: web.Request) -> web.Response:
        """§5.6.4, §6.7.3.1: members of the attribute that are not named stay."""
        call = self._door.call(request)
        Parameters(request.rel_url.query, UPDATE_PARAMETERS)
        name, instances = await self._attribute(request, fragment=True)
        entity_id = request.match_info["entityId"]
        write = amending(entity_id, name, instances) if instances else removal(entity_id, (name,))
        return await self._whole(call, write)

    async def replace(self, request: web.Request) -> web.Response:
        """§5.6.19, §6.7.3.3: the instance becomes exactly what the body says."""
        call = self._door.call(request)
        Parameters(request.rel_url.query, UPDATE_PARAMETERS)
        name, instances = await self._attribute(request, fragment=False)
        write = attribute_update(request.match_info["entityId"], {name: instances})
        return await self._whole(call, write)

    async def delete(self, request: web.Request) -> web.Response:
        """§5.6.5, §6.7.3.2: the default instance, the one named, or with `deleteAll` every one."""
        call = self._door.call(request)
        parameters = Parameters(request.rel_url.query, DELETE_PARAMETERS)
        name = self._door.context(request).expand(request.match_info["attrId"])
        dataset_id = parameters.text("datasetId")
        write = removal(
            request.match_info["entityId"],
            (name,),
            dataset_id="" if dataset_id == "@none" else dataset_id,
            every=parameters.flag("deleteAll"),
        )
        return await self._whole(call, write)

    async def _attribute(self, request: web.Request, *, fragment: bool) -> tuple[str, Instances]:
        """The stored name of the path's attribute, and its instances; none for NGSI-LD Null."""
        document, context = await self._door.document(request)
        if isinstance(document, dict):
            document.pop("@context", None)
        name = context.expand(request.match_info["attrId"])
        if fragment and is_null(document):
            return name, ()
        return name, decode_instances(document, context, fragment=fragment)

    async def _whole(self, call: Call, write: Write) -> web.Response:
        [outcome] = await self._broker.write(call, [write])
        if done(outcome).missing:
            raise NotFoundError(NO_SUCH_ATTRIBUTE)
        return plain(status=204)

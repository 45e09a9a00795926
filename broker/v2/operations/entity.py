"""NGSI-v2 "Entity by ID": the whole entity."""

from aiohttp import web

from broker.core.writes import Action, Write
from broker.ql.selectors import update_path
from broker.service.federation import Federation
from broker.v2.door import Door
from broker.v2.encode.entities import encode_entity
from broker.v2.encode.selection import form_of
from broker.v2.lookup import find_one
from broker.v2.outcomes import check_outcome


class SingleEntity:
    """`/v2/entities/{entityId}`."""

    def __init__(self, federation: Federation, door: Door) -> None:
        self._federation = federation
        self._door = door

    async def get(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Retrieve Entity"."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        entity = await find_one(self._federation, call, self._door.entity_id(request), parameters)
        shown = encode_entity(entity, form_of(parameters))
        return self._door.replies.json(call.correlator, shown, total=parameters.counted(1))

    async def delete(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Remove Entity"."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        write = Write(
            Action.DELETE,
            self._door.entity_id(request),
            parameters.type,
            update_path(call.service_path),
        )
        written = await self._federation.write(call, [write])
        check_outcome(write, written)
        return self._door.replies.nothing(call.correlator)

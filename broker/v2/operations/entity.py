"""NGSI-v2 "Entity by ID": the whole entity."""

from aiohttp import web

from broker.core.writes import Action, Write
from broker.ql.selectors import update_path
from broker.service.broker import Broker
from broker.v2.door import Door
from broker.v2.encode.entities import encode_entity
from broker.v2.encode.selection import form_of
from broker.v2.lookup import find_one
from broker.v2.outcomes import check_outcome


class SingleEntity:
    """`/v2/entities/{entityId}`."""

    def __init__(self, broker: Broker, door: Door) -> None:
        self._broker = broker
        self._door = door

    async def get(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Retrieve Entity"."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        entity = await find_one(self._broker, call, self._door.entity_id(request), parameters.type)
        return self._door.replies.json(call.correlator, encode_entity(entity, form_of(parameters)))

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
        [outcome] = await self._broker.write(call, [write])
        check_outcome(write, outcome)
        return self._door.replies.nothing(call.correlator)

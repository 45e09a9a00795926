"""NGSI-v2 "Entities List": list and create."""

from aiohttp import web

from broker.core.writes import Action, Write
from broker.ql.selectors import update_path
from broker.service.broker import Broker
from broker.v2.decode.entities import decode_entity
from broker.v2.door import Door
from broker.v2.filters import query_of
from broker.v2.operations.page import page_reply
from broker.v2.outcomes import check_outcome
from broker.v2.parameters import Option
from broker.v2.replies import entity_location


class Entities:
    """`/v2/entities`."""

    def __init__(self, broker: Broker, door: Door) -> None:
        self._broker = broker
        self._door = door

    async def list(self, request: web.Request) -> web.Response:
        """NGSI-v2 "List Entities"."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        page = await self._broker.query(call, query_of(call, parameters))
        return page_reply(self._door.replies, call.correlator, page, parameters)

    async def create(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Create Entity"; with `upsert` an existing entity is written over."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        document = await self._door.document(request)
        draft = decode_entity(document, key_values=parameters.has(Option.KEY_VALUES))
        upsert = parameters.has(Option.UPSERT)
        write = Write(
            Action.APPEND if upsert else Action.CREATE,
            draft.id,
            draft.type or "Thing",
            update_path(call.service_path),
            draft.attributes,
            keep_metadata=not parameters.has(Option.OVERRIDE_METADATA),
            expires_at=draft.expires_at,
            force=parameters.has(Option.FORCED_UPDATE),
            one_location=True,
        )
        [outcome] = await self._broker.write(call, [write])
        applied = check_outcome(write, outcome)
        location = entity_location(applied.key.id, applied.key.type)
        if applied.created:
            return self._door.replies.created(call.correlator, location)
        return self._door.replies.nothing(call.correlator, location=location)

"""NGSI-v2 "Entity by ID": its attributes together."""

from aiohttp import web

from broker.core.writes import Action, Write
from broker.ql.selectors import update_path
from broker.service.federation import Federation
from broker.v2.decode.entities import decode_attributes
from broker.v2.decode.locations import location_fault
from broker.v2.door import Door
from broker.v2.encode.entities import encode_members
from broker.v2.encode.selection import form_of
from broker.v2.lookup import find_one
from broker.v2.operations.expiry import kept_expiry
from broker.v2.outcomes import check_outcome
from broker.v2.parameters import Option


class Attributes:
    """`/v2/entities/{entityId}/attrs`."""

    def __init__(self, federation: Federation, door: Door) -> None:
        self._federation = federation
        self._door = door

    async def get(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Retrieve Entity Attributes"."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        entity = await find_one(self._federation, call, self._door.entity_id(request), parameters)
        shown = encode_members(entity, form_of(parameters))
        return self._door.replies.json(call.correlator, shown, total=parameters.counted(1))

    async def append(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Update or Append Entity Attributes"; strict with `append`."""
        return await self._write(request, Action.APPEND)

    async def update(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Update Existing Entity Attributes"."""
        return await self._write(request, Action.UPDATE)

    async def replace(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Replace all entity attributes"; an empty object takes them all away."""
        return await self._write(request, Action.REPLACE)

    async def _write(self, request: web.Request, action: Action) -> web.Response:
        door = self._door
        call = door.call(request)
        parameters = door.parameters(request)
        if action is Action.APPEND and parameters.has(Option.APPEND):
            action = Action.APPEND_STRICT
        replaces = action is Action.REPLACE
        document = await door.written(request, may_be_empty=replaces)
        draft = decode_attributes(document, key_values=parameters.has(Option.KEY_VALUES))
        write = Write(
            action,
            door.entity_id(request),
            parameters.type,
            update_path(call.service_path),
            draft.attributes,
            keep_metadata=not replaces and not parameters.has(Option.OVERRIDE_METADATA),
            expires_at=kept_expiry(action, draft),
            force=replaces or parameters.has(Option.FORCED_UPDATE),  # what is replaced has changed
            may_create=False,
            one_location=True,
            locate=location_fault,
        )
        written = await self._federation.write(call, [write])
        check_outcome(write, written)
        return door.replies.nothing(call.correlator)

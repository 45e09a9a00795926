"""NGSI-v2 "Entities List": list and create."""

from functools import partial
from typing import Final

from aiohttp import web

from broker.core.writes import Action, Write
from broker.ql.selectors import update_path
from broker.service.federation import Federation
from broker.v2.asking import asked_in
from broker.v2.decode.entities import Draft, decode_entity
from broker.v2.decode.locations import location_fault
from broker.v2.door import Door
from broker.v2.filters import query_of
from broker.v2.operations.page import page_reply
from broker.v2.outcomes import check_outcome
from broker.v2.parameters import Option, check_together
from broker.v2.replies import entity_location
from kernel.errors import BadRequestError

_DEFAULT_TYPE: Final = "Thing"
_LONGEST_KEY: Final = 1_013
"""Characters of id, type and service path together (Orion manual "Known limitations")."""


class Entities:
    """`/v2/entities`."""

    def __init__(self, federation: Federation, door: Door) -> None:
        self._federation = federation
        self._door = door

    async def list(self, request: web.Request) -> web.Response:
        """NGSI-v2 "List Entities"."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        check_together(parameters)
        query = query_of(call, parameters)
        page = await self._federation.query(call, query, partial(asked_in, parameters))
        return page_reply(self._door.replies, call.correlator, page, parameters)

    async def create(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Create Entity"; with `upsert` an existing entity is written over."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        document = await self._door.written(request, may_be_empty=True)  # without an id, then
        draft = decode_entity(document, key_values=parameters.has(Option.KEY_VALUES))
        _check_key(draft, call.service_path)
        upsert = parameters.has(Option.UPSERT)
        write = Write(
            Action.APPEND if upsert else Action.CREATE,
            draft.id,
            draft.type or _DEFAULT_TYPE,
            update_path(call.service_path),
            draft.attributes,
            keep_metadata=not parameters.has(Option.OVERRIDE_METADATA),
            expires_at=draft.expires_at,
            force=parameters.has(Option.FORCED_UPDATE),
            one_location=True,
            locate=location_fault,
        )
        written = await self._federation.write(call, [write])
        applied = check_outcome(write, written)
        location = entity_location(applied.key.id, applied.key.type)
        if upsert:  # 204 also where the entity is new: IoT Agents take no other answer
            return self._door.replies.nothing(call.correlator, location=location)
        return self._door.replies.created(call.correlator, location)


def _check_key(draft: Draft, path: str) -> None:
    if len(draft.id) + len(draft.type or _DEFAULT_TYPE) + len(path) > _LONGEST_KEY:
        raise BadRequestError("Too long entity id/type/servicePath combination")

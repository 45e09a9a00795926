"""NGSI-v2 "Attributes": one attribute of an entity."""

import msgspec
from aiohttp import web

from broker.core.writes import Action, Applied, Write
from broker.model.attribute import Attribute
from broker.ql.selectors import update_path
from broker.service.call import Call
from broker.service.federation import Federation
from broker.v2.decode.attributes import decode_attribute
from broker.v2.decode.entities import EXPIRY, expiry_of
from broker.v2.decode.locations import location_fault
from broker.v2.door import Door
from broker.v2.encode.entities import encode_chosen
from broker.v2.errors import NO_ATTRIBUTE
from broker.v2.history.read import History, asks_for_history
from broker.v2.lookup import find_one
from broker.v2.operations.expiry import expiry_attribute
from broker.v2.outcomes import check_outcome
from broker.v2.parameters import Option, Parameters
from kernel.errors import NotFoundError


class SingleAttribute:
    """`/v2/entities/{entityId}/attrs/{attrName}`."""

    def __init__(self, federation: Federation, door: Door, history: History) -> None:
        self._federation = federation
        self._door = door
        self._history = history

    async def get(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Get attribute data"; with a parameter of QuantumLeap's its history."""
        if asks_for_history(request):
            return await self._history.attribute(request)
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        attribute = await self.find(call, request, parameters)
        shown = encode_chosen(attribute, parameters.metadata)
        return self._door.replies.json(call.correlator, shown, total=parameters.counted(1))

    async def find(self, call: Call, request: web.Request, parameters: Parameters) -> Attribute:
        """The attribute that the path names.

        Raises:
            NotFoundError: the entity or its attribute does not exist.
            ConflictError: there are several entities.
        """
        entity_id, name = self._door.entity_id(request), self._door.attribute_name(request)
        entity = await find_one(self._federation, call, entity_id, parameters, name)
        attribute = expiry_attribute(entity) if name == EXPIRY else entity.attribute(name)
        if attribute is None:
            raise NotFoundError(NO_ATTRIBUTE)
        return attribute

    async def put(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Update Attribute Data"; `{}` is a null of type None."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        attribute = decode_attribute(await self._door.written(request, may_be_empty=True))
        write = self._of_attribute(Action.UPDATE, call, request, parameters, attribute)
        await self.write(call, await self.of_expiry(call, request, write, attribute))
        return self._door.replies.nothing(call.correlator)

    async def delete(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Remove a Single Attribute"."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        write = self._of_attribute(Action.DELETE, call, request, parameters, Attribute())
        await self.write(call, await self.of_expiry(call, request, write, Attribute()))
        return self._door.replies.nothing(call.correlator)

    async def write(self, call: Call, write: Write) -> None:
        """Do a write of one attribute, which must exist.

        Raises:
            NotFoundError: the entity or its attribute does not exist.
            ConflictError: there are several entities.
        """
        written = await self._federation.write(call, [write])
        [outcome] = written.outcomes
        if not written.forwarded and isinstance(outcome, Applied) and outcome.missing:
            raise NotFoundError(NO_ATTRIBUTE)
        check_outcome(write, written)

    async def of_expiry(
        self, call: Call, request: web.Request, write: Write, attribute: Attribute
    ) -> Write:
        """The write itself, or one of the entity's end if that is the attribute of the path.

        Raises:
            NotFoundError: the entity does not exist, or has no end.
        """
        if EXPIRY not in write.attributes:
            return write
        await self.find(call, request, self._door.parameters(request))
        return msgspec.structs.replace(
            write, action=Action.UPDATE, attributes={}, expires_at=expiry_of(attribute)
        )

    def _of_attribute(
        self,
        action: Action,
        call: Call,
        request: web.Request,
        parameters: Parameters,
        attribute: Attribute,
    ) -> Write:
        return Write(
            action,
            self._door.entity_id(request),
            parameters.type,
            update_path(call.service_path),
            {self._door.attribute_name(request): (attribute,)},
            keep_metadata=not parameters.has(Option.OVERRIDE_METADATA),
            force=parameters.has(Option.FORCED_UPDATE),
            one_location=True,
            locate=location_fault,
        )

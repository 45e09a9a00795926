"""NGSI-v2 "Attribute Value": the value alone."""

from typing import Any

from aiohttp import web

from broker.core.writes import Action, Write
from broker.model.attribute import Attribute
from broker.ql.selectors import update_path
from broker.v2.decode.attributes import decode_value, fitted
from broker.v2.decode.locations import location_fault
from broker.v2.decode.text import read_text_value
from broker.v2.door import Door
from broker.v2.encode.attributes import encode_value
from broker.v2.history.read import History, asks_for_history
from broker.v2.media import JSON, TEXT, value_form
from broker.v2.operations.attribute import SingleAttribute
from broker.v2.parameters import Option
from kernel.errors import BadRequestError
from kernel.json import render


class AttributeValue:
    """`/v2/entities/{entityId}/attrs/{attrName}/value`."""

    def __init__(self, attributes: SingleAttribute, door: Door, history: History) -> None:
        self._attributes = attributes
        self._door = door
        self._history = history

    async def get(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Get Attribute Value"; with a parameter of QuantumLeap's its history."""
        if asks_for_history(request):
            return await self._history.attribute(request, values_only=True)
        call = self._door.call(request)
        types = self._door.accepted(request)
        parameters = self._door.parameters(request)
        value = encode_value(await self._attributes.find(call, request, parameters))
        media_type = value_form(types, simple=not isinstance(value, dict | list))
        return self._door.replies.body(
            call.correlator, render(value), media_type, total=parameters.counted(1)
        )

    async def put(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Update Attribute Value"; type and metadata stay."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        kind, body = await self._door.body(request, (JSON, TEXT))
        value = read_text_value(body) if kind == TEXT else self._compound(body)
        attribute = decode_value(value)
        write = Write(
            Action.UPDATE,
            self._door.entity_id(request),
            parameters.type,
            update_path(call.service_path),
            {self._door.attribute_name(request): (attribute,)},
            keep_metadata=True,
            keep_type=True,
            fit=fitted,
            force=parameters.has(Option.FORCED_UPDATE),
            one_location=True,
            locate=location_fault,
        )
        dated = Attribute(attribute.value, type="DateTime")  # if it is the entity's end
        write = await self._attributes.of_expiry(call, request, write, dated)
        await self._attributes.write(call, write)
        return self._door.replies.nothing(call.correlator)

    def _compound(self, body: bytes) -> Any:
        """The object or array of a JSON body; simple values come as plain text."""
        value = self._door.parse(body)
        if not isinstance(value, dict | list):
            raise BadRequestError("Neither JSON Object nor JSON Array for attribute::value")
        return value

"""NGSI-v2 "Types": which types there are, and which attributes their entities have."""

from typing import Any

from aiohttp import web

from broker.ports import TypeSummary
from broker.ql.ast import TypeIn, all_of
from broker.ql.selectors import service_paths
from broker.service.broker import Broker
from broker.v2.door import Door
from broker.v2.errors import NO_TYPE
from broker.v2.parameters import Option, Parameters
from kernel.errors import NotFoundError


class Types:
    """`/v2/types` and `/v2/types/{entityType}`."""

    def __init__(self, broker: Broker, door: Door) -> None:
        self._broker = broker
        self._door = door

    async def list(self, request: web.Request) -> web.Response:
        """NGSI-v2 "List Entity Types"."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        found = await self._broker.types(call, service_paths(call.service_path))
        page = found[parameters.offset : parameters.offset + parameters.limit]
        shown: list[Any]
        if parameters.has(Option.VALUES):
            shown = [one.type for one in page]
        else:
            shown = [{"type": one.type, **_details(one, parameters)} for one in page]
        total = parameters.counted(len(found))
        return self._door.replies.json(call.correlator, shown, total=total)

    async def get(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Retrieve entity information for a given type"."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        name = self._door.part(request, "entityType")
        where = all_of(TypeIn(frozenset({name})), service_paths(call.service_path))
        found = await self._broker.types(call, where)
        # An entity with several types brings the others along.
        wanted = next((one for one in found if one.type == name), None)
        if wanted is None:
            raise NotFoundError(NO_TYPE)
        return self._door.replies.json(call.correlator, _details(wanted, parameters))


def _details(summary: TypeSummary, parameters: Parameters) -> dict[str, Any]:
    brief = parameters.has(Option.NO_ATTR_DETAIL)
    attrs = {
        name: {"types": [] if brief else list(types)}
        for name, types in sorted(summary.attributes.items())
    }
    return {"attrs": attrs, "count": summary.count}

"""History of one attribute of one entity, below the paths of NGSI-v2.

QuantumLeap's API has the same path, `/v2/entities/{entityId}/attrs/{attrName}`, on a server of its
own. Here a parameter that only QuantumLeap knows tells the two apart.
"""

from typing import Any

from aiohttp import web

from broker.core.decision import Target
from broker.service.broker import Broker
from broker.service.call import Call
from broker.temporal.query import Series
from broker.v2.door import Door
from broker.v2.errors import AmbiguousIdError, NoRecordsError, WrongUseError, quoted
from broker.v2.history.encode import encode_numbers, encode_rows
from broker.v2.history.parameters import NAMES, Window, read_window
from broker.v2.service import one_path

NO_RECORDS = "No records were found for such query."


def asks_for_history(request: web.Request) -> bool:
    """Whether the query string has a parameter that only the history knows."""
    return bool(request.query_string) and not NAMES.isdisjoint(request.rel_url.query)


class History:
    """Reads series."""

    def __init__(self, broker: Broker, door: Door) -> None:
        self._broker = broker
        self._door = door

    async def attribute(self, request: web.Request, *, values_only: bool = False) -> web.Response:
        """QuantumLeap "History of an attribute of a given entity instance"."""
        call = self._door.call(request)
        query = request.rel_url.query
        window = read_window(query)
        series = await self._series(
            call,
            self._door.entity_id(request),
            query.get("type", ""),
            self._door.attribute_name(request),
        )
        shown = await self._read(call, series, window)
        if not values_only:
            shown = {
                "entityId": series.entity_id,
                "entityType": series.entity_type,
                "attrName": series.attribute,
                **shown,
            }
        return self._door.replies.json(call.correlator, shown)

    async def _series(self, call: Call, entity_id: str, entity_type: str, attribute: str) -> Series:
        """The series, with the type that its entity has if the request leaves it out.

        Raises:
            AmbiguousIdError: entities of several types have the id.
            WrongUseError: the request names several service paths.
        """
        path = one_path(call.service_path)
        if path is None:
            raise WrongUseError("A series is read from one service path")
        if not entity_type:
            found = await self._broker.find(call, Target(entity_id, "", path))
            types = {entity.types[0] for entity in found}
            if len(types) > 1:
                raise AmbiguousIdError(
                    f"There are multiple entities with the given entity_id {quoted(entity_id)}."
                    " Please specify entity_type."
                )
            entity_type = next(iter(types), "")
        return Series(attribute, entity_id, entity_type, path)

    async def _read(self, call: Call, series: Series, window: Window) -> dict[str, Any]:
        if window.method is None:
            rows = await self._broker.history(call, window.rows(series))
            if not rows:
                raise NoRecordsError(NO_RECORDS)
            return encode_rows(rows)
        numbers = await self._broker.aggregate(call, window.numbers(series, window.method))
        if not numbers:
            raise NoRecordsError(NO_RECORDS)
        return encode_numbers(numbers, by_period=window.period is not None)

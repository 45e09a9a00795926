"""NGSI-v2 "Batch Operations"."""

from collections.abc import Sequence
from functools import partial

import msgspec
from aiohttp import web

from broker.core.writes import Write
from broker.ql.ast import EVERYTHING, Exists, Node, Path, all_of, any_of
from broker.ql.selectors import update_path
from broker.service.call import Call
from broker.service.federation import Federation, Written
from broker.subscriptions.model import EntityMatcher
from broker.v2.asking import asked_for
from broker.v2.decode.batch import (
    BatchQuery,
    BatchUpdate,
    decode_notification,
    decode_query,
    decode_update,
)
from broker.v2.door import Door
from broker.v2.filters import matcher, page_of
from broker.v2.operations.page import page_reply
from broker.v2.operations.writing import write_of
from broker.v2.outcomes import check_outcomes, check_permitted
from broker.v2.parameters import Option, Parameters
from kernel.errors import BadRequestError


class Batch:
    """`/v2/op/…`."""

    def __init__(self, federation: Federation, door: Door) -> None:
        self._federation = federation
        self._door = door

    async def update(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Update": all of it in one commit, and each entity as if it were alone."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        document = await self._door.written(request)
        batch = decode_update(document, key_values=parameters.has(Option.KEY_VALUES))
        check_outcomes(*await self._write(call, batch, parameters))
        return self._door.replies.nothing(call.correlator)

    async def notify(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Notify": what another broker tells is appended here, as far as that can be.

        The other broker hears of no entity that cannot be: it could do nothing about it.
        """
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        if parameters.has(Option.KEY_VALUES):
            raise BadRequestError("Invalid value for URI param /options/")
        batch = decode_notification(await self._door.written(request))
        check_permitted(*await self._write(call, batch, parameters))
        return self._door.replies.done(call.correlator)

    async def query(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Query"."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        batch = decode_query(await self._door.document(request))
        query = page_of(call, parameters, _selected(batch), batch.expression)
        attrs = batch.attrs or parameters.attrs
        what = partial(asked_for, batch.matchers, attrs, parameters)
        page = await self._federation.query(call, query, what)
        wanted = msgspec.structs.replace(
            parameters,
            attrs=attrs,
            metadata=batch.metadata or parameters.metadata,
        )
        return page_reply(self._door.replies, call.correlator, page, wanted)

    async def _write(
        self, call: Call, batch: BatchUpdate, parameters: Parameters
    ) -> tuple[list[Write], Written]:
        path = update_path(call.service_path)
        writes = [write_of(batch.action, draft, path, parameters) for draft in batch.entities]
        return writes, await self._federation.write(call, writes)


def _selected(batch: BatchQuery) -> Node:
    """Entities that a matcher names and that own one of `attributes`."""
    owning = any_of(*(Exists(Path(name)) for name in batch.owning)) if batch.owning else EVERYTHING
    return all_of(_any_of(batch.matchers), owning)


def _any_of(matchers: Sequence[EntityMatcher]) -> Node:
    """Entities that any of the matchers names; without matchers all."""
    if not matchers:
        return EVERYTHING
    nodes = [
        matcher(
            ids=(one.id,) if one.id else (),
            types=(one.type,) if one.type else (),
            id_regex=one.id_pattern,
            type_regex=one.type_pattern,
        )
        for one in matchers
    ]
    return EVERYTHING if EVERYTHING in nodes else any_of(*nodes)

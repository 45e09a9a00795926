"""`/ngsi-ld/v1/entityOperations/…`: many entities in one request and one commit (§5.6.7 to 10, 20).

Elements fail one by one: what could be done is done, and 207 tells which were refused and why.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

from broker.core.writes import Applied, Outcome, Refused, Write
from broker.ld.context import Context
from broker.ld.decode import Draft, decode_entity, decode_fragment
from broker.ld.door import LD_JSON, Door
from broker.ld.errors import problem_of
from broker.ld.outcomes import refusal
from broker.ld.parameters import Parameters
from broker.ld.replies import plain
from broker.ld.writing import appending, creation, merging, removal, upsert
from broker.service.broker import Broker
from kernel.errors import BadRequestError, CallerError, OdoriError, TooLargeError

PARAMETERS = ("local", "options")
Plan = Callable[[Draft], Write]


class Result(msgspec.Struct):
    """A BatchOperationResult (§5.2.16) in the making."""

    created: list[str] = msgspec.field(default_factory=list)
    success: list[str] = msgspec.field(default_factory=list)
    errors: list[dict[str, Any]] = msgspec.field(default_factory=list)

    def fail(self, entity_id: str, error: OdoriError) -> None:
        """One element was refused."""
        self.errors.append({"entityId": entity_id, "error": problem_of(error)})


class Batch:
    """`/ngsi-ld/v1/entityOperations/…`."""

    def __init__(self, broker: Broker, door: Door) -> None:
        self._broker = broker
        self._door = door

    async def create(self, request: web.Request) -> web.Response:
        """§5.6.7, §6.14.3.1."""
        result = await self._run(request, decode_entity, creation)
        return plain(_body(result), status=207) if result.errors else _created(result)

    async def upsert(self, request: web.Request) -> web.Response:
        """§5.6.8, §6.15.3.1: existing entities are replaced or, with `update`, appended to."""
        update = "update" in Parameters(request.rel_url.query, PARAMETERS).options

        def plan(draft: Draft) -> Write:
            return upsert(draft) if update else creation(draft, replace=True)

        result = await self._run(request, decode_entity, plan)
        if result.errors:
            return plain(_body(result), status=207)
        return _created(result) if result.created else plain(status=204)

    async def update(self, request: web.Request) -> web.Response:
        """§5.6.9, §6.16.3.1: attributes of existing entities are appended and overwritten."""
        options = Parameters(request.rel_url.query, PARAMETERS).options
        overwrite = "noOverwrite" not in options
        result = await self._run(
            request,
            decode_fragment,
            lambda draft: appending(draft.id, draft, overwrite=overwrite),
        )
        return plain(_body(result), status=207) if result.errors else plain(status=204)

    async def merge(self, request: web.Request) -> web.Response:
        """§5.6.20, §6.31.3.1: as a merge of each entity."""
        result = await self._run(request, decode_fragment, lambda draft: merging(draft.id, draft))
        return plain(_body(result), status=207) if result.errors else plain(status=204)

    async def delete(self, request: web.Request) -> web.Response:
        """§5.6.10, §6.17.3.1: of an array of ids."""
        call = self._door.call(request)
        Parameters(request.rel_url.query, PARAMETERS)
        document, _ = await self._door.document(request)
        ids = self._elements(document)
        if not all(isinstance(one, str) for one in ids):
            raise BadRequestError("The body is an array of ids")
        outcomes = await self._broker.write(call, [removal(one) for one in ids])
        result = Result()
        for entity_id, outcome in zip(ids, outcomes, strict=True):
            _tell(result, entity_id, outcome)
        return plain(_body(result), status=207) if result.errors else plain(status=204)

    async def _run(
        self,
        request: web.Request,
        decode: Callable[[Any, Context], Draft],
        plan: Plan,
    ) -> Result:
        """Decode each element by itself, write all that could be decoded, tell of each."""
        call = self._door.call(request)
        Parameters(request.rel_url.query, PARAMETERS)
        document, context = await self._door.document(request)
        own_contexts = request.content_type == LD_JSON
        result = Result()
        writes: list[Write] = []
        for element in self._elements(document):
            try:
                draft = decode(element, self._door.embedded(element) if own_contexts else context)
                if not draft.id:
                    raise BadRequestError("An entity of a batch needs an id")
                writes.append(plan(draft))
            except CallerError as error:
                result.fail(_id_of(element), error)
        outcomes = await self._broker.write(call, writes)
        for write, outcome in zip(writes, outcomes, strict=True):
            _tell(result, write.id, outcome)
        return result

    def _elements(self, document: Any) -> Sequence[Any]:
        if not isinstance(document, list) or not document:
            raise BadRequestError("The body of a batch is an array with an element")
        if len(document) > self._door.limits.max_batch:
            raise TooLargeError(f"A batch has at most {self._door.limits.max_batch} entities")
        return document


def _id_of(element: Any) -> str:
    entity_id = element.get("id", "") if isinstance(element, Mapping) else ""
    return entity_id if isinstance(entity_id, str) else ""


def _tell(result: Result, entity_id: str, outcome: Outcome) -> None:
    match outcome:
        case Refused() as refused:
            result.fail(entity_id, refusal(refused))
        case Applied(created=created, existing=existing):
            if existing:
                result.fail(entity_id, BadRequestError("Some of the attributes exist already"))
                return
            result.success.append(entity_id)
            if created:
                result.created.append(entity_id)


def _body(result: Result) -> dict[str, Any]:
    return {"success": result.success, "errors": result.errors}


def _created(result: Result) -> web.Response:
    return plain(result.created, status=201)

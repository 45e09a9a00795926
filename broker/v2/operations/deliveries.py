"""What Orion does not have: how a subscription is delivered, and why it is quiet (ADR 0084)."""

from aiohttp import web

from broker.core.decision import Target
from broker.core.writes import Refused
from broker.model.entity import Entity
from broker.ql.selectors import update_path
from broker.service.call import Call
from broker.service.explaining import Explainer, Explanation
from broker.service.subscriptions import Kept, Subscriptions
from broker.v2.decode.deliveries import decode_wanted
from broker.v2.decode.entities import Draft
from broker.v2.decode.explanations import Question, decode_question
from broker.v2.door import Door
from broker.v2.encode.deliveries import encode_deliveries
from broker.v2.encode.explanations import encode_explanation
from broker.v2.errors import NO_ENTITY, TOO_MANY
from broker.v2.operations.subscriptions import find_subscription
from broker.v2.operations.writing import write_of
from broker.v2.outcomes import refusal_of
from broker.v2.parameters import Option, Parameters
from broker.v2.service import one_path
from kernel.errors import ConflictError, NotFoundError


class DeliveryOperations:
    """`/v2/subscriptions/{subscriptionId}/deliveries` and `…/explain`."""

    def __init__(self, subscriptions: Subscriptions, explainer: Explainer, door: Door) -> None:
        self._subscriptions = subscriptions
        self._explainer = explainer
        self._door = door

    async def get(self, request: web.Request) -> web.Response:
        """The last attempts, what waits, and a page of the dead letters."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        kept = await find_subscription(self._subscriptions, call, request)
        found = await self._subscriptions.deliveries(
            call, kept.subscription.id, limit=parameters.limit, offset=parameters.offset
        )
        total = found.backlog.dead if parameters.has(Option.COUNT) else None
        return self._door.replies.json(call.correlator, encode_deliveries(found), total=total)

    async def replay(self, request: web.Request) -> web.Response:
        """Dead letters are owed again, under their old numbers; the answer says how many."""
        call = self._door.call(request)
        wanted = decode_wanted(await self._door.document(request))
        kept = await find_subscription(self._subscriptions, call, request)
        replayed = await self._subscriptions.replay(call, kept.subscription.id, wanted)
        return self._door.replies.json(call.correlator, {"replayed": replayed})

    async def explain(self, request: web.Request) -> web.Response:
        """Which condition decides about an entity as it is, or about a request not made."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        document = await self._door.document(request)
        question = decode_question(document, key_values=parameters.has(Option.KEY_VALUES))
        kept = await find_subscription(self._subscriptions, call, request)
        explanation = await self._explained(call, kept, question, parameters)
        shown = encode_explanation(kept.subscription, explanation)
        return self._door.replies.json(call.correlator, shown)

    async def _explained(
        self, call: Call, kept: Kept, question: Question, parameters: Parameters
    ) -> Explanation:
        if question.action is None:
            return self._explainer.of_entity(kept, await self._find(call, question.draft))
        path = update_path(call.service_path)
        write = write_of(question.action, question.draft, path, parameters)
        outcome, explanation = await self._explainer.of_write(call, kept, write)
        if isinstance(outcome, Refused):
            raise refusal_of(outcome)
        return explanation

    async def _find(self, call: Call, draft: Draft) -> Entity:
        target = Target(draft.id, draft.type, one_path(call.service_path) or "")
        found = await self._explainer.find(call, target)
        if not found:
            raise NotFoundError(NO_ENTITY)
        if len(found) > 1:
            raise ConflictError(TOO_MANY)
        return found[0]

"""`/ngsi-ld/v1/subscriptions` (§5.8, §6.10, §6.11)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from broker.ld.context import Context
from broker.ld.decode_subscription import decode_subscription
from broker.ld.door import JSON, LD_JSON, Door, accepted
from broker.ld.encode_subscription import encode_subscription, plain_subscription
from broker.ld.errors import AlreadyExistsError
from broker.ld.members import NGSI_LD_NULL
from broker.ld.operations.entities import page_links
from broker.ld.parameters import PAGING, Parameters
from broker.ld.replies import plain, reply
from broker.service.call import Call
from broker.service.subscriptions import Kept, Subscriptions
from broker.subscriptions.model import Face, Subscription
from kernel.clock import Clock
from kernel.errors import BadRequestError, ConflictError, NotFoundError
from kernel.ids import IdSource

LIST_PARAMETERS = (*PAGING, "options")
ONE_PARAMETERS = ("options",)
_PATH = "/ngsi-ld/v1/subscriptions/"
_NO_SUBSCRIPTION = "The subscription does not exist"


class SubscriptionDesk:
    """`/ngsi-ld/v1/subscriptions` and one of them."""

    def __init__(
        self, subscriptions: Subscriptions, door: Door, *, clock: Clock, ids: IdSource
    ) -> None:
        self._subscriptions = subscriptions
        self._door = door
        self._clock = clock
        self._ids = ids

    async def create(self, request: web.Request) -> web.Response:
        """§5.8.1, §6.10.3.1."""
        call = self._door.call(request)
        Parameters(request.rel_url.query, ())
        document, context = await self._door.document(request)
        draft = decode_subscription(document, context)
        subscription_id = draft.id or f"urn:ngsi-ld:Subscription:{self._ids.object_id()}"
        made = msgspec.structs.replace(draft, id=subscription_id)
        try:
            await self._subscriptions.create(call, made)
        except ConflictError as error:
            raise AlreadyExistsError(error.message) from None
        location = _PATH + quote(subscription_id, safe=":")
        return plain(status=201, headers={"Location": location})

    async def list(self, request: web.Request) -> web.Response:
        """§5.8.4, §6.10.3.2."""
        call = self._door.call(request)
        media_type = accepted(request, (JSON, LD_JSON))
        parameters = Parameters(request.rel_url.query, LIST_PARAMETERS)
        context = self._door.context(request)
        limit, offset = parameters.limit, parameters.number("offset", 0)
        page, total = await self._subscriptions.page(call, limit=limit, offset=offset, face=Face.LD)
        body = [self._shown(kept, context, parameters) for kept in page]
        links = page_links(request, parameters, media_type, more=offset + limit < total)
        count = total if parameters.wants_count else None
        return reply(body, context, media_type, links=links, total=count)

    async def retrieve(self, request: web.Request) -> web.Response:
        """§5.8.3, §6.11.3.1."""
        call = self._door.call(request)
        media_type = accepted(request, (JSON, LD_JSON))
        parameters = Parameters(request.rel_url.query, ONE_PARAMETERS)
        context = self._door.context(request)
        kept = await self._named(call, request)
        return reply(self._shown(kept, context, parameters), context, media_type)

    async def update(self, request: web.Request) -> web.Response:
        """§5.8.2, §6.11.3.2: members that are not named stay, NGSI-LD Null removes."""
        call = self._door.call(request)
        Parameters(request.rel_url.query, ())
        document, context = await self._door.document(request)
        kept = await self._named(call, request)
        own = context if context.reference else self._own_context(kept)
        if not isinstance(document, Mapping):
            raise BadRequestError("A fragment of a subscription is an object")

        def edit(current: Subscription) -> Subscription:
            whole = _laid_over(plain_subscription(current, own), document)
            return _keeping_password(current, decode_subscription(whole, own))

        await self._subscriptions.change(call, kept.subscription.id, edit)
        return plain(status=204)

    async def delete(self, request: web.Request) -> web.Response:
        """§5.8.5, §6.11.3.3."""
        call = self._door.call(request)
        Parameters(request.rel_url.query, ())
        kept = await self._named(call, request)
        await self._subscriptions.remove(call, kept.subscription.id)
        return plain(status=204)

    def _shown(self, kept: Kept, context: Context, parameters: Parameters) -> dict[str, Any]:
        system = "sysAttrs" in parameters.options
        return encode_subscription(kept, context, self._clock.now(), system=system)

    def _own_context(self, kept: Kept) -> Context:
        return self._door.library.resolve(kept.subscription.context)

    async def _named(self, call: Call, request: web.Request) -> Kept:
        try:
            kept = await self._subscriptions.get(call, request.match_info["subscriptionId"])
        except NotFoundError:
            raise NotFoundError(_NO_SUBSCRIPTION) from None
        if kept.subscription.face is not Face.LD:
            raise NotFoundError(_NO_SUBSCRIPTION)
        return kept


def _laid_over(whole: dict[str, Any], fragment: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the fragment's members; objects in both are laid over each other."""
    merged = dict(whole)
    for member, value in fragment.items():
        below = merged.get(member)
        if member == "@context":
            continue
        if value == NGSI_LD_NULL:
            merged.pop(member, None)
        elif isinstance(below, dict) and isinstance(value, Mapping):
            merged[member] = _laid_over(below, value)
        else:
            merged[member] = value
    return merged


def _keeping_password(old: Subscription, new: Subscription) -> Subscription:
    """Readers are not shown credentials, so an unchanged endpoint comes back without them."""
    if (new.endpoint.url, new.endpoint.topic) != (old.endpoint.url, old.endpoint.topic):
        return new
    endpoint = msgspec.structs.replace(
        new.endpoint,
        user=new.endpoint.user or old.endpoint.user,
        password=new.endpoint.password or old.endpoint.password,
    )
    return msgspec.structs.replace(new, endpoint=endpoint)

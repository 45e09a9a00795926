"""NGSI-v2 "Subscriptions Operations"."""

from typing import Final

from aiohttp import web

from broker.ql.selectors import service_paths
from broker.service.call import Call
from broker.service.subscriptions import Kept, Subscriptions
from broker.subscriptions.model import Face
from broker.v2.decode.object_ids import check_object_id
from broker.v2.decode.subscriptions import (
    check_edit,
    decode_subscription,
    edit_subscription,
)
from broker.v2.door import Door
from broker.v2.encode.subscriptions import encode_subscription
from broker.v2.errors import NO_SUBSCRIPTION, NOTHING_TO_UPDATE
from broker.v2.parameters import Option
from broker.v2.service import is_at
from kernel.clock import Clock
from kernel.errors import BadRequestError, NotFoundError

_EVERYWHERE: Final = "/#"


class SubscriptionOperations:
    """`/v2/subscriptions` and `/v2/subscriptions/{subscriptionId}`.

    Subscriptions of the NGSI-LD face are its own business: they speak of other notifications.
    """

    def __init__(self, subscriptions: Subscriptions, door: Door, clock: Clock) -> None:
        self._subscriptions = subscriptions
        self._door = door
        self._clock = clock

    async def list(self, request: web.Request) -> web.Response:
        """NGSI-v2 "List Subscriptions"; a service path narrows it to those with just that one.

        `/#` is everywhere, as no path is.
        """
        call = self._door.call(request)
        parameters = self._door.parameters(request)

        page, total = await self._subscriptions.page(
            call,
            limit=parameters.limit,
            offset=parameters.offset,
            face=Face.V2,
            service_path="" if call.service_path == _EVERYWHERE else call.service_path,
        )
        now = self._clock.now()
        shown = [encode_subscription(kept, now) for kept in page]
        count = total if parameters.has(Option.COUNT) else None
        return self._door.replies.json(call.correlator, shown, total=count)

    async def create(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Create Subscription"."""
        call = self._door.call(request)
        path = _path_of(call)
        document = await self._door.document(request)
        draft = decode_subscription(document, path)
        if "," in call.service_path:
            raise BadRequestError("max one service-path allowed for subscriptions")
        made = await self._subscriptions.create(call, draft)
        return self._door.replies.created(call.correlator, f"/v2/subscriptions/{made}")

    async def get(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Retrieve Subscription"; a service path finds it at just that one."""
        call = self._door.call(request)
        check_object_id(request.match_info["subscriptionId"])
        kept = await find_subscription(self._subscriptions, call, request)
        if not is_at(call.service_path, kept.subscription.service_path):
            raise NotFoundError(NO_SUBSCRIPTION)
        shown = encode_subscription(kept, self._clock.now())
        return self._door.replies.json(call.correlator, shown)

    async def update(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Update Subscription"."""
        call = self._door.call(request)
        path = _path_of(call)
        document = await self._door.document(request)
        check_edit(document)  # what is wrong with it is told of any subscription, or of none
        try:
            kept = await find_subscription(self._subscriptions, call, request)
        except NotFoundError:
            raise NotFoundError(NOTHING_TO_UPDATE) from None
        await self._subscriptions.change(
            call, kept.subscription.id, lambda current: edit_subscription(document, current, path)
        )
        return self._door.replies.nothing(call.correlator)

    async def delete(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Delete subscription"."""
        call = self._door.call(request)
        kept = await find_subscription(self._subscriptions, call, request)
        await self._subscriptions.remove(call, kept.subscription.id)
        return self._door.replies.nothing(call.correlator)


async def find_subscription(subscriptions: Subscriptions, call: Call, request: web.Request) -> Kept:
    """The subscription of NGSI-v2 that the path names.

    Raises:
        NotFoundError: there is none, or it is one of NGSI-LD.
    """
    kept = await subscriptions.get(call, request.match_info["subscriptionId"])
    if kept.subscription.face is not Face.V2:
        raise NotFoundError(NO_SUBSCRIPTION)
    return kept


def _path_of(call: Call) -> str:
    """Where the subscription looks; refused here rather than never matched.

    Raises:
        BadRequestError: the path cannot be read.
    """
    service_paths(call.service_path)
    return call.service_path or _EVERYWHERE

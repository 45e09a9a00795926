"""NGSI-v2 "Registration Operations".

There is no update, as in Orion: who wants to change a registration removes it and makes another.
"""

from typing import Final

from aiohttp import web

from broker.ql.selectors import update_path
from broker.service.registrations import Registrations
from broker.v2.decode.object_ids import check_object_id
from broker.v2.decode.registrations import decode_registration
from broker.v2.door import Door
from broker.v2.encode.registrations import encode_registration
from broker.v2.errors import NO_REGISTRATION
from broker.v2.parameters import Option
from broker.v2.service import is_at
from kernel.errors import NotFoundError

_EVERYWHERE: Final = "/#"


class RegistrationOperations:
    """`/v2/registrations` and `/v2/registrations/{registrationId}`."""

    def __init__(self, registrations: Registrations, door: Door) -> None:
        self._registrations = registrations
        self._door = door

    async def list(self, request: web.Request) -> web.Response:
        """NGSI-v2 "List Registrations"; a service path narrows it to those with just that one."""
        call = self._door.call(request)
        parameters = self._door.parameters(request)
        page, total = await self._registrations.page(
            call,
            limit=parameters.limit,
            offset=parameters.offset,
            service_path="" if call.service_path == _EVERYWHERE else call.service_path,
        )
        shown = [encode_registration(one) for one in page]
        count = total if parameters.has(Option.COUNT) else None
        return self._door.replies.json(call.correlator, shown, total=count)

    async def create(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Create Registration"."""
        call = self._door.call(request)
        path = update_path(call.service_path)
        document = await self._door.document(request)
        made = await self._registrations.create(call, decode_registration(document, path))
        return self._door.replies.created(call.correlator, f"/v2/registrations/{made}")

    async def get(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Retrieve Registration"; a service path finds it at just that one."""
        call = self._door.call(request)
        check_object_id(request.match_info["registrationId"])
        found = await self._registrations.get(call, request.match_info["registrationId"])
        if not is_at(call.service_path, found.registration.service_path):
            raise NotFoundError(NO_REGISTRATION)
        return self._door.replies.json(call.correlator, encode_registration(found))

    async def delete(self, request: web.Request) -> web.Response:
        """NGSI-v2 "Delete Registration"."""
        call = self._door.call(request)
        await self._registrations.remove(call, request.match_info["registrationId"])
        return self._door.replies.nothing(call.correlator)

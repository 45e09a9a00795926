"""Registrations in MongoDB, and beside them what is known of the requests they caused.

What is known is a row of numbered documents of which the last counts: appending number *n* succeeds
for exactly one of all who count at the same time, on every server, because `_id` is unique.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from broker.federation.model import Forwarded, Registration
from storage.documents import FORWARDED, REGISTRATION, to_json
from storage.mongodb.chains import Chain
from storage.mongodb.collection import Collection
from storage.mongodb.documents import Document, key_text

_KEPT: Final = 8
"""Old documents of a row stay for so many: a process would have to sleep through as many of the
others' counts, between its reading and its appending, to lose one."""


class MongoRegistrations:
    """`broker.ports.RegistrationStore`."""

    def __init__(
        self, *, registrations: Collection, forwarded: Collection, versions: Chain
    ) -> None:
        self._registrations = registrations
        self._forwarded = forwarded
        self._versions = versions

    async def put(self, tenant: str, registration: Registration) -> None:
        """See `RegistrationStore.put`."""
        document: Document = {
            "_id": key_text(tenant, registration.id),
            "tenant": tenant,
            "created": registration.created_at,
            "body": to_json(registration),
        }
        await self._registrations.put(document)
        await self._versions.next()

    async def get(self, tenant: str, registration_id: str) -> Registration | None:
        """See `RegistrationStore.get`."""
        found = await self._registrations.first({"_id": key_text(tenant, registration_id)})
        return None if found is None else REGISTRATION.decode(found["body"])

    async def all(self, tenant: str) -> Sequence[Registration]:
        """See `RegistrationStore.all`."""
        found = self._registrations.find({"tenant": tenant}, sort=(("created", 1), ("_id", 1)))
        return [REGISTRATION.decode(document["body"]) async for document in found]

    async def forwarded(self, tenant: str, ids: Sequence[str]) -> dict[str, Forwarded]:
        """See `RegistrationStore.forwarded`."""
        where = {"tenant": tenant, "registration": {"$in": list(ids)}}
        found = self._forwarded.find(where, sort=(("n", 1),))
        return {one["registration"]: FORWARDED.decode(one["body"]) async for one in found}

    async def count(self, tenant: str, more: Mapping[str, Forwarded]) -> None:
        """See `RegistrationStore.count`."""
        for registration_id, added in more.items():
            if await self.get(tenant, registration_id) is not None:
                await self._count(tenant, registration_id, added)

    async def _count(self, tenant: str, registration_id: str, added: Forwarded) -> None:
        row = {"tenant": tenant, "registration": registration_id}
        while True:
            last = await self._forwarded.first(row, sort=[("n", -1)])
            known = Forwarded() if last is None else FORWARDED.decode(last["body"])
            number = 1 if last is None else last["n"] + 1
            document: Document = {
                "_id": key_text(tenant, registration_id, str(number)),
                "n": number,
                "body": to_json(known.with_more(added)),
                **row,
            }
            if await self._forwarded.insert(document):
                await self._forwarded.remove({**row, "n": {"$lte": number - _KEPT}})
                return

    async def remove(self, tenant: str, registration_id: str) -> bool:
        """See `RegistrationStore.remove`. It goes first: what is left of it does no harm."""
        removed = await self._registrations.remove({"_id": key_text(tenant, registration_id)})
        await self._forwarded.remove({"tenant": tenant, "registration": registration_id})
        if removed:
            await self._versions.next()
        return bool(removed)

    async def version(self) -> int:
        """See `RegistrationStore.version`."""
        return (await self._versions.latest())[0]

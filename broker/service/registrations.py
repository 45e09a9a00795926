"""What may be done with registrations of context providers."""

from typing import Final

import msgspec

from broker.federation.model import Forwarded, Registration
from broker.ports import RegistrationStore
from broker.service.call import Call
from broker.service.provider_watch import ProviderWatch
from broker.service.registration_book import RegistrationBook
from broker.service.rules import NO_RULES, TypeRules
from kernel.clock import Clock
from kernel.errors import ForbiddenError, NotFoundError
from kernel.ids import IdSource
from kernel.permission import Permission

_NOT_FOUND: Final = "The requested registration has not been found. Check id"


class Registered(msgspec.Struct, frozen=True):
    """A registration and what is known of the requests that it caused."""

    registration: Registration
    forwarded: Forwarded


class Registrations:
    """Creates, shows and removes registrations.

    A registration leads what others ask and write to a place of its maker's choice. So it is for
    those only who see all that it may be about.
    """

    def __init__(
        self,
        *,
        store: RegistrationStore,
        book: RegistrationBook,
        watch: ProviderWatch,
        clock: Clock,
        ids: IdSource,
        rules: TypeRules = NO_RULES,
    ) -> None:
        self._store = store
        self._book = book
        self._watch = watch
        self._clock = clock
        self._ids = ids
        self._rules = rules

    async def create(self, call: Call, draft: Registration) -> str:
        """Store a new registration; returns its id.

        Raises:
            ForbiddenError: it is about what the caller may not see, or about a guarded type.
        """
        call.check_tenant()
        guarded = self._rules.guarded_for(call.principal)
        if not guarded.isdisjoint(one.type for one in draft.entities):
            raise ForbiddenError("Entities of this type are written by the city's intake only")
        if not self._is_for(call, draft):
            raise ForbiddenError("These credentials do not register this")
        made = msgspec.structs.replace(
            draft, id=self._ids.object_id(), created_at=self._clock.now()
        )
        await self._store.put(call.tenant, made)
        self._book.forget(call.tenant)
        return made.id

    async def get(self, call: Call, registration_id: str) -> Registered:
        """One registration.

        Raises:
            NotFoundError: there is none of that id that the caller may see.
        """
        call.check_tenant()
        found = await self._store.get(call.tenant, registration_id)
        if found is None or not self._is_for(call, found):
            raise NotFoundError(_NOT_FOUND)
        known = await self._watch.forwarded(call.tenant, [registration_id])
        return Registered(found, known.get(registration_id, Forwarded()))

    async def page(
        self, call: Call, *, limit: int, offset: int, service_path: str = ""
    ) -> tuple[list[Registered], int]:
        """A page in order of creation, and how many there are in all that the caller may see.

        `service_path`: only those made at exactly that one; empty for all.
        """
        call.check_tenant()
        everything = [
            one
            for one in await self._store.all(call.tenant)
            if service_path in ("", one.service_path) and self._is_for(call, one)
        ]
        page = everything[offset : offset + limit]
        known = await self._watch.forwarded(call.tenant, [one.id for one in page])
        return [Registered(one, known.get(one.id, Forwarded())) for one in page], len(everything)

    async def remove(self, call: Call, registration_id: str) -> None:
        """Remove a registration.

        Raises:
            NotFoundError: there is none of that id that the caller may see.
        """
        await self.get(call, registration_id)
        if not await self._store.remove(call.tenant, registration_id):
            raise NotFoundError(_NOT_FOUND)
        self._book.forget(call.tenant)

    def _is_for(self, call: Call, registration: Registration) -> bool:
        permission = self._rules.permission_for(call.principal)
        return permission.hides_nothing() or permission.covers(
            _subject_of(registration, permission.hidden_types)
        )


def _subject_of(registration: Registration, hidden: frozenset[str]) -> Permission:
    """What one must see to see all that the registration may be about.

    `hidden` types do not matter where the registration names its types, and these are others.
    """
    types = frozenset(one.type for one in registration.entities)
    anything = "" in types
    return Permission(
        types=None if anything else types,
        hidden_types=frozenset() if anything else hidden - types,
        attributes=frozenset(registration.attributes) or None,
        service_paths=frozenset({registration.service_path}),
    )

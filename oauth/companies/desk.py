"""Where companies and their clients are registered, changed and ended."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.times import HOUR_US, Instant
from oauth.companies import clients, states, texts
from oauth.companies.agreements import Agreements
from oauth.companies.documents import Documents
from oauth.companies.wishes import ClientWish, CompanyWish
from oauth.model.companies import Client, ClientKind, Company, CompanyState, StateChange
from oauth.model.kinds import CLIENTS, COMPANIES
from oauth.model.token import Secret
from oauth.paging import everything, marked
from oauth.ports import Kept, Shelves
from oauth.sealing.secrets import fresh_secret

OVERLAP_US: Final = 24 * HOUR_US
"""How long a company has to put its new secret in the place of the old one."""

Following: TypeAlias = Callable[[str], Awaitable[None]]


class Registered(msgspec.Struct, frozen=True):
    """A client with the secret that was made for it: shown once, to whoever asked for it."""

    client: Client
    secret: Secret

    def __repr__(self) -> str:
        return f"Registered({self.client.id!r})"


class Companies:
    """All that operators do with member companies; what those agreed to stands in `agreements`.

    Readers get what is committed.

    Args:
        vault: keeps companies, clients, contracts and terms.
        allow_loopback: whether http on 127.0.0.1 and [::1] may be a redirect URI: the demo's.
        longest_validity_months: of a consent under any contract.
        silence: ends what is kept elsewhere for a client that is shut out: the tokens of machines.
        part: ends what people agreed to with a service that has ended.
    """

    def __init__(
        self,
        *,
        vault: Shelves,
        clock: Clock,
        ids: IdSource,
        allow_loopback: bool = False,
        longest_validity_months: int = 12,
        silence: Following | None = None,
        part: Following | None = None,
    ) -> None:
        self._documents = documents = Documents(vault=vault, clock=clock)
        self._ids = ids
        self._allow_loopback = allow_loopback
        self.agreements: Final = Agreements(
            documents, longest_validity_months=longest_validity_months
        )
        self._silence = silence
        self._part = part

    # Reading -------------------------------------------------------------------------------------

    async def company(self, company_id: str) -> Kept[Company] | None:
        """The company, or None."""
        return await self._documents.shelf(COMPANIES).get(company_id)

    async def client(self, client_id: str) -> Kept[Client] | None:
        """The client, ended ones included, or None."""
        return await self._documents.shelf(CLIENTS).get(client_id)

    async def all(self) -> Sequence[Company]:
        """Every company, in order of id."""
        found = everything(self._documents.shelf(COMPANIES), COMPANIES)
        return [kept.value async for kept in found]

    async def clients_of(self, company_id: str) -> Sequence[Client]:
        """Every client of a company, ended ones included, the oldest first."""
        shelf = self._documents.shelf(CLIENTS)
        found = [kept.value async for kept in marked(shelf, CLIENTS, "company", company_id)]
        return sorted(found, key=lambda one: (one.created_at, one.id))

    # Companies -----------------------------------------------------------------------------------

    async def register_company(self, wish: CompanyWish, *, by: str) -> Company:
        """A new member, active; `by` is the label of the operator's token."""
        now = self._documents.now()
        company = Company(
            id=clients.fresh_id("co_", self._ids),
            name=wish.name.bilingual,
            address=wish.address,
            representative=wish.representative,
            corporate_number=wish.corporate_number,
            contact=wish.contact,
            created_at=now,
            changes=(StateChange(now, CompanyState.ACTIVE, by, "registered"),),
        )
        await self._documents.add(COMPANIES, company)
        return company

    async def suspend(self, company_id: str, *, by: str, reason: str) -> Company:
        """Shut a company out: with the next call on every node its clients and tokens are dead.

        Raises:
            NotFoundError: there is no such company.
            SuspendedAlreadyError: it is suspended.
            BadRequestError: no reason.
        """
        try:
            company = await self._documents.change_company(
                company_id, lambda one, now: states.suspended(one, by=by, reason=reason, now=now)
            )
        except states.SuspendedAlreadyError:
            await self._silence_all(company_id)  # whoever did it may have been cut off half-way
            raise
        await self._silence_all(company_id)
        return company

    async def activate(self, company_id: str, *, by: str, reason: str) -> Company:
        """Let a company in again. No token of before comes back to life (MB4).

        Raises:
            NotFoundError: there is no such company.
            ActiveAlreadyError: it is not suspended.
            BadRequestError: no reason.
        """
        return await self._documents.change_company(
            company_id, lambda one, now: states.activated(one, by=by, reason=reason, now=now)
        )

    # Clients -------------------------------------------------------------------------------------

    async def register_client(self, company_id: str, wish: ClientWish) -> Registered:
        """A new client of a company, with its secret. No consent of before covers it (CN8).

        Raises:
            NotFoundError: there is no such company, or no such terms.
            InvalidRedirectUriError, BadRequestError: see `clients.admitted`.
            ConflictError: the terms cannot bind it, see `bind_terms`.
        """
        await self._documents.company(company_id)
        secret = Secret(fresh_secret(self._ids, clients.SECRET_PREFIX))
        client = clients.admitted(
            wish,
            company_id=company_id,
            secret_digest=secret.digest,
            ids=self._ids,
            now=self._documents.now(),
            allow_loopback=self._allow_loopback,
        )
        if wish.terms is not None:
            client = texts.bound(
                client, await self.agreements.exact_terms(wish.terms), self._documents.now()
            )
        await self._documents.add(CLIENTS, client)
        return Registered(client, secret)

    async def rotate_secret(self, client_id: str, *, overlap_us: int = OVERLAP_US) -> Registered:
        """Give a client another secret; the one before is good for `overlap_us` more.

        Raises:
            NotFoundError: there is no such client.
            ConflictError: it has ended.
        """
        secret = Secret(fresh_secret(self._ids, clients.SECRET_PREFIX))

        def decide(client: Client, now: Instant) -> Client:
            until = Instant(now + overlap_us)
            return clients.rotated(client, secret.digest, previous_until=until)

        return Registered(await self._documents.change_client(client_id, decide), secret)

    async def redirect(self, client_id: str, redirect_uris: tuple[str, ...]) -> Client:
        """Say where a service is answered from now on; authorizations under way end in an error.

        Raises:
            NotFoundError: there is no such client.
            InvalidRedirectUriError, BadRequestError, ConflictError: see `clients.redirected`.
        """
        return await self._documents.change_client(
            client_id,
            lambda one, _: clients.redirected(
                one, redirect_uris, allow_loopback=self._allow_loopback
            ),
        )

    async def drop_previous_secret(self, client_id: str) -> Client:
        """End the secret before the present one now, whatever overlap was left.

        Raises:
            NotFoundError: there is no such client.
        """
        return await self._documents.change_client(
            client_id, lambda one, _: clients.without_previous(one)
        )

    async def end_client(self, client_id: str) -> Client:
        """End a client for good: no secret, no token, no consent page; its records stay.

        Raises:
            NotFoundError: there is no such client.
        """
        client = await self._documents.change_client(client_id, clients.ended)
        await self._silenced(client)
        if self._part is not None:
            await self._part(client.id)
        return client

    # In common -----------------------------------------------------------------------------------

    async def _silence_all(self, company_id: str) -> None:
        for client in await self.clients_of(company_id):
            await self._silenced(client)

    async def _silenced(self, client: Client) -> None:
        """After the commit, when nobody is let in any more who would be given another token."""
        if self._silence is not None and client.kind is ClientKind.MACHINE:
            await self._silence(client.id)

"""Where companies, clients, contracts and terms are registered, changed and ended.

Each is one document, and each change of one is one compare-and-swap that is tried again when
somebody else was faster: whoever reads sees it before or after, on every node.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias, TypeVar

import msgspec

from kernel.clock import Clock
from kernel.errors import ConflictError, NotFoundError
from kernel.ids import IdSource
from kernel.times import HOUR_US, Instant
from oauth.companies import clients, contracts, states, texts
from oauth.companies.reading import everything, everything_marked
from oauth.companies.wishes import ClientWish, CompanyWish, ContractWish, TermsName, TermsWish
from oauth.model.companies import Client, ClientKind, Company, CompanyState, Contract, StateChange
from oauth.model.kinds import CLIENTS, COMPANIES, CONTRACT_VERSIONS, CONTRACTS, TERMS, Kind
from oauth.model.terms import TermsDocument
from oauth.model.token import Secret
from oauth.ports import Kept, Shelves
from oauth.sealing.secrets import fresh_secret

ValueT = TypeVar("ValueT", bound=msgspec.Struct)

OVERLAP_US: Final = 24 * HOUR_US
"""How long a company has to put its new secret in the place of the old one."""

_TRIES: Final = 20

Following: TypeAlias = Callable[[str], Awaitable[None]]


class Registered(msgspec.Struct, frozen=True):
    """A client with the secret that was made for it: shown once, to whoever asked for it."""

    client: Client
    secret: Secret

    def __repr__(self) -> str:
        return f"Registered({self.client.id!r})"


class Companies:
    """All that operators do with member companies. Readers get what is committed.

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
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._allow_loopback = allow_loopback
        self._longest_validity_months = longest_validity_months
        self._silence = silence
        self._part = part

    # Reading -------------------------------------------------------------------------------------

    async def company(self, company_id: str) -> Kept[Company] | None:
        """The company, or None."""
        return await self._vault.shelf(COMPANIES).get(company_id)

    async def client(self, client_id: str) -> Kept[Client] | None:
        """The client, ended ones included, or None."""
        return await self._vault.shelf(CLIENTS).get(client_id)

    async def contract_of(self, client: Client) -> Kept[Contract] | None:
        """The present version of the client's contract, signed or not, in force or not."""
        if not client.contract_id:
            return None
        return await self._vault.shelf(CONTRACTS).get(client.contract_id)

    async def terms(self, terms_id: str, version: str = "") -> TermsDocument | None:
        """That version of a text; without a version the one in effect now, or None."""
        if version:
            kept = await self._vault.shelf(TERMS).get(f"{terms_id}@{version}")
            return None if kept is None else kept.value
        return texts.in_effect(await self.terms_versions(terms_id), self._clock.now())

    async def all(self) -> Sequence[Company]:
        """Every company, in order of id."""
        return [one async for one in everything(self._vault.shelf(COMPANIES), COMPANIES)]

    async def clients_of(self, company_id: str) -> Sequence[Client]:
        """Every client of a company, ended ones included, the oldest first."""
        shelf = self._vault.shelf(CLIENTS)
        found = [one async for one in everything_marked(shelf, CLIENTS, "company", company_id)]
        return sorted(found, key=lambda one: (one.created_at, one.id))

    async def contract_versions(self, client: Client) -> Sequence[Contract]:
        """Every version of the client's contract, the present one last."""
        present = await self.contract_of(client)
        if present is None:
            return []
        shelf, contract_id = self._vault.shelf(CONTRACT_VERSIONS), client.contract_id
        past = everything_marked(shelf, CONTRACT_VERSIONS, "contract", contract_id)
        before = [one async for one in past if one.version < present.value.version]
        return [*before, present.value]

    async def terms_versions(self, terms_id: str) -> Sequence[TermsDocument]:
        """Every version of a text, in the order in which they take effect."""
        shelf = self._vault.shelf(TERMS)
        found = [one async for one in everything_marked(shelf, TERMS, "id", terms_id)]
        return sorted(found, key=texts.order)

    async def all_terms(self) -> Sequence[TermsDocument]:
        """Every version of every text."""
        shelf = self._vault.shelf(TERMS)
        found = [one async for one in everything(shelf, TERMS)]
        return sorted(found, key=lambda one: (one.id, *texts.order(one)))

    # Companies -----------------------------------------------------------------------------------

    async def register_company(self, wish: CompanyWish, *, by: str) -> Company:
        """A new member, active; `by` is the label of the operator's token."""
        now = self._clock.now()
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
        await self._add(COMPANIES, company)
        return company

    async def suspend(self, company_id: str, *, by: str, reason: str) -> Company:
        """Shut a company out: with the next call on every node its clients and tokens are dead.

        Raises:
            NotFoundError: there is no such company.
            SuspendedAlreadyError: it is suspended.
            BadRequestError: no reason.
        """
        try:
            company = await self._change_company(
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
        return await self._change_company(
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
        await self._existing(COMPANIES, company_id, "company")
        secret = Secret(fresh_secret(self._ids, clients.SECRET_PREFIX))
        client = clients.admitted(
            wish,
            company_id=company_id,
            secret_digest=secret.digest,
            ids=self._ids,
            now=self._clock.now(),
            allow_loopback=self._allow_loopback,
        )
        if wish.terms is not None:
            client = texts.bound(client, await self._text(wish.terms), self._clock.now())
        await self._add(CLIENTS, client)
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

        return Registered(await self._change_client(client_id, decide), secret)

    async def redirect(self, client_id: str, redirect_uris: tuple[str, ...]) -> Client:
        """Say where a service is answered from now on; authorizations under way end in an error.

        Raises:
            NotFoundError: there is no such client.
            InvalidRedirectUriError, BadRequestError, ConflictError: see `clients.redirected`.
        """
        return await self._change_client(
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
        return await self._change_client(client_id, lambda one, _: clients.without_previous(one))

    async def end_client(self, client_id: str) -> Client:
        """End a client for good: no secret, no token, no consent page; its records stay.

        Raises:
            NotFoundError: there is no such client.
        """
        client = await self._change_client(client_id, clients.ended)
        await self._silenced(client)
        if self._part is not None:
            await self._part(client.id)
        return client

    # Contracts -----------------------------------------------------------------------------------

    async def set_contract(self, client_id: str, wish: ContractWish) -> Contract:
        """The next version of a client's contract, in the place of the one before.

        What it drops is refused from now on, whatever was consented to (CN9); what it adds waits
        for a new consent (MB14). Unless it names the date of its signatures, it permits nothing
        until it is signed.

        Raises:
            NotFoundError: there is no such client, or a source is no company.
            BadRequestError: see `contracts.drawn_up`.
            ConflictError: the client has ended, or is of a kind that has no contract.
        """
        client = await self._existing(CLIENTS, client_id, "client")
        if client.kind is not ClientKind.SERVICE:
            raise ConflictError("Only services have a contract")
        clients.refuse_ended(client)
        for company_id in wish.sources:
            await self._existing(COMPANIES, company_id, "company")
        for _ in range(_TRIES):
            made = await self._try_contract(client, wish)
            if made is not None:
                return made
        raise ConflictError("The contract is being changed by others; try again")

    async def sign_contract(self, client_id: str, document_sha256: str, signed_on: str) -> Contract:
        """Put the date of its signatures on the present version: from then on it is in force.

        Raises:
            NotFoundError: there is no such client, or it has no contract.
            ConflictError: it is signed already, or another document was signed.
            BadRequestError: the date is none.
        """
        client = await self._existing(CLIENTS, client_id, "client")
        on = contracts.instant_of(signed_on)
        return await self._change(
            CONTRACTS,
            client.contract_id,
            "contract",
            lambda one, _: contracts.signed(one, document_sha256, on),
        )

    # Terms ---------------------------------------------------------------------------------------

    async def put_terms(self, wish: TermsWish) -> TermsDocument:
        """Store a version of a text, and bind the services that it names. No version ever changes.

        Raises:
            NotFoundError: the owner is no company, or there is no such client.
            BadRequestError: the clauses are not those of its kind.
            ConflictError: the version exists, is not the latest, or cannot bind a service.
        """
        document = texts.written(wish)
        if wish.owner != texts.ASSOCIATION:
            await self._existing(COMPANIES, wish.owner, "company")
        bound = [await self._existing(CLIENTS, one, "client") for one in wish.clients]
        for client in bound:
            texts.bound(client, document, self._clock.now())
        texts.check_follows(document, await self.terms_versions(document.id))
        if not await self._vault.shelf(TERMS).add(document):
            raise ConflictError("This version of the terms exists already")
        for client in bound:
            await self._bind(client.id, document)
        return document

    async def bind_terms(self, client_id: str, name: TermsName) -> Client:
        """Say which version of its service's terms a client works under.

        Raises:
            NotFoundError: there is no such client or no such version.
            ConflictError: the text is another company's, lacks a clause of seed 004, or is not in
                effect yet; or the client is no service, or has ended.
        """
        return await self._bind(client_id, await self._text(name))

    # In common -----------------------------------------------------------------------------------

    async def _silence_all(self, company_id: str) -> None:
        for client in await self.clients_of(company_id):
            await self._silenced(client)

    async def _silenced(self, client: Client) -> None:
        """After the commit, when nobody is let in any more who would be given another token."""
        if self._silence is not None and client.kind is ClientKind.MACHINE:
            await self._silence(client.id)

    async def _try_contract(self, client: Client, wish: ContractWish) -> Contract | None:
        shelf, present = self._vault.shelf(CONTRACTS), await self.contract_of(client)
        made = contracts.drawn_up(
            wish,
            client,
            version=1 if present is None else present.value.version + 1,
            longest_validity_months=self._longest_validity_months,
        )
        if present is None:
            return made if await shelf.add(made) else None
        await self._keep_past(present.value)
        return made if await shelf.swap(present, made) else None

    async def _keep_past(self, contract: Contract) -> None:
        """Before the next version takes its place, so that none that was in force is ever lost."""
        shelf = self._vault.shelf(CONTRACT_VERSIONS)
        kept = await shelf.get(CONTRACT_VERSIONS.key(contract))
        if kept is None:
            await shelf.add(contract)
        elif kept.value != contract:  # signed since somebody began to replace it
            await shelf.swap(kept, contract)

    async def _bind(self, client_id: str, document: TermsDocument) -> Client:
        return await self._change_client(
            client_id, lambda one, now: texts.bound(one, document, now)
        )

    async def _text(self, name: TermsName) -> TermsDocument:
        found = await self.terms(name.id, name.version)
        if found is None:
            raise NotFoundError("There are no terms of this id and version")
        return found

    async def _change_company(
        self, company_id: str, decide: Callable[[Company, Instant], Company]
    ) -> Company:
        return await self._change(COMPANIES, company_id, "company", decide)

    async def _change_client(
        self, client_id: str, decide: Callable[[Client, Instant], Client]
    ) -> Client:
        return await self._change(CLIENTS, client_id, "client", decide)

    async def _change(
        self, kind: Kind[ValueT], key: str, name: str, decide: Callable[[ValueT, Instant], ValueT]
    ) -> ValueT:
        shelf = self._vault.shelf(kind)
        for _ in range(_TRIES):
            kept = await shelf.get(key) if key else None
            if kept is None:
                raise NotFoundError(f"There is no such {name}")
            value = decide(kept.value, self._clock.now())
            if value == kept.value or await shelf.swap(kept, value):
                return value
        raise ConflictError(f"The {name} is being changed by others; try again")

    async def _existing(self, kind: Kind[ValueT], key: str, name: str) -> ValueT:
        kept = await self._vault.shelf(kind).get(key)
        if kept is None:
            raise NotFoundError(f"There is no such {name}")
        return kept.value

    async def _add(self, kind: Kind[ValueT], value: ValueT) -> None:
        if not await self._vault.shelf(kind).add(value):
            raise ConflictError("The id is taken; try again")

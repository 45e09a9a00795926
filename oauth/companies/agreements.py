"""Where what a service works under is agreed on: its contract, and its terms.

Both come in versions of which none is ever lost: consents and records of provision name them.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from kernel.errors import ConflictError, NotFoundError
from oauth.companies import clients, contracts, texts
from oauth.companies.documents import Documents, persist
from oauth.companies.wishes import ContractWish, TermsName, TermsWish
from oauth.model.companies import Client, ClientKind, Contract
from oauth.model.kinds import CONTRACT_VERSIONS, CONTRACTS, TERMS
from oauth.model.terms import TermsDocument
from oauth.paging import everything, marked
from oauth.ports import Kept


class Agreements:
    """Contracts and terms. Readers get what is committed.

    Args:
        documents: of companies, clients, contracts and terms.
        longest_validity_months: of a consent under any contract.
    """

    def __init__(self, documents: Documents, *, longest_validity_months: int) -> None:
        self._documents = documents
        self._longest_validity_months = longest_validity_months

    # Contracts -----------------------------------------------------------------------------------

    async def contract_of(self, client: Client) -> Kept[Contract] | None:
        """The present version of the client's contract, signed or not, in force or not."""
        if not client.contract_id:
            return None
        return await self._documents.shelf(CONTRACTS).get(client.contract_id)

    async def contract_versions(self, client: Client) -> Sequence[Contract]:
        """Every version of the client's contract, the present one last."""
        present = await self.contract_of(client)
        if present is None:
            return []
        shelf, contract_id = self._documents.shelf(CONTRACT_VERSIONS), client.contract_id
        past = marked(shelf, CONTRACT_VERSIONS, "contract", contract_id)
        versions = [kept.value async for kept in past]
        before = [one for one in versions if one.version < present.value.version]
        return [*before, present.value]

    async def contract_at(self, client: Client, version: int) -> Contract | None:
        """That version of the client's contract, or None."""
        present = await self.contract_of(client)
        if present is None or present.value.version == version:
            return None if present is None else present.value
        past = replace(present.value, version=version)
        kept = await self._documents.shelf(CONTRACT_VERSIONS).get(CONTRACT_VERSIONS.key(past))
        return None if kept is None else kept.value

    async def set_contract(self, client_id: str, wish: ContractWish) -> Contract:
        """The next version of a client's contract, in the place of the one before.

        What it drops is refused from now on, whatever was consented to (CN9); what it adds waits
        for a new consent (MB14). Unless it names the date of its signatures, it permits nothing
        until it is signed.

        Raises:
            NotFoundError: there is no such client, or a source is no company.
            BadRequestError: see `contracts.drawn_up`.
            ConflictError: the client has ended, or is of a kind that has no contract; or see
                `contracts.check_purpose`.
        """
        client = await self._documents.client(client_id)
        if client.kind is not ClientKind.SERVICE:
            raise ConflictError("Only services have a contract")
        clients.refuse_ended(client)
        for company_id in wish.sources:
            await self._documents.company(company_id)
        return await persist(lambda: self._try_contract(client, wish), "contract")

    async def sign_contract(self, client_id: str, document_sha256: str, signed_on: str) -> Contract:
        """Put the date of its signatures on the present version: from then on it is in force.

        Raises:
            NotFoundError: there is no such client, or it has no contract.
            ConflictError: it is signed already, or another document was signed.
            BadRequestError: the date is none.
        """
        client = await self._documents.client(client_id)
        on = contracts.instant_of(signed_on)
        return await self._documents.change(
            CONTRACTS,
            client.contract_id,
            "contract",
            lambda one, _: contracts.signed(one, document_sha256, on),
        )

    # Terms ---------------------------------------------------------------------------------------

    async def terms(self, terms_id: str, version: str = "") -> TermsDocument | None:
        """That version of a text; without a version the one in effect now, or None."""
        if version:
            kept = await self._documents.shelf(TERMS).get(f"{terms_id}@{version}")
            return None if kept is None else kept.value
        return texts.in_effect(await self.terms_versions(terms_id), self._documents.now())

    async def exact_terms(self, name: TermsName) -> TermsDocument:
        """That version of a text.

        Raises:
            NotFoundError: there is none.
        """
        found = await self.terms(name.id, name.version)
        if found is None:
            raise NotFoundError("There are no terms of this id and version")
        return found

    async def terms_versions(self, terms_id: str) -> Sequence[TermsDocument]:
        """Every version of a text, in the order in which they take effect."""
        shelf = self._documents.shelf(TERMS)
        found = [kept.value async for kept in marked(shelf, TERMS, "id", terms_id)]
        return sorted(found, key=texts.order)

    async def all_terms(self) -> Sequence[TermsDocument]:
        """Every version of every text."""
        shelf = self._documents.shelf(TERMS)
        found = [kept.value async for kept in everything(shelf, TERMS)]
        return sorted(found, key=lambda one: (one.id, *texts.order(one)))

    async def put_terms(self, wish: TermsWish) -> TermsDocument:
        """Store a version of a text, and bind the services that it names. No version ever changes.

        Raises:
            NotFoundError: the owner is no company, or there is no such client.
            BadRequestError: the clauses are not those of its kind.
            ConflictError: the version exists, is not the latest, or cannot bind a service.
        """
        document = texts.written(wish)
        if wish.owner != texts.ASSOCIATION:
            await self._documents.company(wish.owner)
        bound = [await self._documents.client(one) for one in wish.clients]
        for client in bound:
            texts.bound(client, document, self._documents.now())
        texts.check_follows(document, await self.terms_versions(document.id))
        if not await self._documents.shelf(TERMS).add(document):
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
        return await self._bind(client_id, await self.exact_terms(name))

    # In common -----------------------------------------------------------------------------------

    async def _try_contract(self, client: Client, wish: ContractWish) -> Contract | None:
        shelf, present = self._documents.shelf(CONTRACTS), await self.contract_of(client)
        made = contracts.drawn_up(
            wish,
            client,
            version=1 if present is None else present.value.version + 1,
            longest_validity_months=self._longest_validity_months,
        )
        if present is None:
            return made if await shelf.add(made) else None
        contracts.check_purpose(made, await self.contract_versions(client))
        await self._keep_past(present.value)
        return made if await shelf.swap(present, made) else None

    async def _keep_past(self, contract: Contract) -> None:
        """Before the next version takes its place, so that none that was in force is ever lost."""
        shelf = self._documents.shelf(CONTRACT_VERSIONS)
        kept = await shelf.get(CONTRACT_VERSIONS.key(contract))
        if kept is None:
            await shelf.add(contract)
        elif kept.value != contract:  # signed since somebody began to replace it
            await shelf.swap(kept, contract)

    async def _bind(self, client_id: str, document: TermsDocument) -> Client:
        return await self._documents.change_client(
            client_id, lambda one, now: texts.bound(one, document, now)
        )

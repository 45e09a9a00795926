"""What an authorization request rests on, and what a yes becomes: a grant with a code."""

from dataclasses import dataclass
from typing import Final

from kernel.clock import Clock
from kernel.errors import ConflictError
from kernel.ids import IdSource
from kernel.times import SECOND_US, Instant
from oauth.companies.desk import Companies
from oauth.companies.standing import lacks
from oauth.model.companies import Client, Company, Contract
from oauth.model.consents import Consent
from oauth.model.grants import Code, Grant
from oauth.model.ids import ulid
from oauth.model.items import Item
from oauth.model.kinds import GRANTS
from oauth.model.people import TermsRef
from oauth.model.texts import Bilingual
from oauth.ports import Shelves
from oauth.sealing.secrets import digest_of, fresh_secret
from oauth.server.ports import Visitor
from oauth.server.protocol.authorization import AuthorizationRequest
from oauth.server.protocol.errors import ErrorCode, OAuthError
from oauth.server.protocol.token_request import AUTHORIZATION_CODE
from oauth.terms.packaged import ID_TERMS, PROVISION_TERMS

CODE_PREFIX: Final = "odori_ac_"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in order, from a service in good standing."""

    request: AuthorizationRequest
    client: Client
    company: Company
    contract: Contract


class Authorizing:
    """Loads what a request rests on, and writes what it leads to."""

    def __init__(
        self,
        *,
        vault: Shelves,
        companies: Companies,
        clock: Clock,
        ids: IdSource,
        code_ttl_s: int,
    ) -> None:
        self._grants = vault.shelf(GRANTS)
        self._companies = companies
        self._clock = clock
        self._ids = ids
        self._code_ttl_us = code_ttl_s * SECOND_US

    async def client(self, client_id: str) -> Client | None:
        """A client that has not ended."""
        kept = await self._companies.client(client_id)
        return None if kept is None or kept.value.ended_at is not None else kept.value

    async def asked(self, request: AuthorizationRequest, client: Client) -> Asked:
        """The request with the company and the contract behind it.

        Raises:
            OAuthError: unauthorized_client: the service may send nobody here at present.
        """
        company = await self._companies.company(client.company_id)
        contract = await self._companies.agreements.contract_of(client)
        if company is None or contract is None or AUTHORIZATION_CODE not in client.grant_types:
            raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT)
        if lacks(client, company.value, contract.value, self._clock.now()):
            raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT)
        return Asked(request, client, company.value, contract.value)

    async def terms(self, client: Client) -> tuple[TermsRef, ...]:
        """What is accepted with a consent now: the association's terms, then the service's."""
        association = [
            await self._companies.agreements.terms(one) for one in (ID_TERMS, PROVISION_TERMS)
        ]
        service = () if client.terms is None else (client.terms,)
        return (*(one.ref for one in association if one is not None), *service)

    async def sources(self, contract: Contract) -> tuple[Bilingual, ...]:
        """Names of the companies whose member data the contract covers."""
        kept = [await self._companies.company(one) for one in contract.sources]
        return tuple(one.value.name for one in kept if one is not None)

    async def grant(self, asked: Asked, visitor: Visitor, consent: Consent) -> str:
        """Store a family with a fresh code; the code, which exists once.

        It covers what was asked for and agreed to, so never more than the consent.
        """
        now = self._clock.now()
        secret = fresh_secret(self._ids, CODE_PREFIX)
        expires_at = Instant(now + self._code_ttl_us)
        request = asked.request
        agreed = frozenset(one.item for one in consent.items) | {Item.OPENID}
        grant = Grant(
            id=ulid(now, self._ids),
            client_id=asked.client.id,
            company_id=asked.company.id,
            account_id=visitor.account.id,
            consent_id=consent.id,
            consent_version=consent.version,
            scopes=frozenset(one.value for one in request.items & agreed),
            company_epoch=asked.company.epoch,
            account_epoch=visitor.account.epoch,
            authenticated_at=visitor.session.authenticated_at,
            created_at=now,
            expires_at=expires_at,
            code=Code(
                digest=digest_of(secret),
                redirect_uri=request.target.redirect_uri,
                challenge=request.challenge,
                expires_at=expires_at,
                nonce=request.nonce,
            ),
        )
        if not await self._grants.add(grant):
            raise ConflictError("The grant exists already")
        return secret

"""Clients in their own name: client_credentials (RFC 6749 §4.4)."""

from kernel.clock import Clock
from kernel.json import render
from oauth.companies.desk import Companies
from oauth.companies.standing import lacks
from oauth.model.companies import Client, ClientKind, Company
from oauth.server.issuing import Issuer, answer, answer_of
from oauth.server.machine_tokens import MachineTokens
from oauth.server.protocol.errors import ErrorCode, OAuthError
from oauth.server.protocol.scopes import narrowed, own_scopes
from oauth.server.protocol.token_request import Own


class OwnDesk:
    """Services get tokens for lists and uploads, machines get tokens for the broker."""

    def __init__(
        self, *, companies: Companies, issuer: Issuer, machines: MachineTokens, clock: Clock
    ) -> None:
        self._companies = companies
        self._issuer = issuer
        self._machines = machines
        self._clock = clock

    async def issue(self, client: Client, ask: Own) -> bytes:
        """The answer; no refresh token comes with it (RFC 6749 §4.4.3).

        Raises:
            OAuthError: unauthorized_client: the service lacks what binds it, such as a contract;
                invalid_scope.
        """
        company = await self._companies.company(client.company_id)
        kept = await self._companies.agreements.contract_of(client)
        contract = None if kept is None else kept.value
        if company is None or lacks(client, company.value, contract, self._clock.now()):
            raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT)
        scopes = narrowed(ask.scope, own_scopes(client, contract))
        if not scopes:
            raise OAuthError(ErrorCode.INVALID_SCOPE)
        if client.kind is ClientKind.MACHINE:
            return await self._of_machine(client, company.value, scopes)
        issued = self._issuer.own(client, company.value, scopes)
        await self._issuer.store(issued)
        return render(answer_of(issued))

    async def _of_machine(self, client: Client, company: Company, scopes: frozenset[str]) -> bytes:
        """Look at the company once more: a suspension meanwhile ended the tokens of before it."""
        secret = await self._machines.issue(client, scopes)
        member = await self._companies.company(client.company_id)
        present = await self._companies.client(client.id)
        stands = member is not None and member.value.epoch == company.epoch
        if not stands or present is None or present.value.ended_at is not None:
            await self._machines.end(client.id)
            raise OAuthError(ErrorCode.INVALID_CLIENT)
        return render(answer(secret.reveal(), scopes, lives_us=self._machines.ttl_us))

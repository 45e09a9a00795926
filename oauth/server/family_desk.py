"""Codes and refresh tokens become tokens. Each is one compare-and-swap on the family's grant."""

from dataclasses import dataclass
from typing import Final, assert_never

from kernel.clock import Clock
from kernel.errors import UnauthenticatedError, UnavailableError
from kernel.ids import IdSource
from kernel.json import render
from kernel.times import DAY_US, Instant
from oauth.consent import standing
from oauth.model.companies import Client
from oauth.model.consents import Consent
from oauth.model.grants import Grant
from oauth.model.items import Item
from oauth.model.kinds import GRANTS
from oauth.ports import Kept, Shelves
from oauth.sealing.secrets import digest_of, fresh_secret
from oauth.server.events import SecurityEvents
from oauth.server.issuing import Issued, Issuer, answer_of
from oauth.server.keys import KeyRing
from oauth.server.ports import IdProvisions
from oauth.server.protocol import families
from oauth.server.protocol.claims import Login, id_token
from oauth.server.protocol.errors import ErrorCode, OAuthError
from oauth.server.protocol.families import Ended, Going, NextRefresh, Refused, Verdict
from oauth.server.protocol.scopes import narrowed
from oauth.server.protocol.token_request import REFRESH_TOKEN, Redeem, Refresh
from oauth.server.subjects import Subjects
from oauth.server.tokens import TokenReader

_ATTEMPTS: Final = 100


@dataclass(frozen=True, slots=True, repr=False)
class _NextToken:
    """The refresh token that is handed out if the swap succeeds; it does not print."""

    text: str
    kept: NextRefresh


class FamilyDesk:
    """Redeems codes and rotates refresh tokens.

    Args:
        provisions: keeps the record of the first answer that carries the ID.
        refresh_idle_d: an unused refresh token dies after so many days.
    """

    def __init__(
        self,
        *,
        vault: Shelves,
        tokens: TokenReader,
        issuer: Issuer,
        keys: KeyRing,
        subjects: Subjects,
        provisions: IdProvisions,
        events: SecurityEvents,
        clock: Clock,
        ids: IdSource,
        name: str,
        refresh_idle_d: int,
    ) -> None:
        self._grants = vault.shelf(GRANTS)
        self._tokens = tokens
        self._issuer = issuer
        self._keys = keys
        self._subjects = subjects
        self._provisions = provisions
        self._events = events
        self._clock = clock
        self._ids = ids
        self._name = name
        self._idle_us = refresh_idle_d * DAY_US

    async def redeem(self, client: Client, ask: Redeem, request_id: str) -> bytes:
        """The answer to a code (RFC 6749 §4.1.4, OpenID Connect Core §3.1.3.3).

        `request_id` stands in the record of the provision.

        Raises:
            OAuthError: invalid_grant.
            UnavailableError: the record of provision cannot be written; nothing went out.
        """
        for _ in range(_ATTEMPTS):
            kept = await self._by_code(ask.code)
            consent = await self._tokens.consent(kept.value.account_id, kept.value.client_id)
            ends = self._end_of(client, kept.value, consent)
            following = self._next(client, kept.value, ends)
            verdict = families.redeem(
                kept.value,
                ask,
                client_id=client.id,
                next_refresh=None if following is None else following.kept,
                lives_until=ends,
                now=self._clock.now(),
            )
            grant = await self._going(kept, verdict)
            if grant is None:
                continue
            issued = await self._issued(grant, consent, grant.scopes)
            proof = await self._id_token(client, grant)
            if await self._grants.swap(kept, grant):
                body = _body(issued, following, proof)
                await self._record(issued, body, request_id)
                await self._answered(grant.id)
                return body
        raise UnavailableError("The grant changes too often to be redeemed")

    async def refresh(self, client: Client, ask: Refresh) -> bytes:
        """The answer to a refresh token (RFC 6749 §6): the next one, and an access token.

        Raises:
            OAuthError: invalid_grant, invalid_scope.
        """
        for _ in range(_ATTEMPTS):
            kept = await self._by_refresh_token(ask.token)
            consent = await self._tokens.consent(kept.value.account_id, kept.value.client_id)
            following = self._fresh(kept.value, kept.value.expires_at)
            verdict = families.rotate(
                kept.value,
                ask.token,
                client_id=client.id,
                next_refresh=following.kept,
                now=self._clock.now(),
            )
            grant = await self._going(kept, verdict)
            if grant is None:
                continue
            issued = await self._issued(grant, consent, narrowed(ask.scope, grant.scopes))
            # Before the refresh token is used up: else a database that goes away in between would
            # leave the client nothing but a token whose next showing ends the family.
            await self._issuer.store(issued)
            if await self._grants.swap(kept, grant):
                return _body(issued, following, "")
        raise UnavailableError("The grant changes too often to be refreshed")

    async def _by_code(self, code: str) -> Kept[Grant]:
        found = await self._grants.find("secret", digest_of(code), limit=1)
        if not found:
            raise OAuthError(ErrorCode.INVALID_GRANT)
        return found[0]

    async def _by_refresh_token(self, token: str) -> Kept[Grant]:
        family = families.family_of(token)
        kept = await self._grants.get(family) if family else None
        if kept is None:
            raise OAuthError(ErrorCode.INVALID_GRANT)
        return kept

    async def _going(self, kept: Kept[Grant], verdict: Verdict) -> Grant | None:
        """What has to be stored for the family to go on; None: decide again, it has changed.

        Raises:
            OAuthError: invalid_grant: it does not go on. That it ended is stored by then.
        """
        match verdict:
            case Going(grant):
                return grant
            case Ended(grant, alarm):
                if not await self._grants.swap(kept, grant):
                    return None
                await self._events.tell(alarm, grant)
                raise OAuthError(ErrorCode.INVALID_GRANT)
            case Refused():
                raise OAuthError(ErrorCode.INVALID_GRANT)
            case _:
                assert_never(verdict)

    async def _issued(
        self, grant: Grant, consent: Consent | None, scopes: frozenset[str]
    ) -> Issued:
        """A token of what is both granted and still agreed to, if all that it rests on stands."""
        items = () if consent is None else consent.items
        agreed = frozenset(one.item.value for one in items) | {Item.OPENID.value}
        issued = self._issuer.of_family(grant, scopes & agreed)
        facts = await self._tokens.facts(issued.token, grant)
        if standing(facts, self._clock.now()) is not None:
            raise OAuthError(ErrorCode.INVALID_GRANT)
        return issued

    async def _id_token(self, client: Client, grant: Grant) -> str:
        login = Login(
            subject=await self._subjects.sub(client, grant.account_id),
            client_id=client.id,
            authenticated_at=grant.authenticated_at,
            nonce="" if grant.code is None else grant.code.nonce,
        )
        return await self._keys.sign(id_token(login, self._name, self._clock.now()))

    async def _record(self, issued: Issued, body: bytes, request_id: str) -> None:
        """The token can be used, and that the ID goes out is written: now the body may leave."""
        await self._issuer.store(issued)
        try:
            await self._provisions.openid(issued.token, body, request_id)
        except UnauthenticatedError:  # withdrawn in this very moment
            raise OAuthError(ErrorCode.INVALID_GRANT) from None

    async def _answered(self, grant_id: str) -> None:
        """From here on a replay of the code ends the family at once; one that came ends it now."""
        for _ in range(_ATTEMPTS):
            kept = await self._grants.get(grant_id)
            if kept is None:
                return
            done = families.answered(kept.value, self._clock.now())
            if done is kept.value or await self._grants.swap(kept, done):
                return
        raise UnavailableError("The grant changes too often to be redeemed")

    def _end_of(self, client: Client, grant: Grant, consent: Consent | None) -> Instant:
        """When the family ends: with the consent, or with its one token."""
        if consent is None:
            return grant.expires_at
        if REFRESH_TOKEN in client.grant_types:
            return consent.valid_until
        return min(Instant(self._clock.now() + self._issuer.ttl_us), consent.valid_until)

    def _next(self, client: Client, grant: Grant, ends: Instant) -> _NextToken | None:
        return self._fresh(grant, ends) if REFRESH_TOKEN in client.grant_types else None

    def _fresh(self, grant: Grant, ends: Instant) -> _NextToken:
        text = families.refresh_token(grant.id, fresh_secret(self._ids))
        idle_until = min(Instant(self._clock.now() + self._idle_us), ends)
        return _NextToken(text, NextRefresh(digest_of(text), idle_until))


def _body(issued: Issued, following: _NextToken | None, proof: str) -> bytes:
    said = answer_of(issued)
    if following is not None:
        said["refresh_token"] = following.text
    if proof:
        said["id_token"] = proof
    return render(said)

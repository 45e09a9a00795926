"""Who stands behind subscriptions: whoever holds the tokens of the access database (ADR 0085)."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from broker.service.rules import TypeRules
from broker.subscriptions.model import Subscription
from broker.subscriptions.owners import may_be_told
from kernel.clock import Clock
from kernel.permission import Permission, Principal
from kernel.times import Instant
from oauth.model.token import Token
from oauth.ports import TokenStore
from oauth.server.machine_tokens import owner_of

_LONGEST_TRUST_S: Final = 10.0
"""Tokens are read anew after it even if their version stands still: whoever changed one may have
ended before it told so."""


class _Holder(NamedTuple):
    token: Token
    principal: Principal
    permission: Permission


class TokenOwners:
    """Implements `broker.ports.Owners`: the tokens by their holder, read when their version rises.

    Before the first `refresh` nobody stands.
    """

    def __init__(self, store: TokenStore, clock: Clock, rules: TypeRules) -> None:
        self.generation = 0
        self._store = store
        self._clock = clock
        self._rules = rules
        self._holders: Mapping[str, _Holder] = {}
        self._version = -1
        self._read_at_s = 0.0
        self._next_end: Instant | None = None

    async def refresh(self) -> None:
        """See the port."""
        version = await self._store.version()
        now_s = self._clock.monotonic()
        if version != self._version or now_s - self._read_at_s >= _LONGEST_TRUST_S:
            tokens = await self._store.all()
            if version >= self._version:  # else somebody read later ones meanwhile
                self._version, self._read_at_s = version, now_s
                self._take(tokens)
        now = self._clock.now()
        if self._next_end is not None and now >= self._next_end:
            self.generation += 1
            self._next_end = self._end_after(now)

    def allow(self, tenant: str, subscription: Subscription) -> bool:
        """See the port."""
        if not subscription.owner:
            return True
        holder = self._holders.get(subscription.owner)
        return (
            holder is not None
            and holder.token.is_live(self._clock.now())
            and may_be_told(holder.principal, holder.permission, tenant, subscription)
        )

    def _take(self, tokens: Sequence[Token]) -> None:
        """What machines are given for minutes stands for nothing: their client's own token does."""
        holders = {token.held_by: self._holder(token) for token in tokens if not owner_of(token)}
        if holders != self._holders:
            self._holders = holders
            self.generation += 1
            self._next_end = self._end_after(self._clock.now())

    def _holder(self, token: Token) -> _Holder:
        principal = token.principal()
        return _Holder(token, principal, self._rules.permission_for(principal))

    def _end_after(self, now: Instant) -> Instant | None:
        ends = (holder.token.expires_at for holder in self._holders.values())
        return min((end for end in ends if end is not None and end > now), default=None)

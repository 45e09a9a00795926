"""The keys that ID tokens are signed with (identity page §3.3, RFC 7517).

Time is cut into slots as long as a key signs. A slot's key is called after the slot, so that nodes
that make it at once agree: one of them adds it, the others read it. The next slot's key is made and
published a day ahead, and a key is published until nothing that it signed lives.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.jwk import ECKey

from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.times import DAY_US, SECOND_US, Instant
from oauth.model.grants import SigningKey
from oauth.model.kinds import SIGNING_KEYS
from oauth.ports import Shelves
from oauth.sealing.master import SIGNING, MasterKey
from oauth.sealing.sealer import BrokenSealError
from oauth.server.protocol.claims import ID_TOKEN_TTL_S
from oauth.server.protocol.metadata import ALGORITHM

AHEAD_US: Final = DAY_US
_SKEW_US: Final = 60 * SECOND_US
_NONCE_BYTES: Final = 12
_CURVE: Final = "P-256"


class KeyRing:
    """Signs, publishes, and lets keys come and go."""

    def __init__(
        self,
        *,
        vault: Shelves,
        master: MasterKey,
        clock: Clock,
        ids: IdSource,
        rotation_d: int,
    ) -> None:
        self._shelf = vault.shelf(SIGNING_KEYS)
        self._cipher = AESGCM(master.derive(SIGNING))
        self._clock = clock
        self._ids = ids
        self._slot_us = rotation_d * DAY_US
        self._opened: dict[str, ECKey] = {}

    async def sign(self, claims: dict[str, Any]) -> str:
        """A JWT of these claims under the present key."""
        kept = await self._of_slot(self._slot_start(self._clock.now()))
        header = {"alg": ALGORITHM, "kid": kept.kid, "typ": "JWT"}
        return jwt.encode(header, claims, self._private(kept), algorithms=[ALGORITHM])

    async def published(self) -> Sequence[dict[str, Any]]:
        """The public halves of every key that signs, signed lately, or will sign."""
        await self.tend()
        now = self._clock.now()
        kept = [one.value for one in await self._shelf.all()]
        return [json.loads(one.public_jwk) for one in kept if now < one.retires_at]

    async def public(self, kid: str) -> ECKey | None:
        """The public half of a key that is still published, or None."""
        kept = await self._shelf.get(kid)
        if kept is None or kept.value.retires_at <= self._clock.now():
            return None
        return ECKey.import_key(json.loads(kept.value.public_jwk))

    async def tend(self) -> None:
        """Make what has to be there, a day before it is needed, and remove what has retired."""
        now = self._clock.now()
        start = self._slot_start(now)
        await self._of_slot(start)
        following = Instant(start + self._slot_us)
        if now >= following - AHEAD_US:
            await self._of_slot(following)
        for one in await self._shelf.all():
            if one.value.retires_at <= now:
                self._opened.pop(one.value.kid, None)
                await self._shelf.remove(one.value.kid)

    def _slot_start(self, now: Instant) -> Instant:
        return Instant(now - now % self._slot_us)

    async def _of_slot(self, start: Instant) -> SigningKey:
        kid = f"es256-{start // SECOND_US}"
        kept = await self._shelf.get(kid)
        if kept is None:
            made = self._made(kid, start)
            if await self._shelf.add(made):
                return made
            kept = await self._shelf.get(kid)
        if kept is None:
            raise RuntimeError("A signing key was taken away while it was made")
        return kept.value

    def _made(self, kid: str, start: Instant) -> SigningKey:
        key = ECKey.generate_key(_CURVE)
        nonce = self._ids.random_bytes(_NONCE_BYTES)
        private = json.dumps(key.as_dict(private=True)).encode()
        public = key.as_dict(private=False) | {"kid": kid, "use": "sig", "alg": ALGORITHM}
        end = start + self._slot_us + ID_TOKEN_TTL_S * SECOND_US + _SKEW_US
        return SigningKey(
            kid=kid,
            public_jwk=json.dumps(public),
            sealed_private=self._cipher.encrypt(nonce, private, kid.encode()),
            nonce=nonce,
            created_at=self._clock.now(),
            active_from=start,
            retires_at=Instant(end),
        )

    def _private(self, kept: SigningKey) -> ECKey:
        opened = self._opened.get(kept.kid)
        if opened is None:
            text = self._unsealed(kept)
            opened = self._opened[kept.kid] = ECKey.import_key(json.loads(text))
        return opened

    def _unsealed(self, kept: SigningKey) -> bytes:
        try:
            return self._cipher.decrypt(kept.nonce, kept.sealed_private, kept.kid.encode())
        except InvalidTag:
            raise BrokenSealError("The signing key does not open under this master key") from None

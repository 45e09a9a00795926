"""`id_token_hint`: whom a service believes to be at the browser (OpenID Connect Core §3.1.2.1).

An ID token that we issued, expired or not. One under a key that has retired since proves nothing
and counts for nothing: whoever makes one up gains what leaving it out would give.
"""

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from oauth.model.companies import Client
from oauth.server.keys import KeyRing
from oauth.server.protocol.errors import OAuthError, invalid_request
from oauth.server.protocol.metadata import ALGORITHM
from oauth.server.subjects import Subjects


class IdTokenHints:
    """Holds hints against who is there."""

    def __init__(self, *, keys: KeyRing, subjects: Subjects, issuer: str) -> None:
        self._keys = keys
        self._subjects = subjects
        self._issuer = issuer

    async def fits(self, hint: str, client: Client, account_id: str) -> bool:
        """Whether the person may be the one that the service means; without a hint, anybody.

        Raises:
            OAuthError: invalid_request: it is no ID token of ours.
        """
        claims = await self._claims(hint) if hint else None
        if claims is None:
            return True
        sub = claims.get("sub")
        if claims.get("iss") != self._issuer or not isinstance(sub, str):
            raise _not_ours()
        return await self._subjects.account(client, sub) == account_id

    async def _claims(self, hint: str) -> Mapping[str, Any] | None:
        """What the token says; None where its key is not known any more."""
        try:
            kid = extract_compact(hint.encode()).headers().get("kid")
            key = await self._keys.public(kid) if isinstance(kid, str) else None
            return None if key is None else jwt.decode(hint, key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError):
            raise _not_ours() from None


def _not_ours() -> OAuthError:
    return invalid_request("The id_token_hint is no ID token of this server")

"""The claims of the ID token (OpenID Connect Core §2): who logged in where, and nothing more."""

from typing import Any, Final

import msgspec

from kernel.times import SECOND_US, Instant

ACR: Final = "urn:odori:acr:password"
"""How the person proved to be the person: the one way there is."""

ID_TOKEN_TTL_S: Final = 300


class Login(msgspec.Struct, frozen=True):
    """One person at one client.

    Attributes:
        subject: the pairwise ID, never the account's.
        nonce: of the request; empty if there was none.
    """

    subject: str
    client_id: str
    authenticated_at: Instant
    nonce: str = ""


def id_token(login: Login, issuer: str, now: Instant) -> dict[str, Any]:
    """The claims. Attributes of the person travel by userinfo, where consent is asked again."""
    issued = now // SECOND_US
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": login.subject,
        "aud": login.client_id,
        "exp": issued + ID_TOKEN_TTL_S,
        "iat": issued,
        "auth_time": login.authenticated_at // SECOND_US,
        "acr": ACR,
    }
    return claims | ({"nonce": login.nonce} if login.nonce else {})

"""What proves that a browser belongs to the holder of an operator's token."""

import msgspec

from kernel.times import Instant


class StaffSession(msgspec.Struct, frozen=True):
    """A browser that signed in with a token. It has no right of its own: the token has.

    Attributes:
        digest: SHA-256 of the cookie's secret.
        token_name, token_digest: of the token; one that is revoked, expired or replaced under its
            name ends the session with it.
    """

    digest: str
    token_name: str
    token_digest: str
    created_at: Instant
    expires_at: Instant

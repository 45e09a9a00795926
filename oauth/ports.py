"""What `oauth` needs from a storage engine: tables of the vault, never of the city database."""

from collections.abc import Sequence
from typing import Protocol

from oauth.tokens.token import Token


class TokenStore(Protocol):
    """Operator and machine tokens, by the SHA-256 of their secret; the secret is never stored."""

    async def put(self, token: Token) -> None:
        """Store a token. One of the same name is replaced: its old secret is dead at once."""

    async def by_digest(self, digest: str) -> Token | None:
        """The token whose secret has this SHA-256 (64 hexadecimal digits), or None."""

    async def all(self) -> Sequence[Token]:
        """Every token, expired ones included, in order of name."""

    async def remove(self, name: str) -> bool:
        """Remove by name; False if there was none."""

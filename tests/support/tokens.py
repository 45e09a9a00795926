"""The access database in memory."""

from collections.abc import Sequence

from oauth.model.token import Token


class MemoryTokens:
    """`oauth.ports.TokenStore`."""

    def __init__(self) -> None:
        self.tokens: dict[str, Token] = {}
        self.changes = 0

    async def put(self, token: Token) -> None:
        """See `TokenStore.put`."""
        self.tokens[token.name] = token
        self.changes += 1

    async def add(self, token: Token) -> bool:
        """See `TokenStore.add`."""
        if token.name in self.tokens:
            return False
        await self.put(token)
        return True

    async def by_name(self, name: str) -> Token | None:
        """See `TokenStore.by_name`."""
        return self.tokens.get(name)

    async def by_digest(self, digest: str) -> Token | None:
        """See `TokenStore.by_digest`."""
        return next((one for one in self.tokens.values() if one.digest == digest), None)

    async def all(self) -> Sequence[Token]:
        """See `TokenStore.all`."""
        return [self.tokens[name] for name in sorted(self.tokens)]

    async def remove(self, name: str) -> bool:
        """See `TokenStore.remove`."""
        removed = self.tokens.pop(name, None) is not None
        self.changes += removed
        return removed

    async def version(self) -> int:
        """See `TokenStore.version`."""
        return self.changes

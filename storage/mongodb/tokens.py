"""Tokens in MongoDB: a collection of the vault, never of the city database."""

from collections.abc import Sequence
from typing import Final

import msgspec

from oauth.model.token import Token
from storage.documents import to_json
from storage.mongodb.collection import Collection

_TOKEN: Final = msgspec.json.Decoder(Token)


class MongoTokens:
    """`oauth.ports.TokenStore`."""

    def __init__(self, tokens: Collection) -> None:
        self._tokens = tokens

    async def put(self, token: Token) -> None:
        """See `TokenStore.put`."""
        await self._tokens.put({"_id": token.name, "digest": token.digest, "body": to_json(token)})

    async def by_digest(self, digest: str) -> Token | None:
        """See `TokenStore.by_digest`."""
        found = await self._tokens.first({"digest": digest})
        return None if found is None else _TOKEN.decode(found["body"])

    async def all(self) -> Sequence[Token]:
        """See `TokenStore.all`."""
        found = self._tokens.find({}, sort=(("_id", 1),))
        return [_TOKEN.decode(document["body"]) async for document in found]

    async def remove(self, name: str) -> bool:
        """See `TokenStore.remove`."""
        return bool(await self._tokens.remove({"_id": name}))

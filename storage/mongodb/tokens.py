"""Tokens in MongoDB: a collection of the vault, never of the city database."""

from collections.abc import Sequence
from typing import Final

import msgspec

from oauth.model.token import Token
from storage.documents import to_json
from storage.mongodb.chains import Chain
from storage.mongodb.collection import Collection
from storage.mongodb.documents import Document

_TOKEN: Final = msgspec.json.Decoder(Token)


class MongoTokens:
    """`oauth.ports.TokenStore`."""

    def __init__(self, tokens: Collection, versions: Chain) -> None:
        self._tokens = tokens
        self._versions = versions

    async def put(self, token: Token) -> None:
        """See `TokenStore.put`."""
        await self._tokens.put(_document(token))
        await self._versions.next()

    async def add(self, token: Token) -> bool:
        """See `TokenStore.add`."""
        added = await self._tokens.insert(_document(token))
        if added:
            await self._versions.next()
        return added

    async def by_name(self, name: str) -> Token | None:
        """See `TokenStore.by_name`."""
        found = await self._tokens.first({"_id": name})
        return None if found is None else _TOKEN.decode(found["body"])

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
        removed = bool(await self._tokens.remove({"_id": name}))
        if removed:
            await self._versions.next()
        return removed

    async def version(self) -> int:
        """See `TokenStore.version`."""
        return (await self._versions.latest())[0]


def _document(token: Token) -> Document:
    return {"_id": token.name, "digest": token.digest, "body": to_json(token)}

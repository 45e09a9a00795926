"""What everybody may know: both metadata documents, and the public halves of the signing keys."""

from typing import Final

from aiohttp import web

from oauth.server.keys import KeyRing
from oauth.server.protocol.metadata import document
from serving.replies import json_reply

_FRESH: Final = {"Cache-Control": "max-age=300"}
"""Far less than the day by which a key is published ahead."""


class Discovery:
    """RFC 8414 §3, OpenID Connect Discovery §4, RFC 7517 §5."""

    def __init__(self, *, issuer: str, keys: KeyRing) -> None:
        self._document = document(issuer)
        self._keys = keys

    async def metadata(self, _: web.Request) -> web.Response:
        """The same document at both addresses."""
        return json_reply(self._document, headers=_FRESH)

    async def jwks(self, _: web.Request) -> web.Response:
        """Public members alone."""
        return json_reply({"keys": await self._keys.published()}, headers=_FRESH)

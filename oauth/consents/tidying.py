"""Takes away what was handed out under consents that have ended (identity page §5.6).

That a consent ended is what stops access, at once and everywhere; this only leaves less behind. So
a database that is away for a moment keeps nobody from withdrawing: what stays then is dead, and is
swept when its time is over.
"""

from collections.abc import AsyncIterator
from typing import Final

import structlog

from kernel.errors import UnavailableError
from oauth.model.consents import ConsentState, Dossier
from oauth.model.grants import Grant
from oauth.model.kinds import ACCESS_TOKENS, GRANTS
from oauth.ports import Shelves

_log: Final = structlog.get_logger("odori.oauth")
_PAGE: Final = 100


class Tidying:
    """Removes codes, refresh tokens and access tokens. A later consent's are not touched."""

    def __init__(self, vault: Shelves) -> None:
        self._grants = vault.shelf(GRANTS)
        self._tokens = vault.shelf(ACCESS_TOKENS)

    async def after(self, dossier: Dossier) -> None:
        """What hangs on consents of this dossier that have ended."""
        ended = {one.id for one in dossier.consents if one.state is not ConsentState.GIVEN}
        try:
            async for grant in self._between(dossier):
                if grant.consent_id in ended:
                    await self._remove(grant.id)
        except UnavailableError:
            _log.warning("tokens of an ended consent are left to be swept")

    async def _between(self, dossier: Dossier) -> AsyncIterator[Grant]:
        after, pair = "", f"{dossier.account_id}/{dossier.client_id}"
        while page := await self._grants.find("pair", pair, after=after, limit=_PAGE):
            for kept in page:
                yield kept.value
            after = page[-1].value.id

    async def _remove(self, grant_id: str) -> None:
        """The tokens first: whatever is left of them without their family is dead as well."""
        while page := await self._tokens.find("grant", grant_id, limit=_PAGE):
            for kept in page:
                await self._tokens.remove(kept.value.digest)
        await self._grants.remove(grant_id)

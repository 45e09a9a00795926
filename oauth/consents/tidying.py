"""Takes away what was handed out under consents that have ended (identity page §5.6).

That a consent ended is what stops access, at once and everywhere; this only leaves less behind. So
a database that is away for a moment keeps nobody from withdrawing: what stays then is dead, and is
swept when its time is over.
"""

from typing import Final

import structlog

from kernel.errors import UnavailableError
from oauth.model.consents import ConsentState, Dossier
from oauth.model.kinds import ACCESS_TOKENS, GRANTS
from oauth.paging import marked
from oauth.ports import Shelves

_log: Final = structlog.get_logger("odori.oauth")


class Tidying:
    """Removes codes, refresh tokens and access tokens. A later consent's are not touched."""

    def __init__(self, vault: Shelves) -> None:
        self._grants = vault.shelf(GRANTS)
        self._tokens = vault.shelf(ACCESS_TOKENS)

    async def after(self, dossier: Dossier) -> None:
        """What hangs on consents of this dossier that have ended."""
        ended = {one.id for one in dossier.consents if one.state is not ConsentState.GIVEN}
        try:
            pair = f"{dossier.account_id}/{dossier.client_id}"
            async for kept in marked(self._grants, GRANTS, "pair", pair):
                if kept.value.consent_id in ended:
                    await self._remove(kept.value.id)
        except UnavailableError:
            _log.warning("tokens of an ended consent are left to be swept")

    async def _remove(self, grant_id: str) -> None:
        """The tokens first: whatever is left of them without their family is dead as well."""
        async for kept in marked(self._tokens, ACCESS_TOKENS, "grant", grant_id):
            await self._tokens.remove(kept.value.digest)
        await self._grants.remove(grant_id)

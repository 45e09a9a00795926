"""Company access tokens, and the facts that every use of one rests on."""

from typing import Final

from kernel.clock import Clock
from oauth.consent import Facts, is_token_live
from oauth.model.consents import Consent, dossier_key
from oauth.model.grants import AccessToken, Grant
from oauth.model.kinds import (
    ACCESS_TOKENS,
    ACCOUNTS,
    CLIENTS,
    COMPANIES,
    CONTRACTS,
    DOSSIERS,
    GRANTS,
)
from oauth.ports import Shelves
from oauth.sealing.secrets import digest_of

PREFIX: Final = "odori_at_"


class TokenReader:
    """Reads access tokens. Nothing is remembered: what ended one counts with the next call."""

    def __init__(self, *, vault: Shelves, issuer: str, clock: Clock) -> None:
        self._vault = vault
        self._issuer = issuer
        self._clock = clock

    async def read(self, text: str) -> AccessToken | None:
        """The token if it lives and is meant for this server (identity page §3.3), else None.

        Whether a consent stands behind it is not said: `oauth.consent` decides that.
        """
        if not text.startswith(PREFIX):
            return None
        kept = await self._vault.shelf(ACCESS_TOKENS).get(digest_of(text))
        if kept is None or kept.value.audience != self._issuer:
            return None
        token = kept.value
        facts = await self.facts(token)
        live = is_token_live(token, facts.grant, facts.company, facts.account, self._clock.now())
        return token if live else None

    async def facts(self, token: AccessToken, grant: Grant | None = None) -> Facts:
        """All that says whether a token stands; `grant` where it is not the stored one."""
        vault = self._vault
        if grant is None and token.grant_id:
            stored = await vault.shelf(GRANTS).get(token.grant_id)
            grant = None if stored is None else stored.value
        company = await vault.shelf(COMPANIES).get(token.company_id)
        client = await vault.shelf(CLIENTS).get(token.client_id)
        contract_id = "" if client is None else client.value.contract_id
        contract = await vault.shelf(CONTRACTS).get(contract_id) if contract_id else None
        account = await vault.shelf(ACCOUNTS).get(token.account_id) if token.account_id else None
        return Facts(
            token=token,
            audience=self._issuer,
            grant=grant,
            company=None if company is None else company.value,
            client=None if client is None else client.value,
            contract=None if contract is None else contract.value,
            account=None if account is None else account.value,
            consent=await self.consent(token.account_id, token.client_id),
        )

    async def consent(self, account_id: str, client_id: str) -> Consent | None:
        """The last consent of a person to a service, whatever its state."""
        if not account_id:
            return None
        kept = await self._vault.shelf(DOSSIERS).get(dossier_key(account_id, client_id))
        return None if kept is None else kept.value.current

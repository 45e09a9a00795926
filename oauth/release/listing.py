"""Whose consent to a service lives: IDs in pages, for companies that read without the person."""

from dataclasses import dataclass, replace
from typing import Final

from kernel.clock import Clock
from kernel.errors import BadRequestError
from oauth.consent import standing
from oauth.model.companies import Client
from oauth.model.consents import Dossier, dossier_key
from oauth.model.grants import AccessToken
from oauth.model.kinds import ACCOUNTS, DOSSIERS
from oauth.ports import Shelves
from oauth.release.case import Case, CaseReader
from oauth.release.decision import check_company
from oauth.release.errors import DeadTokenError
from oauth.release.ports import SubjectBook

SCOPE: Final = "subjects"
"""Scope of a company's own token that lists IDs."""


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """IDs, each of a consent that lived when the page was made.

    Attributes:
        next: what the following page comes after; empty when this one is the last.
    """

    subs: tuple[str, ...]
    next: str


class Listing:
    """Reads pages. A person who withdraws is missing from the next one on."""

    def __init__(
        self, *, vault: Shelves, cases: CaseReader, subjects: SubjectBook, clock: Clock
    ) -> None:
        self._accounts = vault.shelf(ACCOUNTS)
        self._dossiers = vault.shelf(DOSSIERS)
        self._cases = cases
        self._subjects = subjects
        self._clock = clock

    async def page(self, token: AccessToken, after: str, limit: int) -> SubjectPage:
        """At most `limit` IDs beyond `after`, an ID of an earlier page or empty."""
        case = await self._cases.read(token.digest)
        client = case.facts.client
        check_company(case.facts, SCOPE, self._clock.now())
        if client is None:
            raise DeadTokenError
        key = await self._key_after(client, after)
        subs: list[str] = []
        while page := await self._dossiers.find("given", client.id, after=key, limit=limit):
            for kept in page:
                key = kept.value.key
                if await self._is_live(case, kept.value):
                    subs.append(await self._subjects.sub(client, kept.value.account_id))
                if len(subs) == limit:
                    return SubjectPage(tuple(subs), subs[-1])
        return SubjectPage(tuple(subs), "")

    async def _key_after(self, client: Client, after: str) -> str:
        if not after:
            return ""
        account_id = await self._subjects.account(client, after)
        if account_id is None:
            raise BadRequestError("The parameter after is a sub of the page before")
        return dossier_key(account_id, client.id)

    async def _is_live(self, case: Case, dossier: Dossier) -> bool:
        account = await self._accounts.get(dossier.account_id)
        facts = replace(
            case.facts,
            account=None if account is None else account.value,
            consent=dossier.current,
        )
        return standing(facts, self._clock.now()) is None

"""提供の記録: every provision, newest first, in pages."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from kernel.times import Instant
from oauth.companies.desk import Companies
from oauth.consents.desk import Consents
from oauth.model.provisions import Provision
from oauth.pages.history import History
from oauth.pages.shell import Shell, Sight
from oauth.pages.shown import items_of
from serving.html.look import link

_PROVISIONS: Final = "/account/provisions"
_PAGE: Final = 50
_LONGEST_ID: Final = 64


@dataclass(frozen=True, slots=True)
class Row:
    """One record in the reader's language."""

    at: Instant
    service: str
    company: str
    items: str
    purpose: str


class ProvisionPages:
    """The person's right to see the records (APPI 33(5))."""

    def __init__(
        self, *, shell: Shell, consents: Consents, companies: Companies, history: History
    ) -> None:
        self._shell = shell
        self._consents = consents
        self._companies = companies
        self._history = history

    async def show(self, sight: Sight) -> web.Response:
        """A page of records, of one service or of all."""
        services = await self._services(sight)
        asked = sight.request.query.get("service", "")
        service = asked if asked in dict(services) else ""
        before = sight.request.query.get("before", "")[:_LONGEST_ID]
        found = await self._history.newest(
            sight.account_id, service or None, _PAGE + 1, before=before
        )
        shown, more = found[:_PAGE], len(found) > _PAGE
        kept = {"service": service} if service else {}
        return self._shell.show(
            sight,
            "provisions.html",
            sight.words("provisions.title"),
            room="provisions",
            page="wide",
            rows=[_row(one, sight) for one in shown],
            services=services,
            service=service,
            first=link(_PROVISIONS, kept) if before else "",
            next_page=link(_PROVISIONS, kept, before=shown[-1].id) if more else "",
        )

    async def _services(self, sight: Sight) -> list[tuple[str, str]]:
        """Every service that ever asked, by id and name."""
        dossiers = await self._consents.of_person(sight.account_id)
        kept = [await self._companies.client(one.client_id) for one in dossiers]
        return [(one.value.id, one.value.name[sight.words.language]) for one in kept if one]


def _row(provision: Provision, sight: Sight) -> Row:
    language = sight.words.language
    return Row(
        at=provision.at,
        service=provision.service[language],
        company=provision.recipient.name[language],
        items=items_of(provision, sight.words),
        purpose=provision.purpose[language],
    )

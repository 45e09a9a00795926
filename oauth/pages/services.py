"""各サービスでのデータ利用: what each service may have, and how to stop it."""

from typing import Final

from aiohttp import web

from kernel.clock import Clock
from kernel.errors import NotFoundError
from oauth.companies.desk import Companies
from oauth.consents.desk import Consents
from oauth.model.companies import Client, Contract
from oauth.model.consents import Dossier
from oauth.model.items import Item
from oauth.pages.history import History
from oauth.pages.shell import Shell, Sight, go
from oauth.pages.shown import Parties, ShownService, shown_service

_SERVICES: Final = "/account/services"
_ROOM: Final = "services"
_LAST: Final = 3
_ALREADY: Final = 10


class ServicePages:
    """Consents of one person, and taking them back: no more clicks than giving them."""

    def __init__(
        self,
        *,
        shell: Shell,
        consents: Consents,
        companies: Companies,
        history: History,
        clock: Clock,
    ) -> None:
        self._shell = shell
        self._consents = consents
        self._companies = companies
        self._history = history
        self._clock = clock

    async def show(self, sight: Sight) -> web.Response:
        """Every service that ever asked; those that receive something first."""
        dossiers = await self._consents.of_person(sight.account_id)
        services = [await self._shown(one, sight, _LAST) for one in dossiers]
        services.sort(key=lambda one: (not one.live, -(one.given_at or 0)))
        return self._shell.show(
            sight,
            "services.html",
            sight.words("services.title"),
            room=_ROOM,
            services=services,
            told=_told(sight),
        )

    async def withdraw_item(self, sight: Sight) -> web.Response:
        """Take one item back. The others stay.

        Raises:
            NotFoundError: no such item or service.
            ConflictError: the service needs the item.
        """
        await self._shell.own_form(sight)
        name = sight.request.match_info["item"]
        if name not in frozenset(Item):
            raise NotFoundError("There is no such item")
        client_id = sight.request.match_info["client"]
        if await self._consents.withdraw_item(sight.account_id, client_id, Item(name)) is None:
            raise _unknown()
        return go(_SERVICES, stopped=name)

    async def withdraw_form(self, sight: Sight) -> web.Response:
        """What was provided already, whom to ask, and the button.

        Raises:
            NotFoundError: there is nothing between the person and the service.
        """
        return await self._about(sight, "withdraw.html", "withdraw.title")

    async def withdraw(self, sight: Sight) -> web.Response:
        """Take the whole consent back.

        Raises:
            NotFoundError: there is nothing between the person and the service.
        """
        await self._shell.own_form(sight)
        client_id = sight.request.match_info["client"]
        if await self._consents.withdraw(sight.account_id, client_id) is None:
            raise _unknown()
        return go(f"{_SERVICES}/{client_id}/withdrawn")

    async def withdrawn(self, sight: Sight) -> web.Response:
        """That it is done, and what the company has already.

        Raises:
            NotFoundError: there is nothing between the person and the service.
        """
        return await self._about(sight, "withdrawn.html", "withdrawn.title")

    async def _about(self, sight: Sight, template: str, title: str) -> web.Response:
        client_id = sight.request.match_info["client"]
        kept = await self._consents.dossier(sight.account_id, client_id)
        if kept is None:
            raise _unknown()
        one = await self._shown(kept.value, sight, _ALREADY + 1)
        return self._shell.show(
            sight,
            template,
            sight.words(title, service=one.name),
            room=_ROOM,
            one=one,
            provided=one.last[:_ALREADY],
            more=len(one.last) > _ALREADY,
        )

    async def _shown(self, dossier: Dossier, sight: Sight, last: int) -> ShownService:
        parties = await self._parties(dossier)
        provided = await self._history.newest(dossier.account_id, dossier.client_id, last)
        return shown_service(dossier, parties, provided, sight.words, self._clock.now())

    async def _parties(self, dossier: Dossier) -> Parties:
        client = await self._companies.client(dossier.client_id)
        company = await self._companies.company(dossier.company_id)
        if client is None or company is None:
            raise _unknown()
        return Parties(client.value, company.value, await self._agreed(dossier, client.value))

    async def _agreed(self, dossier: Dossier, client: Client) -> Contract | None:
        """The contract as it was agreed to; as it is now where nothing was."""
        agreements = self._companies.agreements
        if dossier.current is not None:
            return await agreements.contract_at(client, dossier.current.contract_version)
        present = await agreements.contract_of(client)
        return None if present is None else present.value


def _unknown() -> NotFoundError:
    return NotFoundError("There is nothing between this person and this service")


def _told(sight: Sight) -> str:
    name = sight.request.query.get("stopped", "")
    if name not in frozenset(Item):
        return ""
    return sight.words("services.narrowed", item=sight.words.item(Item(name)))

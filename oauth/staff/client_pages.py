"""Pages of one client: what it is, what it lacks, its secret, its terms, its end."""

from typing import Final

from aiohttp import web
from multidict import MultiDict

from kernel.errors import BadRequestError
from kernel.permission import Scope
from oauth.companies import texts as texts_of
from oauth.companies.bodies import convert
from oauth.companies.desk import Registered
from oauth.companies.standing import lacks
from oauth.companies.wishes import ClientWish, TermsName
from oauth.model.companies import MACHINE_SCOPES, Client, ClientKind
from oauth.model.terms import TermsKind
from oauth.staff.counts import by_month
from oauth.staff.pages import both, see_other, texts
from oauth.staff.staff import Call, Staff

_SCOPES: Final = tuple(one for one in Scope if one in MACHINE_SCOPES)


class ClientPages:
    """The handlers."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    async def show(self, call: Call) -> web.Response:
        """One client."""
        staff, now = self._staff, self._staff.clock.now()
        client = await staff.client(call.id)
        company = await staff.company(client.company_id)
        versions = await staff.companies.agreements.contract_versions(client)
        terms = await staff.companies.agreements.terms_versions(_terms_id(client))
        return call.page(
            "client.html",
            client=client,
            company=company,
            is_service=client.kind is ClientKind.SERVICE,
            lacks=lacks(client, company, versions[-1] if versions else None, now),
            versions=versions,
            contract=versions[-1] if versions else None,
            terms=[one for one in terms if one.is_complete()],
            counts=await by_month(staff.vault, client.id, now),
            now=now,
        )

    async def new(self, call: Call) -> web.Response:
        """The form for a new client."""
        company = await self._staff.company(call.id)
        return call.asking("client-new.html", call.form, company=company, scopes=_SCOPES)

    async def register(self, call: Call) -> web.Response:
        """A new client; its secret is on this page and nowhere else."""
        company = await self._staff.company(call.id)
        try:
            made = await self._staff.companies.register_client(company.id, _wish(call.form))
        except BadRequestError as error:
            return call.asking("client-new.html", call.form, error, company=company, scopes=_SCOPES)
        return _secret(call, made)

    async def rotate(self, call: Call) -> web.Response:
        """Another secret, on this page and nowhere else."""
        made = await self._staff.companies.rotate_secret(call.id)
        return _secret(call, made)

    async def drop_previous(self, call: Call) -> web.Response:
        """The end of the secret before."""
        client = await self._staff.companies.drop_previous_secret(call.id)
        return see_other(f"/staff/clients/{client.id}")

    async def end(self, call: Call) -> web.Response:
        """The end of the client."""
        client = await self._staff.companies.end_client(call.id)
        return see_other(f"/staff/clients/{client.id}")

    async def bind(self, call: Call) -> web.Response:
        """The version of its terms that the service works under."""
        client = await self._staff.client(call.id)
        name = TermsName(id=_terms_id(client), version=call.form.get("version", ""))
        await self._staff.companies.agreements.bind_terms(client.id, name)
        return see_other(f"/staff/clients/{client.id}")


def _terms_id(client: Client) -> str:
    return texts_of.terms_id(TermsKind.SERVICE, client.company_id)


def _secret(call: Call, made: Registered) -> web.Response:
    return call.page(
        "secret.html",
        here=f"/staff/clients/{made.client.id}",
        client=made.client,
        secret_text=made.secret.reveal(),
    )


def _wish(form: MultiDict[str]) -> ClientWish:
    """The form as the desk understands it."""
    kind = form.get("kind", "")
    said: dict[str, object] = {
        "name": both(form, "name"),
        "kind": kind,
        "redirectUris": form.get("redirectUris", "").split(),
        "scopes": form.getall("scopes", []),
        **texts(form, "contact", "site", "termsUrl"),
    }
    if kind == ClientKind.SERVICE and form.get("own") == "yes":
        said["grantTypes"] = ["authorization_code", "refresh_token", "client_credentials"]
    return convert(said, ClientWish)

"""The HTTP surface of companies, for operators, and the list of members, for everybody."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from kernel.clock import Clock
from kernel.errors import NotFoundError, OdoriError
from kernel.times import SECOND_US
from oauth.companies import members, views
from oauth.companies.bodies import read
from oauth.companies.desk import Companies
from oauth.companies.redirects import InvalidRedirectUriError
from oauth.companies.standing import lacks
from oauth.companies.wishes import (
    ClientWish,
    CompanyWish,
    ContractWish,
    Day,
    Line,
    Redirects,
    Sha256,
    TermsName,
    TermsWish,
    Wish,
)
from oauth.model.companies import Client, Company
from serving.access import PRINCIPAL
from serving.face import PlainFace
from serving.replies import json_reply


class Reason(Wish, frozen=True, kw_only=True):
    """Why an operator does it."""

    reason: Line


class Overlap(Wish, frozen=True, kw_only=True):
    """How long the secret of before is good beside the new one: at most 30 days, in seconds."""

    overlap_s: Annotated[int, Meta(ge=0, le=30 * 86_400)] = 86_400


class Signature(Wish, frozen=True, kw_only=True):
    """What was signed, and on which day."""

    document_sha256: Sha256
    signed_on: Day


class CompaniesFace(PlainFace):
    """Errors in plain words; a redirect URI that is refused is named as RFC 7591 §3.2.2 does."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:
        """`invalid_redirect_uri`, else the kind of the error."""
        if isinstance(error, InvalidRedirectUriError):
            said = {"error": "invalid_redirect_uri", "description": error.message}
            return json_reply(said, status=error.status)
        return super().render_error(request, error)

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG002
        """Secrets are among the answers, and names of people who represent companies."""
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"


class CompaniesApi:
    """The handlers; `oauth/companies/routes.py` declares them."""

    def __init__(self, companies: Companies, clock: Clock) -> None:
        self._companies = companies
        self._clock = clock

    async def register(self, request: web.Request) -> web.Response:
        """A new company."""
        wish = read(await request.read(), CompanyWish)
        company = await self._companies.register_company(wish, by=_operator(request))
        return json_reply(views.company(company), status=201)

    async def show_all(self, _: web.Request) -> web.Response:
        """Every company."""
        return json_reply([views.company(one) for one in await self._companies.all()])

    async def show(self, request: web.Request) -> web.Response:
        """One company."""
        return json_reply(views.company(await self._company(request.match_info["id"])))

    async def suspend(self, request: web.Request) -> web.Response:
        """Shut a company out."""
        wish = read(await request.read(), Reason)
        company_id, by = request.match_info["id"], _operator(request)
        company = await self._companies.suspend(company_id, by=by, reason=wish.reason)
        return json_reply(views.company(company))

    async def activate(self, request: web.Request) -> web.Response:
        """Let a company in again; the reason stands in the query, DELETE having no body."""
        company_id, by = request.match_info["id"], _operator(request)
        reason = request.query.get("reason", "")
        company = await self._companies.activate(company_id, by=by, reason=reason)
        return json_reply(views.company(company))

    async def register_client(self, request: web.Request) -> web.Response:
        """A new client, with its secret."""
        wish = read(await request.read(), ClientWish)
        made = await self._companies.register_client(request.match_info["id"], wish)
        shown = await self._shown(made.client) | {"secret": made.secret.reveal()}
        return json_reply(shown, status=201)

    async def clients(self, request: web.Request) -> web.Response:
        """The clients of a company."""
        company = await self._company(request.match_info["id"])
        found = await self._companies.clients_of(company.id)
        return json_reply([await self._shown(one) for one in found])

    async def client(self, request: web.Request) -> web.Response:
        """One client."""
        return json_reply(await self._shown(await self._client(request)))

    async def end_client(self, request: web.Request) -> web.Response:
        """The end of a client."""
        await self._companies.end_client(request.match_info["id"])
        return web.Response(status=204)

    async def rotate(self, request: web.Request) -> web.Response:
        """Another secret."""
        wish = read(await request.read() or b"{}", Overlap)
        overlap_us = wish.overlap_s * SECOND_US
        made = await self._companies.rotate_secret(request.match_info["id"], overlap_us=overlap_us)
        shown = await self._shown(made.client) | {"secret": made.secret.reveal()}
        return json_reply(shown)

    async def redirect(self, request: web.Request) -> web.Response:
        """Other redirect URIs."""
        wish = read(await request.read(), Redirects)
        client = await self._companies.redirect(request.match_info["id"], wish.redirect_uris)
        return json_reply(await self._shown(client))

    async def drop_previous(self, request: web.Request) -> web.Response:
        """The end of the secret before."""
        await self._companies.drop_previous_secret(request.match_info["id"])
        return web.Response(status=204)

    async def contract(self, request: web.Request) -> web.Response:
        """The present version of a client's contract."""
        kept = await self._companies.agreements.contract_of(await self._client(request))
        if kept is None:
            raise NotFoundError("The client has no contract")
        return json_reply(views.contract(kept.value))

    async def contract_versions(self, request: web.Request) -> web.Response:
        """Every version of it."""
        found = await self._companies.agreements.contract_versions(await self._client(request))
        return json_reply([views.contract(one) for one in found])

    async def set_contract(self, request: web.Request) -> web.Response:
        """The next version of a client's contract."""
        wish = read(await request.read(), ContractWish)
        contract = await self._companies.agreements.set_contract(request.match_info["id"], wish)
        return json_reply(views.contract(contract))

    async def sign_contract(self, request: web.Request) -> web.Response:
        """The day on which it was signed."""
        wish = read(await request.read(), Signature)
        contract = await self._companies.agreements.sign_contract(
            request.match_info["id"], wish.document_sha256, wish.signed_on
        )
        return json_reply(views.contract(contract))

    async def bind_terms(self, request: web.Request) -> web.Response:
        """The terms that a service works under."""
        name = read(await request.read(), TermsName)
        client = await self._companies.agreements.bind_terms(request.match_info["id"], name)
        return json_reply(await self._shown(client))

    async def put_terms(self, request: web.Request) -> web.Response:
        """A new version of a text."""
        wish = read(await request.read(), TermsWish)
        return json_reply(views.terms(await self._companies.agreements.put_terms(wish)), status=201)

    async def all_terms(self, _: web.Request) -> web.Response:
        """Every version of every text, without the texts."""
        return json_reply(
            [views.terms(one) for one in await self._companies.agreements.all_terms()]
        )

    async def terms_versions(self, request: web.Request) -> web.Response:
        """Every version of one text."""
        found = await self._companies.agreements.terms_versions(request.match_info["id"])
        if not found:
            raise NotFoundError("There are no terms of this id")
        return json_reply([views.terms(one) for one in found])

    async def terms(self, request: web.Request) -> web.Response:
        """One version with its text."""
        where = request.match_info
        found = await self._companies.agreements.terms(where["id"], where["version"])
        if found is None:
            raise NotFoundError("There are no terms of this id and version")
        return json_reply(views.text(found))

    async def members(self, _: web.Request) -> web.Response:
        """The public list."""
        found = await members.members(self._companies, self._clock.now())
        return json_reply({"members": [members.shown(one) for one in found]})

    async def _company(self, company_id: str) -> Company:
        kept = await self._companies.company(company_id)
        if kept is None:
            raise NotFoundError("There is no such company")
        return kept.value

    async def _client(self, request: web.Request) -> Client:
        kept = await self._companies.client(request.match_info["id"])
        if kept is None:
            raise NotFoundError("There is no such client")
        return kept.value

    async def _shown(self, client: Client) -> dict[str, object]:
        company = await self._company(client.company_id)
        kept = await self._companies.agreements.contract_of(client)
        contract = None if kept is None else kept.value
        return views.client(client, lacks(client, company, contract, self._clock.now()))


def _operator(request: web.Request) -> str:
    """The label of the token, for the record of who did it."""
    return request[PRINCIPAL].name

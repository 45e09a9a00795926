"""Pages of companies: the list, one of them, registering one, shutting one out."""

from aiohttp import web

from kernel.errors import BadRequestError
from oauth.companies.bodies import convert
from oauth.companies.standing import lacks
from oauth.companies.wishes import CompanyWish
from oauth.model.companies import ClientKind, Company, CompanyState
from oauth.staff.counts import by_month, recent_months
from oauth.staff.pages import both, see_other, texts
from oauth.staff.staff import Call, Staff

_FIELDS = ("address", "representative", "contact", "corporateNumber")


class CompanyPages:
    """The handlers."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    async def show_all(self, call: Call) -> web.Response:
        """Every company with its state and the number of its clients."""
        companies = await self._staff.companies.all()
        rows = [(one, await self._living(one)) for one in companies]
        return call.page("companies.html", rows=rows)

    async def show(self, call: Call) -> web.Response:
        """One company: state, clients, how often they fetched."""
        staff, now = self._staff, self._staff.clock.now()
        company = await staff.company(call.id)
        rows = []
        for client in await staff.companies.clients_of(company.id):
            kept = await staff.companies.agreements.contract_of(client)
            contract = None if kept is None else kept.value
            is_service = client.kind is ClientKind.SERVICE
            counts = await by_month(staff.vault, client.id, now) if is_service else {}
            rows.append((client, lacks(client, company, contract, now), contract, counts))
        return call.page(
            "company.html",
            company=company,
            is_active=company.state is CompanyState.ACTIVE,
            rows=rows,
            months=recent_months(now),
        )

    async def new(self, call: Call) -> web.Response:
        """The form for a new company."""
        return call.asking("company-new.html", call.form)

    async def register(self, call: Call) -> web.Response:
        """A new company."""
        said = {"name": both(call.form, "name")} | texts(call.form, *_FIELDS)
        try:
            wish = convert(said, CompanyWish)
        except BadRequestError as error:
            return call.asking("company-new.html", call.form, error)
        company = await self._staff.companies.register_company(wish, by=call.operator.name)
        return see_other(f"/staff/companies/{company.id}")

    async def suspend(self, call: Call) -> web.Response:
        """Shut a company out."""
        by, reason = call.operator.name, call.form.get("reason", "")
        company = await self._staff.companies.suspend(call.id, by=by, reason=reason)
        return see_other(f"/staff/companies/{company.id}")

    async def activate(self, call: Call) -> web.Response:
        """Let a company in again."""
        by, reason = call.operator.name, call.form.get("reason", "")
        company = await self._staff.companies.activate(call.id, by=by, reason=reason)
        return see_other(f"/staff/companies/{company.id}")

    async def _living(self, company: Company) -> int:
        clients = await self._staff.companies.clients_of(company.id)
        return sum(one.ended_at is None for one in clients)

"""What `oauth/staff` serves: `/staff/*` for operators, `/members` for everybody."""

from aiohttp import web

from kernel.clock import Clock
from kernel.errors import OdoriError
from kernel.ids import IdSource
from oauth.browser.cookies import Cookies
from oauth.companies.desk import Companies
from oauth.ports import DeviceApprovals, Shelves
from oauth.staff.client_pages import ClientPages
from oauth.staff.company_pages import CompanyPages
from oauth.staff.contract_pages import ContractPages
from oauth.staff.device_pages import DevicePages
from oauth.staff.member_pages import MemberPages
from oauth.staff.pages import HEADERS, HOME, Pages
from oauth.staff.sessions import StaffSessions
from oauth.staff.signing import Signing
from oauth.staff.staff import Act, Staff
from oauth.staff.terms_pages import TermsPages
from serving.access import OPEN, Checked
from serving.app import Surface
from serving.cors import withhold
from serving.routes import Handler, Route

_FORM = ("application/x-www-form-urlencoded",)
_ANSWERS = {303: "Done", 400: "A field is wrong", 403: "The form comes from elsewhere"}


class StaffFace:
    """Errors below `/staff` that no handler worded, as pages."""

    prefix = "/staff"

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:
        """What is wrong."""
        values = {"message": error.message}
        return self._pages.page(
            request, None, "mistake.html", values, status=error.status, here=HOME
        )

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG002
        """No setting opens these pages to other sites."""
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        withhold(response)


def surface(
    *,
    companies: Companies,
    vault: Shelves,
    sessions: StaffSessions,
    cookies: Cookies,
    clock: Clock,
    ids: IdSource,
    devices: DeviceApprovals | None = None,
) -> Surface:
    """The pages; `devices` is None where this process has no device registry."""
    pages = Pages()
    staff = Staff(companies, vault, sessions, cookies, clock, pages, devices)
    routes = [
        *_signing(staff, Signing(staff, ids)),
        *_companies(staff, CompanyPages(staff)),
        *_clients(staff, ClientPages(staff)),
        *_contracts(staff, ContractPages(staff)),
        *_terms(staff, TermsPages(staff)),
        *_devices(staff, DevicePages(staff)),
        Route("GET", "/members", MemberPages(staff).show, OPEN, "List member companies as a page"),
        pages.assets.route("Style sheets of the operator's pages"),
    ]
    return Surface(routes=routes, faces=[StaffFace(pages)])


def _get(staff: Staff, path: str, shown: Act, summary: str) -> Route:
    return Route("GET", path, staff.seen(shown), Checked.STAFF, summary)


def _post(staff: Staff, path: str, act: Act, summary: str, *several: str) -> Route:
    return _form(path, staff.done(act, several), summary)


def _form(path: str, handler: Handler, summary: str) -> Route:
    return Route(
        "POST",
        path,
        handler,
        Checked.STAFF,
        summary,
        body={"type": "object"},
        consumes=_FORM,
        answers=_ANSWERS,
    )


def _signing(staff: Staff, pages: Signing) -> list[Route]:
    sign_in = "/staff/sign-in"
    return [
        Route("GET", "/staff", pages.home, OPEN, "Go to the operator's pages", answers={303: "Go"}),
        Route("GET", sign_in, pages.show, OPEN, "Ask for an operator's token"),
        Route(
            "POST",
            sign_in,
            pages.sign_in,
            OPEN,
            "Sign in with an operator's token",
            body={"type": "object"},
            consumes=_FORM,
            answers={303: "Signed in", 401: "No token of an operator", 403: "From elsewhere"},
        ),
        _post(staff, "/staff/sign-out", pages.sign_out, "Sign out"),
    ]


def _companies(staff: Staff, pages: CompanyPages) -> list[Route]:
    path = "/staff/companies"
    return [
        _get(staff, path, pages.show_all, "List companies as a page"),
        _get(staff, f"{path}/new", pages.new, "Ask about a new company"),
        _post(staff, f"{path}/new", pages.register, "Register a company by form"),
        _get(staff, f"{path}/{{id}}", pages.show, "Show a company as a page"),
        _post(staff, f"{path}/{{id}}/suspend", pages.suspend, "Suspend a company by form"),
        _post(staff, f"{path}/{{id}}/activate", pages.activate, "End a suspension by form"),
    ]


def _clients(staff: Staff, pages: ClientPages) -> list[Route]:
    new, path = "/staff/companies/{id}/clients/new", "/staff/clients/{id}"
    return [
        _get(staff, new, pages.new, "Ask about a new client"),
        _post(staff, new, pages.register, "Register a client by form", "scopes"),
        _get(staff, path, pages.show, "Show a client as a page"),
        _post(staff, f"{path}/secret", pages.rotate, "Give a client another secret by form"),
        _post(staff, f"{path}/secret/previous", pages.drop_previous, "End the secret of before"),
        _post(staff, f"{path}/terms", pages.bind, "Bind a service to its terms by form"),
        _post(staff, f"{path}/end", pages.end, "End a client by form"),
    ]


def _contracts(staff: Staff, pages: ContractPages) -> list[Route]:
    path = "/staff/clients/{id}/contract"
    return [
        _get(staff, path, pages.edit, "Ask about the next version of a contract"),
        _post(staff, path, pages.put, "Set the next version of a contract by form", "sources"),
        _post(staff, f"{path}/sign", pages.sign, "Put a contract in force by form"),
    ]


def _terms(staff: Staff, pages: TermsPages) -> list[Route]:
    path = "/staff/terms"
    return [
        _get(staff, path, pages.show_all, "List terms as a page"),
        _get(staff, f"{path}/new", pages.new, "Ask about a version of terms"),
        _post(staff, f"{path}/new", pages.put, "Store a version of terms by form", "clauses"),
        _get(staff, f"{path}/{{id}}/{{version}}", pages.show, "Show a version of terms as a page"),
    ]


def _devices(staff: Staff, pages: DevicePages) -> list[Route]:
    path = "/staff/devices"
    return [
        _get(staff, path, pages.show, "List devices that wait for approval, as a page"),
        _post(staff, f"{path}/{{id}}/approve", pages.approve, "Let a device write, by form"),
        _post(staff, f"{path}/{{id}}/deny", pages.deny, "Leave a device silent, by form"),
    ]

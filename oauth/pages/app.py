"""What `oauth/pages` serves: the citizen's pages, and the screens of an authorization."""

from collections.abc import Callable
from typing import Final

from aiohttp import web

from kernel.clock import Clock
from kernel.ids import IdSource
from oauth.accounts.personal import PersonalData
from oauth.accounts.service import Accounts
from oauth.browser.cookies import Cookies
from oauth.companies.desk import Companies
from oauth.consents.desk import Consents
from oauth.pages.credentials import CredentialPages
from oauth.pages.face import PREFIXES, PageFace
from oauth.pages.history import History, Provisions
from oauth.pages.home import ExportOf, HomePages
from oauth.pages.joining import Joining
from oauth.pages.profile import ProfilePages
from oauth.pages.provisions import ProvisionPages
from oauth.pages.records import RecordPages, RecordsOfPeople
from oauth.pages.screens import CitizenScreens
from oauth.pages.services import ServicePages
from oauth.pages.shell import Own, Shell
from oauth.pages.signing import Signing
from oauth.pages.terms import TermsPages
from serving.access import OPEN, Access, Checked
from serving.app import Surface
from serving.routes import Handler, Parameter, Route

_FORM: Final = ("application/x-www-form-urlencoded",)
_SESSION: Final = Checked.SESSION
_NEXT: Final = Parameter("next", "Where the login leads: a path of ours")
_LANGUAGE: Final = Parameter("lang", "ja or en", {"type": "string", "enum": ["ja", "en"]})
_TOKEN: Final = Parameter("token", "Secret of a one-time link")
_DONE: Final = {303: "Done", 400: "A field is wrong", 403: "The form comes from elsewhere"}
_PAGE: Final = {200: "The page"}
_OWN: Final = {200: "The page", 303: "To the login"}


class CitizenPages:
    """The pages, put together. `screens` is what the authorization server shows.

    Args:
        provisions: `oauth.release.service.Release`.
        export: `oauth.accounts.export.Export.export`.
        network: tells where a request comes from; `serving.remote.Remote.network`.
        records: what companies told about people; None where nobody may tell anything.
    """

    def __init__(
        self,
        *,
        accounts: Accounts,
        personal: PersonalData,
        consents: Consents,
        companies: Companies,
        provisions: Provisions,
        export: ExportOf,
        cookies: Cookies,
        network: Callable[[web.Request], str],
        clock: Clock,
        ids: IdSource,
        records: RecordsOfPeople | None = None,
    ) -> None:
        self._shell = shell = Shell(visitors=accounts, cookies=cookies, ids=ids)
        history = History(provisions=provisions, clock=clock)
        self._joining = Joining(shell=shell, accounts=accounts, network=network)
        self._signing = Signing(
            shell=shell, accounts=accounts, companies=companies, network=network
        )
        self._credentials = CredentialPages(shell=shell, accounts=accounts, network=network)
        self._home = HomePages(
            shell=shell,
            accounts=accounts,
            personal=personal,
            consents=consents,
            export=export,
            clock=clock,
            has_records=records is not None,
        )
        self._profile = ProfilePages(shell=shell, personal=personal, clock=clock)
        self._services = ServicePages(
            shell=shell, consents=consents, companies=companies, history=history, clock=clock
        )
        self._provisions = ProvisionPages(
            shell=shell, consents=consents, companies=companies, history=history
        )
        self._records = None
        if records is not None:
            self._records = RecordPages(
                shell=shell, records=records, companies=companies, clock=clock
            )
        self._terms = TermsPages(shell=shell, companies=companies)
        self.screens = CitizenScreens(shell=shell, signing=self._signing)

    def surface(self) -> Surface:
        """Routes below `/account` and `/terms`, and the words for what goes wrong there."""
        routes = [
            *self._of_visitors(),
            *self._of_sessions(),
            *self._of_profile(),
            *self._of_services(),
            *self._of_records(),
            self._shell.assets.route("Style sheets of the citizen's pages"),
        ]
        return Surface(routes, [PageFace(prefix, self._shell) for prefix in PREFIXES])

    def _of_visitors(self) -> list[Route]:
        joining, signing, credentials = self._joining, self._signing, self._credentials
        version = Parameter("version", "By default the one in force")
        return [
            _get("/account/register", joining.form, "Ask for what a new ID needs", _NEXT),
            _post("/account/register", joining.register, "Register an ID by form"),
            _get("/account/register/sent", joining.sent, "Say where the link was mailed", _NEXT),
            _get("/account/verify", joining.verify_form, "Show a mailed link's button", _TOKEN),
            _post("/account/verify", joining.verify, "Prove an e-mail address by its link"),
            _get("/account/verified", joining.verified, "Say that an address is proved"),
            _get("/account/login", signing.form, "Ask for e-mail address and password", _NEXT),
            _post(
                "/account/login",
                signing.log_in,
                "Sign a citizen in",
                {401: "They do not belong together", 429: "Too many failures"},
            ),
            _get("/account/signed-out", signing.signed_out, "Say that nobody is signed in"),
            _get("/account/recover", credentials.recover_form, "Ask whose password is lost"),
            _post("/account/recover", credentials.recover, "Mail a link, or set a new password"),
            _get("/account/recover/sent", credentials.recovery_sent, "Say where to look for it"),
            _get("/terms/{terms}", self._terms.show, "Show terms in a version", version),
        ]

    def _of_sessions(self) -> list[Route]:
        home, signing, credentials = self._home, self._signing, self._credentials
        return [
            self._own("GET", "/account", home.show, "Show the account's home"),
            self._own("POST", "/account/logout", signing.log_out, "Sign this browser out"),
            self._own(
                "POST",
                "/account/sign-out-everywhere",
                signing.sign_out_everywhere,
                "Sign every browser out, and end every token",
            ),
            self._own("POST", "/account/verify/again", home.resend, "Mail the link again"),
            self._own("GET", "/account/password", credentials.password_form, "Ask for another"),
            self._own("POST", "/account/password", credentials.change_password, "Change it"),
            self._own("GET", "/account/email", credentials.email_form, "Ask for an address"),
            self._own("POST", "/account/email", credentials.change_email, "Mail a link to it"),
            self._own("GET", "/account/data", home.data, "Say what the download contains"),
            self._own("GET", "/account/data.json", home.download, "Download all that is kept"),
            self._own("GET", "/account/delete", home.leave_form, "Say what deleting means"),
            self._own("POST", "/account/delete", home.leave, "Delete the ID"),
        ]

    def _of_profile(self) -> list[Route]:
        profile, path = self._profile, "/account/profile"
        return [
            self._own("GET", path, profile.show, "Show what the person entered"),
            self._own("GET", f"{path}/{{item}}", profile.form, "Ask for one item"),
            self._own("POST", f"{path}/{{item}}", profile.save, "Save one item"),
            self._own("POST", f"{path}/{{item}}/remove", profile.remove, "Delete one item"),
        ]

    def _of_services(self) -> list[Route]:
        services, path = self._services, "/account/services"
        item = f"{path}/{{client}}/items/{{item}}/withdraw"
        withdraw = f"{path}/{{client}}/withdraw"
        return [
            self._own("GET", path, services.show, "Show 各サービスでのデータ利用"),
            self._own("POST", item, services.withdraw_item, "Withdraw one item"),
            self._own("GET", withdraw, services.withdraw_form, "Show what was provided already"),
            self._own("POST", withdraw, services.withdraw, "Withdraw a consent"),
            self._own("GET", f"{path}/{{client}}/withdrawn", services.withdrawn, "Say it is done"),
            self._own("GET", "/account/provisions", self._provisions.show, "Show every provision"),
        ]

    def _of_records(self) -> list[Route]:
        pages, path = self._records, "/account/records"
        if pages is None:
            return []
        return [
            self._own("GET", path, pages.show, "Show what companies told about the person"),
            self._own("POST", f"{path}/{{record}}/remove", pages.remove, "Delete one of it"),
        ]

    def _own(self, method: str, path: str, handler: Own, summary: str) -> Route:
        guarded = self._shell.own(handler)
        if method == "GET":
            return _get(path, guarded, summary, access=_SESSION, answers=_OWN)
        return _post(path, guarded, summary, access=_SESSION)


def _get(
    path: str,
    handler: Handler,
    summary: str,
    *parameters: Parameter,
    access: Access = OPEN,
    answers: dict[int, str] = _PAGE,
) -> Route:
    return Route(
        "GET",
        path,
        handler,
        access,
        summary,
        parameters=(*parameters, _LANGUAGE),
        answers=answers,
    )


def _post(
    path: str,
    handler: Handler,
    summary: str,
    answers: dict[int, str] | None = None,
    *,
    access: Access = OPEN,
) -> Route:
    return Route(
        "POST",
        path,
        handler,
        access,
        summary,
        body={"type": "object"},
        consumes=_FORM,
        answers=_DONE | (answers or {}),
    )

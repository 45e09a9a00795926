"""Signing in and out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from kernel.errors import TooManyRequestsError
from oauth.accounts.refusals import SignInFailedError
from oauth.accounts.service import Accounts
from oauth.companies.desk import Companies
from oauth.pages.onward import ONWARD
from oauth.pages.shell import LOGIN, Shell, Sight, go, words_of
from oauth.server.protocol.authorization import is_registered, target_of
from oauth.server.protocol.errors import OAuthError, UnaddressedError
from oauth.server.protocol.parameters import parse
from oauth.server.protocol.responses import origin_of
from oauth.server.views import LoginAsk
from serving.html.look import link


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a login: the service's name in the reader's language, where it answers to."""

    service: str = ""
    form_origins: tuple[str, ...] = ()


class Signing:
    """Pages around a session."""

    def __init__(
        self,
        *,
        shell: Shell,
        accounts: Accounts,
        companies: Companies,
        network: Callable[[web.Request], str],
    ) -> None:
        self._shell = shell
        self._accounts = accounts
        self._companies = companies
        self._network = network

    async def form(self, request: web.Request) -> web.Response:
        """The login page."""
        onward = ONWARD.safe(request.query.get("next", ""))
        return self._show(request, onward, await self._waiting(request, onward))

    async def asked(self, request: web.Request, ask: LoginAsk) -> web.Response:
        """The login page that an authorization waits for."""
        service = ask.service[words_of(request).language]
        waiting = Waiting(service, ask.form_origins)
        return self._show(request, ask.next, waiting, again=ask.again)

    async def log_in(self, request: web.Request) -> web.Response:
        """Sign in and go where the login was asked for."""
        form = await self._shell.visit_form(request)
        onward = ONWARD.safe(form.get("next", ""))
        words = words_of(request)
        before = self._shell.cookies.session(request)
        try:
            secret = await self._accounts.log_in(
                form.get("email", ""),
                form.get("password", ""),
                network=self._network(request),
                replacing=before,
            )
        except SignInFailedError:
            errors, status, wait_s = {"email": words("error.login")}, 401, 0
        except TooManyRequestsError as error:
            errors, status, wait_s = {"email": words("error.throttled")}, 429, error.retry_after_s
        else:
            response = go(onward)
            self._shell.cookies.set_session(response, secret)
            return response
        waiting = await self._waiting(request, onward)
        refused = self._show(request, onward, waiting, errors=errors, status=status)
        if wait_s:
            refused.headers["Retry-After"] = str(wait_s)
        return refused

    async def log_out(self, sight: Sight) -> web.Response:
        """End this browser's session."""
        await self._shell.own_form(sight)
        await self._accounts.log_out(self._shell.cookies.session(sight.request))
        return self._out("logout.done")

    async def sign_out_everywhere(self, sight: Sight) -> web.Response:
        """End every session and every token of the person."""
        await self._shell.own_form(sight)
        await self._accounts.sign_out_everywhere(sight.account_id)
        return self._out("sessions.done")

    async def signed_out(self, request: web.Request) -> web.Response:
        """What was done; there is nothing of the person left to show."""
        words = words_of(request)
        what = request.query.get("what", "")
        key = what if what in _PARTINGS else _PARTINGS[0]
        title = words("logout.done") if key == "sessions.done" else words(key)
        return self._shell.bare(
            request,
            "said.html",
            title,
            lines=[words(f"{key}.lead")],
            onward=(LOGIN, words("login.title")),
        )

    def _out(self, what: str) -> web.Response:
        return parting(self._shell, what)

    def _show(
        self,
        request: web.Request,
        onward: str,
        waiting: Waiting,
        *,
        again: bool = False,
        errors: dict[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        words = words_of(request)
        return self._shell.show_visitor(
            request,
            "login.html",
            words("login.title"),
            status=status,
            form_origins=waiting.form_origins,
            kept={} if request.path != LOGIN else {"next": onward},
            errors=errors or {},
            next=onward,
            again=again,
            service=waiting.service,
            register_link=link("/account/register", next=onward),
        )

    async def _waiting(self, request: web.Request, onward: str) -> Waiting:
        """What the next page is asked for; nothing where that request is not in order."""
        path, _, query = onward.partition("?")
        if path != "/oauth/authorize":
            return Waiting()
        try:
            target = target_of(parse(query))
        except (OAuthError, UnaddressedError):
            return Waiting()
        kept = await self._companies.client(target.client_id)
        if kept is None or not is_registered(target, kept.value):
            return Waiting()
        origins = (origin_of(target.redirect_uri), *kept.value.form_origins)
        return Waiting(kept.value.name[words_of(request).language], origins)


_PARTINGS: Sequence[str] = ("logout.done", "sessions.done", "recover.done", "delete.done")


def parting(shell: Shell, what: str) -> web.Response:
    """Take the cookie away and say what was done."""
    response = go("/account/signed-out", what=what)
    shell.cookies.clear(response)
    return response

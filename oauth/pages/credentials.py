"""Password and e-mail address: changed by who is signed in, recovered by who reads the mail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from oauth.accounts.refusals import BadAddressError, WeakPasswordError, WrongPasswordError
from oauth.accounts.service import Accounts
from oauth.browser.forms import singles
from oauth.pages.onward import HOME
from oauth.pages.shell import LOGIN, Shell, Sight, go, words_of
from oauth.pages.signing import parting


@dataclass(frozen=True, slots=True)
class TextField:
    """A field of `fields.html`; `label` names its words."""

    name: str
    label: str
    type: str
    autocomplete: str
    attributes: Mapping[str, str] = field(default_factory=dict)


_LENGTHS: Final = {"minlength": "12", "maxlength": "128"}
_EMAIL: Final = TextField("email", "email", "email", "email")
_NEW_EMAIL: Final = TextField("email", "new_email", "email", "email")
_PRESENT: Final = TextField("current", "current_password", "password", "current-password")
_NEW: Final = TextField("password", "new_password", "password", "new-password", _LENGTHS)


class CredentialPages:
    """Forms with a password in them."""

    def __init__(
        self, *, shell: Shell, accounts: Accounts, network: Callable[[web.Request], str]
    ) -> None:
        self._shell = shell
        self._accounts = accounts
        self._network = network

    # Forgotten -----------------------------------------------------------------------------------

    async def recover_form(self, request: web.Request) -> web.Response:
        """Where the link is asked for; with a link, where the new password is chosen.

        Raises:
            DeadLinkError: the link is no good.
        """
        token = request.query.get("token", "")
        if not token:
            return self._ask(request, {})
        await self._accounts.purpose_of(token)
        return self._choose(request, token, {})

    async def recover(self, request: web.Request) -> web.Response:
        """Mail a link, or use it; nobody learns from the answer whether there is an account."""
        form = await self._shell.visit_form(request)
        if token := form.get("token", ""):
            return await self._recovered(request, token, form.get("password", ""))
        words = words_of(request)
        try:
            await self._accounts.ask_recovery(form.get("email", ""), network=self._network(request))
        except BadAddressError:
            return self._ask(request, {"email": words("error.email")}, form)
        return go("/account/recover/sent")

    async def recovery_sent(self, request: web.Request) -> web.Response:
        """Where to look for the mail."""
        words = words_of(request)
        return self._shell.bare(
            request,
            "said.html",
            words("mail.title"),
            lines=[words("recover.sent.lead"), words("recover.sent.line")],
            onward=(LOGIN, words("login.title")),
        )

    # Signed in -----------------------------------------------------------------------------------

    async def password_form(self, sight: Sight) -> web.Response:
        """The form for another password."""
        return self._password(sight, {})

    async def change_password(self, sight: Sight) -> web.Response:
        """Change it; every browser is signed out, this one too."""
        form = singles(await self._shell.own_form(sight))
        try:
            await self._accounts.change_password(
                sight.account_id, form.get("current", ""), form.get("password", "")
            )
        except WeakPasswordError as error:
            return self._password(sight, {"password": sight.words(f"error.password.{error.rule}")})
        except WrongPasswordError:
            return self._password(sight, {"current": sight.words("error.password.wrong")})
        return parting(self._shell, "recover.done")

    async def email_form(self, sight: Sight) -> web.Response:
        """The form for another address."""
        return self._email(sight, {}, {})

    async def change_email(self, sight: Sight) -> web.Response:
        """Mail a link to the new address; until it is used, the old one stays."""
        form = singles(await self._shell.own_form(sight))
        try:
            await self._accounts.ask_email_change(
                sight.account_id,
                form.get("current", ""),
                form.get("email", ""),
                network=self._network(sight.request),
            )
        except BadAddressError:
            return self._email(sight, {"email": sight.words("error.email")}, form)
        except WrongPasswordError:
            return self._email(sight, {"current": sight.words("error.password.wrong")}, form)
        return go(HOME, told="email")

    # ---------------------------------------------------------------------------------------------

    async def _recovered(self, request: web.Request, token: str, password: str) -> web.Response:
        try:
            await self._accounts.recover(token, password)
        except WeakPasswordError as error:
            words = words_of(request)
            return self._choose(request, token, {"password": words(f"error.password.{error.rule}")})
        return parting(self._shell, "recover.done")

    def _ask(
        self,
        request: web.Request,
        errors: Mapping[str, str],
        typed: Mapping[str, str] | None = None,
    ) -> web.Response:
        words = words_of(request)
        return self._shell.show_visitor(
            request,
            "fields.html",
            words("recover.title"),
            status=400 if errors else 200,
            lines=[words("recover.lead")],
            action="/account/recover",
            hidden={},
            fields=[_EMAIL],
            typed=typed or {},
            errors=errors,
            button=words("recover.button"),
            back=LOGIN,
            grave=False,
        )

    def _choose(self, request: web.Request, token: str, errors: Mapping[str, str]) -> web.Response:
        words = words_of(request)
        return self._shell.show_visitor(
            request,
            "fields.html",
            words("recover.choose"),
            status=400 if errors else 200,
            kept={"token": token},
            lines=[words("recover.choose.lead")],
            action="/account/recover",
            hidden={"token": token},
            fields=[_NEW],
            errors=errors,
            button=words("form.save"),
            back="",
            grave=False,
        )

    def _password(self, sight: Sight, errors: Mapping[str, str]) -> web.Response:
        return self._shell.show(
            sight,
            "fields.html",
            sight.words("password.title"),
            status=400 if errors else 200,
            lines=[sight.words("password.lead")],
            action="/account/password",
            hidden={},
            fields=[_PRESENT, _NEW],
            errors=errors,
            button=sight.words("password.button"),
            back=HOME,
            grave=False,
        )

    def _email(
        self, sight: Sight, errors: Mapping[str, str], typed: Mapping[str, str]
    ) -> web.Response:
        return self._shell.show(
            sight,
            "fields.html",
            sight.words("email.title"),
            status=400 if errors else 200,
            lines=[sight.words("email.lead")],
            action="/account/email",
            hidden={},
            fields=[_NEW_EMAIL, _PRESENT],
            typed={"email": typed.get("email", "")},
            errors=errors,
            button=sight.words("email.button"),
            back=HOME,
            grave=False,
        )

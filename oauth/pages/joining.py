"""Registering, and the link in the mail that proves the address."""

from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

from oauth.accounts.refusals import (
    BadAddressError,
    BadBirthYearError,
    TermsError,
    WeakPasswordError,
)
from oauth.accounts.registration import Application
from oauth.accounts.service import Accounts
from oauth.model.people import LinkPurpose, TermsRef
from oauth.model.terms import TermsDocument
from oauth.pages.onward import ONWARD
from oauth.pages.shell import LOGIN, Shell, go, words_of
from oauth.pages.words import PageWords
from serving.html.look import link

_TERMS: Final = "terms"
_CLAUSE: Final = "clause-"


class Joining:
    """Pages of people who have no ID yet."""

    def __init__(
        self, *, shell: Shell, accounts: Accounts, network: Callable[[web.Request], str]
    ) -> None:
        self._shell = shell
        self._accounts = accounts
        self._network = network

    async def form(self, request: web.Request) -> web.Response:
        """The form of registration."""
        return await self._show(request, {"next": request.query.get("next", "")}, {})

    async def register(self, request: web.Request) -> web.Response:
        """Register; the answer does not tell whether the address has an ID already."""
        form = await self._shell.visit_form(request)
        words = words_of(request)
        terms = await self._accounts.terms()
        if errors := _unaccepted(form, terms, words):
            return await self._show(request, form, errors)
        try:
            await self._accounts.register(
                _application(form, terms, words), network=self._network(request)
            )
        except BadAddressError:
            errors = {"email": words("error.email")}
        except WeakPasswordError as error:
            errors = {"password": words(f"error.password.{error.rule}")}
        except BadBirthYearError:
            errors = {"birth_year": words("error.birth_year")}
        except TermsError:
            errors = {_TERMS: words("error.terms.changed")}
        else:
            return go("/account/register/sent", next=ONWARD.safe(form.get("next", "")))
        return await self._show(request, form, errors)

    async def sent(self, request: web.Request) -> web.Response:
        """Where to look for the mail, and where to go on."""
        words = words_of(request)
        where = link(LOGIN, next=ONWARD.safe(request.query.get("next", "")))
        return self._shell.bare(
            request,
            "said.html",
            words("mail.title"),
            lines=[words("mail.lead"), words("mail.line.1"), words("mail.line.2")],
            onward=(where, words("login.title")),
        )

    async def verify_form(self, request: web.Request) -> web.Response:
        """The button behind the link in a mail; looking at it uses nothing.

        Raises:
            DeadLinkError: the link is no good.
        """
        token = request.query.get("token", "")
        purpose = await self._accounts.purpose_of(token)
        words = words_of(request)
        kind = _kind(purpose)
        return self._shell.show_visitor(
            request,
            "press.html",
            words(f"{kind}.title" if kind == "verify" else f"{kind}.confirm"),
            lead=words(f"{kind}.lead" if kind == "verify" else f"{kind}.confirm.lead"),
            button=words(f"{kind}.button" if kind == "verify" else f"{kind}.confirm.button"),
            action="/account/verify",
            token=token,
        )

    async def verify(self, request: web.Request) -> web.Response:
        """Use the link.

        Raises:
            DeadLinkError: the link is no good.
            AddressTakenError: the new address belongs to another account.
        """
        form = await self._shell.visit_form(request)
        purpose = await self._accounts.verify(form.get("token", ""))
        return go("/account/verified", what=_kind(purpose))

    async def verified(self, request: web.Request) -> web.Response:
        """What the link did."""
        words = words_of(request)
        kind = "email" if request.query.get("what") == "email" else "verify"
        return self._shell.bare(
            request,
            "said.html",
            words(f"{kind}.done"),
            lines=[words(f"{kind}.done.lead")],
            onward=("/account", words("home.title")),
        )

    async def _show(
        self, request: web.Request, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.Response:
        words = words_of(request)
        terms = await self._accounts.terms()
        onward = ONWARD.safe(typed.get("next", ""))
        return self._shell.show_visitor(
            request,
            "register.html",
            words("register.title"),
            status=400 if errors else 200,
            kept={"next": onward},
            typed={"email": "", "birth_year": "", **typed},
            errors=errors,
            terms=terms,
            clauses=terms.mandatory,
            terms_link=link(f"/terms/{terms.id}", version=terms.version),
            next=onward,
            login_link=link(LOGIN, next=onward),
        )


def _kind(purpose: LinkPurpose) -> str:
    return "email" if purpose is LinkPurpose.CHANGE_EMAIL else "verify"


def _unaccepted(form: Mapping[str, str], terms: TermsDocument, words: PageWords) -> dict[str, str]:
    """What was not ticked: each mandatory clause is agreed to by itself."""
    errors = {
        f"{_CLAUSE}{clause}": words(f"error.clause.{clause}")
        for clause in terms.mandatory
        if f"{_CLAUSE}{clause}" not in form
    }
    if _TERMS not in form:
        errors[_TERMS] = words("error.terms")
    return errors


def _application(form: Mapping[str, str], terms: TermsDocument, words: PageWords) -> Application:
    year = form.get("birth_year", "").strip()
    return Application(
        address=form.get("email", ""),
        password=form.get("password", ""),
        birth_year=int(year) if year.isdecimal() and len(year) <= len("2026") else 0,
        terms=TermsRef(terms.id, form.get("terms_version", ""), form.get("terms_sha256", "")),
        clauses=[name.removeprefix(_CLAUSE) for name in form if name.startswith(_CLAUSE)],
        language=words.language,
    )

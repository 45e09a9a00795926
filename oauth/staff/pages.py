"""One frame for all pages of operators: language, look, style sheets, headers, forms."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final

from aiohttp import web
from markupsafe import Markup
from multidict import MultiDict

from kernel.errors import CallerError
from kernel.languages import Language
from oauth.browser import csrf
from oauth.browser.forms import read_guarded
from oauth.model.companies import Company
from oauth.staff.sessions import Operator
from serving.html import headers
from serving.html.assets import Assets
from serving.html.headers import security_headers
from serving.html.look import link, look_of, remember
from serving.html.templating import environment
from serving.html.words import Words, iso

HOME: Final = "/staff/companies"
SIGN_IN: Final = "/staff/sign-in"

_PACKAGE: Final = "oauth.staff"
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = security_headers(_POLICY, referrer="no-referrer")
_MOST_BYTES: Final = 1_048_576
_ROOMS: Final = (
    ("companies", "/staff/companies"),
    ("terms", "/staff/terms"),
    ("devices", "/staff/devices"),
)
_environment = environment(_PACKAGE)


def _named(companies: Sequence[Company], language: Language) -> list[tuple[str, str]]:
    return [(one.id, one.name[language]) for one in companies]


def _said(clauses: Sequence[str], words: Words) -> list[tuple[str, str]]:
    return [(one, words(f"clause.{one}")) for one in clauses]


_environment.globals.update(
    iso=iso, rooms=_ROOMS, languages=tuple(Language), named=_named, said=_said
)


class Pages:
    """Draws pages, and reads the forms that they send."""

    def __init__(self) -> None:
        self.assets = Assets(
            prefix="/staff/static", packages=("serving.html", _PACKAGE), headers=HEADERS
        )

    def page(
        self,
        request: web.Request,
        operator: Operator | None,
        template: str,
        values: Mapping[str, object],
        *,
        status: int = 200,
        here: str = "",
        secret: str = "",
    ) -> web.Response:
        """A page.

        Args:
            request: whose language and look count.
            operator: None on pages for everybody.
            template: a file of `templates/`.
            values: what the template names.
            status: of the answer.
            here: where the choice of language leads, if not to the page itself.
            secret: of the cookie that guards the forms, where that is not the operator's.
        """
        look = look_of(request)
        words = Words(_PACKAGE, look.language)
        guarding = secret or (operator.secret if operator else "")
        html = _environment.get_template(template).render(
            words=words,
            look=look,
            language=look.language,
            operator=operator,
            csrf=csrf.token(guarding) if guarding else "",
            asset=self.assets.path,
            here=partial(link, here or request.path),
            **values,
        )
        response = headers.page(Markup(html), HEADERS, status=status)  # noqa: S704 — autoescaped
        remember(request, response)
        return response

    async def form(
        self, request: web.Request, secret: str, several: Collection[str] = ()
    ) -> MultiDict[str]:
        """The fields of a form that our own page sent; see `read_guarded`.

        Raises:
            BadRequestError: the body is no form, or says something twice.
            TooLargeError: it is larger than 1 MiB; terms are long.
            ForbiddenError: it was not made for the holder of this cookie's secret.
        """
        sent = await read_guarded(request, secret, several=several, most_bytes=_MOST_BYTES)
        return MultiDict((name, text) for name, texts in sent.items() for text in texts)

    def mistake(
        self, request: web.Request, operator: Operator | None, error: CallerError
    ) -> web.Response:
        """A page that says what is wrong, for acts that have no form to return to."""
        values = {"message": error.message}
        return self.page(request, operator, "mistake.html", values, status=error.status, here=HOME)


def see_other(where: str) -> web.Response:
    """303: what a form did is done."""
    return headers.see_other(where, HEADERS)


def both(form: Mapping[str, str], name: str) -> dict[str, str]:
    """The two fields of a text in both languages."""
    return {code.value: form.get(f"{name}_{code}", "").strip() for code in Language}


def texts(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """These fields without the space around them; those left empty are not there."""
    said = {name: form.get(name, "").strip() for name in names}
    return {name: text for name, text in said.items() if text}

"""The pages of an authorization: implements `oauth.server.screens.Screens`."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from kernel.languages import Language
from oauth.pages import agreement
from oauth.pages.shell import Shell, words_of
from oauth.pages.signing import Signing
from oauth.pages.visible import digest
from oauth.server.views import (
    DECISION_PATH,
    LANGUAGE,
    SCREEN,
    ConsentView,
    LoginAsk,
    Trouble,
)

_STATUSES: Final[Mapping[Trouble, int]] = {
    Trouble.UNKNOWN_CLIENT: 400,
    Trouble.REDIRECT_URI: 400,
    Trouble.MALFORMED: 400,
    Trouble.FORBIDDEN: 403,
    Trouble.MINOR: 403,
    Trouble.UNAVAILABLE: 503,
}


class CitizenScreens:
    """Login, consent, trouble."""

    def __init__(self, *, shell: Shell, signing: Signing) -> None:
        self._shell = shell
        self._signing = signing

    @property
    def template(self) -> str:
        """Version of the consent page."""
        return agreement.TEMPLATE

    async def login(self, request: web.Request, ask: LoginAsk) -> web.Response:
        """See `Screens.login`."""
        return await self._signing.asked(request, ask)

    async def consent(self, request: web.Request, view: ConsentView) -> web.Response:
        """See `Screens.consent`."""
        words = words_of(request)
        shown = agreement.agreement(view, words.language)
        screen = digest(shown)
        return self._shell.bare(
            request,
            "consent.html",
            words("consent.title", service=view.client.name[words.language]),
            form_origins=view.form_origins,
            view=view,
            action=DECISION_PATH,
            hidden={**view.hidden, LANGUAGE: words.language, SCREEN: screen},
            agreement=shown,
        )

    async def trouble(
        self, request: web.Request, kind: Trouble, *, onward: str = ""
    ) -> web.Response:
        """See `Screens.trouble`."""
        words = words_of(request)
        return self._shell.bare(
            request,
            "said.html",
            words(f"trouble.{kind}"),
            status=_STATUSES[kind],
            lines=[words(f"trouble.{kind}.lead")],
            onward=(onward, words("trouble.back")) if onward else None,
            here=None,
        )

    def screen_sha256(self, view: ConsentView, language: Language) -> str:
        """See `Screens.screen_sha256`."""
        return agreement.screen_sha256(view, language)

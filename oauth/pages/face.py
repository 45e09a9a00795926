"""How the citizen's pages word what went wrong: the person's language, no detail of the request."""

from typing import Final

from aiohttp import web

from kernel.errors import OdoriError, TooManyRequestsError
from oauth.pages.headers import page_headers
from oauth.pages.onward import HOME
from oauth.pages.shell import Shell, words_of
from serving.cors import withhold

PREFIXES: Final = ("/account", "/terms", "/oauth/authorize")
_WORDED: Final = frozenset({400, 401, 403, 404, 409, 413, 429, 500, 503})


class PageFace:
    """Errors below one prefix, as pages."""

    def __init__(self, prefix: str, shell: Shell) -> None:
        self.prefix = prefix
        self._shell = shell

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:
        """The page of the error's status; an error's own text is for logs and programs."""
        words = words_of(request)
        status = int(error.status)
        key = status if status in _WORDED else 500 if status >= 500 else 400  # noqa: PLR2004
        response = self._shell.bare(
            request,
            "said.html",
            words(f"error.{key}"),
            status=status,
            lines=[words(f"error.{key}.lead")],
            onward=(HOME, words("trouble.home")),
            here=None,
        )
        if isinstance(error, TooManyRequestsError):
            response.headers["Retry-After"] = str(error.retry_after_s)
        return response

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG002
        """What a page did not say: whatever is answered here, redirects too, is one person's."""
        for name, value in page_headers().items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        withhold(response)

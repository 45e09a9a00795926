"""The cookies of our own pages: a citizen's session, a staff session, a visit before either."""

from enum import StrEnum
from typing import Final

from aiohttp import web

from oauth.sealing.secrets import SECRET_LENGTH

_ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


class Cookie(StrEnum):
    """Each carries one secret of 256 bits and nothing else."""

    SESSION = "odori_session"
    STAFF = "odori_staff"
    VISIT = "odori_visit"  # nobody yet: it guards the forms of login and registration


class Cookies:
    """Reads and sets them: HttpOnly, SameSite=Lax, for the whole host, gone with the browser.

    Where the issuer is https they are Secure and have the prefix `__Host-`, so that no other host
    of the domain can plant one (RFC 6265bis §4.1.3.2); cookies without the prefix count for
    nothing there.
    """

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._prefix = "__Host-" if secure else ""

    def session(self, request: web.Request) -> str:
        """The secret of a citizen's session, or ""."""
        return self.read(request, Cookie.SESSION)

    def staff(self, request: web.Request) -> str:
        """The secret of a staff session, or ""."""
        return self.read(request, Cookie.STAFF)

    def visit(self, request: web.Request) -> str:
        """The secret of somebody who has not signed in, or ""."""
        return self.read(request, Cookie.VISIT)

    def set_session(self, response: web.StreamResponse, secret: str) -> None:
        """Hand the browser a citizen's new session."""
        self.set(response, Cookie.SESSION, secret)

    def set_staff(self, response: web.StreamResponse, secret: str) -> None:
        """Hand the browser a new staff session."""
        self.set(response, Cookie.STAFF, secret)

    def set_visit(self, response: web.StreamResponse, secret: str) -> None:
        """Hand the browser a secret that guards its forms."""
        self.set(response, Cookie.VISIT, secret)

    def read(self, request: web.Request, cookie: Cookie) -> str:
        """The secret of a cookie; "" where there is none or it is none of ours by its form."""
        text = request.cookies.get(self._prefix + cookie, "")
        return text if len(text) == SECRET_LENGTH and _ALPHABET.issuperset(text) else ""

    def set(self, response: web.StreamResponse, cookie: Cookie, secret: str) -> None:
        """Set one cookie."""
        response.set_cookie(
            self._prefix + cookie,
            secret,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )

    def clear(self, response: web.StreamResponse, cookie: Cookie = Cookie.SESSION) -> None:
        """Take a cookie away from the browser."""
        response.del_cookie(
            self._prefix + cookie,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )

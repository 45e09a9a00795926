"""A member company's service: log in with Odori ID (OpenID Connect), show all that it may know."""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

from aiohttp import ClientSession, ClientTimeout, web
from jinja2 import Environment, FileSystemLoader
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from yarl import URL

HERE = Path(__file__).parent
COOKIE, CALLBACK = "partner_visit", "/callback"
DISCOVERY = "/.well-known/openid-configuration"
POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; form-action 'self'"
WORDS = json.loads((HERE / "words.json").read_text("utf-8"))
PAGE = Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template("page.html")


@dataclass(frozen=True)
class Config:
    """`base_url` is where browsers reach this app; `scope` is what its contract names."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    base_url: str = "http://127.0.0.1:8090"
    scope: str = "openid"
    service: str = "Partner"


@dataclass(repr=False)
class Visit:
    """What the server keeps of one browser, in memory alone."""

    state: str = ""
    nonce: str = ""
    verifier: str = ""
    sub: str = ""
    access_token: str = ""
    refresh_token: str = ""
    known: dict[str, Any] | None = None
    refused: str = ""


class Partner:
    """The pages, and the calls that go to the issuer."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.visits: dict[str, Visit] = {}
        self.metadata: dict[str, Any] = {}
        self.http: ClientSession

    async def life(self, _: web.Application) -> AsyncIterator[None]:
        """One HTTP client for as long as the app lives."""
        async with ClientSession(timeout=ClientTimeout(total=10)) as self.http:
            yield

    async def index(self, request: web.Request) -> web.Response:
        """Who is logged in, and what this service knows of them."""
        lang = "ja" if request.headers.get("Accept-Language", "ja")[:2] == "ja" else "en"
        visit = self.visits.get(request.cookies.get(COOKIE, ""), Visit())
        page = PAGE.render(config=self.config, visit=visit, words=WORDS[lang], lang=lang)
        csp = f"{POLICY} {URL(self.config.issuer).origin()}"  # where a login leads
        headers = {"Content-Security-Policy": csp, "Cache-Control": "no-store"}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def login(self, _: web.Request) -> NoReturn:
        """Send the browser to the issuer, with secrets that only this visit knows."""
        cookie, state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        self.visits[cookie] = visit = Visit(state, nonce, verifier)
        digest = hashlib.sha256(visit.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": self.config.base_url + CALLBACK,
            "scope": self.config.scope,
            "state": visit.state,
            "nonce": visit.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        to = web.HTTPSeeOther(URL(await self._endpoint("authorization_endpoint")) % query)
        secure = self.config.base_url.startswith("https:")
        to.set_cookie(COOKIE, cookie, httponly=True, samesite="Lax", secure=secure)
        raise to

    async def callback(self, request: web.Request) -> NoReturn:
        """The answer of the issuer: a code, or the person's no."""
        visit, query = self._visit(request), request.query
        state, visit.state = visit.state, ""  # one use
        if not state or not secrets.compare_digest(query.get("state", "").encode(), state.encode()):
            raise web.HTTPBadRequest(text="This answer belongs to no login of yours")
        if query.get("iss") != self.config.issuer:
            raise web.HTTPBadRequest(text="This answer comes from another issuer")
        visit.refused = query.get("error", "")
        if not visit.refused:
            form = {"grant_type": "authorization_code", "code_verifier": visit.verifier}
            form |= {"code": query.get("code", ""), "redirect_uri": self.config.base_url + CALLBACK}
            if tokens := await self._tokens(visit, form):
                visit.sub = await self._subject(tokens["id_token"], visit.nonce)
                await self._fetch(visit)
        raise web.HTTPSeeOther("/")

    async def again(self, request: web.Request) -> NoReturn:
        """Ask once more; what is no longer permitted is forgotten."""
        visit = self._visit(request)
        form = {"grant_type": "refresh_token", "refresh_token": visit.refresh_token}
        if not await self._fetch(visit) and await self._tokens(visit, form):
            await self._fetch(visit)
        raise web.HTTPSeeOther("/")

    async def logout(self, request: web.Request) -> NoReturn:
        """Forget the visit. The consent stays: it is withdrawn on the issuer's pages."""
        self.visits.pop(request.cookies.get(COOKIE, ""), None)
        to = web.HTTPSeeOther("/")
        to.del_cookie(COOKIE)
        raise to

    def _visit(self, request: web.Request) -> Visit:
        if (visit := self.visits.get(request.cookies.get(COOKIE, ""))) is None:
            raise web.HTTPSeeOther("/")
        return visit

    async def _endpoint(self, name: str) -> str:
        """As the issuer describes it (OpenID Connect Discovery §4)."""
        if not self.metadata:
            async with self.http.get(self.config.issuer + DISCOVERY) as answer:
                self.metadata = await answer.json()
        if self.metadata["issuer"] != self.config.issuer:
            raise web.HTTPBadGateway(text="The issuer is another one")
        return str(self.metadata[name])

    async def _tokens(self, visit: Visit, form: dict[str, str]) -> dict[str, Any]:
        """Exchange a code or a refresh token; nothing, and the reason noted, if it is refused."""
        pair = f"{quote(self.config.client_id)}:{quote(self.config.client_secret)}"
        headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        to = await self._endpoint("token_endpoint")
        async with self.http.post(to, data=form, headers=headers) as answer:
            found: dict[str, Any] = await answer.json()
        visit.refused, visit.known = found.get("error", ""), None
        visit.access_token = found.get("access_token", visit.access_token)
        visit.refresh_token = found.get("refresh_token", visit.refresh_token)
        return {} if visit.refused else found

    async def _subject(self, id_token: str, nonce: str) -> str:
        """Whose ID token it is, after every check."""
        async with self.http.get(await self._endpoint("jwks_uri")) as answer:
            keys = KeySet.import_key_set(await answer.json())
        rule: dict[str, Any] = {"iss": self.config.issuer, "aud": self.config.client_id}
        rule |= {"nonce": nonce, "sub": None, "exp": None, "iat": None}  # None: whatever it is
        rules: dict[str, Any] = {k: {"essential": True, "value": v} for k, v in rule.items()}
        try:
            token = jwt.decode(id_token, keys, algorithms=["ES256"])
            jwt.JWTClaimsRegistry(**rules).validate(token.claims)
        except (JoseError, ValueError) as error:
            raise web.HTTPBadGateway(text="The ID token is not one for this login") from error
        return str(token.claims["sub"])

    async def _fetch(self, visit: Visit) -> bool:
        """Ask what this service may know now, and keep nothing of what it knew before."""
        headers = {"Authorization": f"Bearer {visit.access_token}"}
        async with self.http.get(f"{self.config.issuer}/v1/attributes", headers=headers) as answer:
            found = await answer.json()
        is_given = "items" in found and found["sub"] == visit.sub
        failed = found.get("error", str(answer.status))
        visit.known, visit.refused = (found, "") if is_given else (None, failed)
        return is_given


def make_app(config: Config) -> web.Application:
    """The service, ready to be listened with."""
    partner, app = Partner(config), web.Application()
    app.cleanup_ctx.append(partner.life)
    app.router.add_get("/", partner.index)
    app.router.add_get(CALLBACK, partner.callback)
    app.router.add_static("/static", HERE / "static")
    for handler in (partner.login, partner.again, partner.logout):
        app.router.add_post(f"/{handler.__name__}", handler)
    return app


if __name__ == "__main__":
    NAMES = ("issuer", "client_id", "client_secret", "base_url", "scope", "service")
    ENV = {name: os.environ.get(f"PARTNER_{name.upper()}") for name in NAMES}
    CHOSEN = Config(**{name: text for name, text in ENV.items() if text})
    web.run_app(make_app(CHOSEN), host="127.0.0.1", port=URL(CHOSEN.base_url).port)

"""Plain pages in the place of the real ones: what they would show, as JSON."""

import hashlib
import json

from aiohttp import web

from oauth.model.texts import Language
from oauth.server.views import ConsentView, LoginAsk, Trouble

STATUSES = {
    Trouble.UNKNOWN_CLIENT: 400,
    Trouble.REDIRECT_URI: 400,
    Trouble.MALFORMED: 400,
    Trouble.FORBIDDEN: 403,
    Trouble.MINOR: 403,
    Trouble.UNAVAILABLE: 503,
}


class PlainScreens:
    """`oauth.server.screens.Screens`; `screen` is the page, so that a test can look at it."""

    template = "plain-1"

    async def login(self, _request: web.Request, ask: LoginAsk) -> web.Response:
        return _page({"page": "login", "next": ask.next, "again": ask.again})

    async def consent(self, _request: web.Request, view: ConsentView) -> web.Response:
        rows = [
            {
                "item": row.item,
                "choices": {one.granularity: one.preview for one in row.choices},
                "chosen": row.chosen,
                "required": row.required,
                "new": row.is_new,
                "on": row.on,
                "present": row.present,
            }
            for row in view.rows
        ]
        fields = {**view.hidden, "csrf": view.csrf, "language": "ja"}
        fields["screen"] = self.screen_sha256(view, Language.JA)
        return _page(
            {
                "page": "consent",
                "rows": rows,
                "fields": fields,
                "origins": view.form_origins,
                "purpose": view.purpose.id,
                "terms": [one.id for one in view.terms],
                "sources": [one.en for one in view.sources],
            }
        )

    async def trouble(
        self, _request: web.Request, kind: Trouble, *, onward: str = ""
    ) -> web.Response:
        return _page({"page": "trouble", "kind": kind, "onward": onward}, STATUSES[kind])

    def screen_sha256(self, view: ConsentView, language: Language) -> str:
        said = [view.client.id, view.contract.version, view.purpose.text[language]]
        rows = [(row.item, [one.granularity for one in row.choices]) for row in view.rows]
        text = json.dumps([*said, rows, [one.sha256 for one in view.terms]])
        return hashlib.sha256(text.encode()).hexdigest()


def _page(said: object, status: int = 200) -> web.Response:
    return web.json_response(said, status=status)

"""The account's home, its download, its end."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import orjson
from aiohttp import web

from kernel.clock import Clock
from kernel.json import JsonValue
from oauth.accounts.personal import PersonalData
from oauth.accounts.refusals import WrongPasswordError
from oauth.accounts.service import Accounts
from oauth.browser.forms import singles
from oauth.consent import is_minor_locked
from oauth.consents.desk import Consents
from oauth.model.items import SELF_ITEMS, Item
from oauth.pages.credentials import TextField
from oauth.pages.headers import page_headers
from oauth.pages.onward import HOME
from oauth.pages.shell import Shell, Sight, go
from oauth.pages.signing import parting

ExportOf: TypeAlias = Callable[[str], Awaitable[JsonValue]]
"""Everything that is kept about an account, as one JSON document."""

_TOLD: Final = frozenset({"email", "verification"})
_PRESENT: Final = TextField("current", "current_password", "password", "current-password")


class HomePages:
    """What concerns the account as a whole."""

    def __init__(
        self,
        *,
        shell: Shell,
        accounts: Accounts,
        personal: PersonalData,
        consents: Consents,
        export: ExportOf,
        clock: Clock,
        has_records: bool,
    ) -> None:
        self._shell = shell
        self._accounts = accounts
        self._personal = personal
        self._consents = consents
        self._export = export
        self._has_records = has_records
        self._clock = clock

    async def show(self, sight: Sight) -> web.Response:
        """Where everything is, and what needs doing."""
        now, account = self._clock.now(), sight.visitor.account
        kept = await self._personal.read(sight.account_id)
        dossiers = await self._consents.of_person(sight.account_id)
        told = sight.request.query.get("told", "")
        return self._shell.show(
            sight,
            "home.html",
            sight.words("home.title"),
            room="home",
            told=sight.words(f"told.{told}") if told in _TOLD else "",
            verified=account.email_verified,
            minor=is_minor_locked(account, now),
            services=sum(one.live(now) is not None for one in dossiers),
            entered=len(kept),
            all=len(SELF_ITEMS),
            email=_address(kept[Item.EMAIL].value) if Item.EMAIL in kept else "",
            signed_in=sight.visitor.session.created_at,
            browsers=await self._accounts.sessions(account),
            since=account.created_at,
            has_records=self._has_records,
        )

    async def resend(self, sight: Sight) -> web.Response:
        """Mail the link that proves the address again."""
        await self._shell.own_form(sight)
        await self._accounts.ask_verification(sight.account_id)
        return go(HOME, told="verification")

    async def data(self, sight: Sight) -> web.Response:
        """What the download contains."""
        return self._shell.show(sight, "data.html", sight.words("data.title"))

    async def download(self, sight: Sight) -> web.Response:
        """Everything that is kept about the person, as JSON."""
        document = await self._export(sight.account_id)
        response = web.Response(
            body=orjson.dumps(document, option=orjson.OPT_INDENT_2),
            content_type="application/json",
            charset="utf-8",
        )
        response.headers.update(page_headers())
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Disposition"] = 'attachment; filename="odori-my-data.json"'
        return response

    async def leave_form(self, sight: Sight) -> web.Response:
        """What deleting the ID means, and the password again."""
        return self._leave(sight, {})

    async def leave(self, sight: Sight) -> web.Response:
        """Delete the ID; it cannot be brought back."""
        form = singles(await self._shell.own_form(sight))
        try:
            await self._accounts.erase(sight.account_id, form.get("current", ""))
        except WrongPasswordError:
            return self._leave(sight, {"current": sight.words("error.password.wrong")})
        return parting(self._shell, "delete.done")

    def _leave(self, sight: Sight, errors: Mapping[str, str]) -> web.Response:
        words = sight.words
        return self._shell.show(
            sight,
            "fields.html",
            words("delete.title"),
            status=400 if errors else 200,
            lines=[
                words("delete.lead"),
                *(words(f"delete.line.{number}") for number in (1, 2, 3)),
            ],
            action="/account/delete",
            hidden={},
            fields=[_PRESENT],
            errors=errors,
            button=words("delete.button"),
            back=HOME,
            grave=True,
        )


def _address(value: JsonValue) -> str:
    return str(value["email"]) if isinstance(value, Mapping) else ""

"""What every page of operators is given, and who may see it."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiDict

from kernel.clock import Clock
from kernel.errors import CallerError, ForbiddenError, NotFoundError, UnauthenticatedError
from kernel.permission import Scope
from oauth.browser.cookies import Cookies
from oauth.companies.desk import Companies
from oauth.model.companies import Client, Company
from oauth.ports import DeviceApprovals, Shelves
from oauth.staff.pages import SIGN_IN, Pages, see_other
from oauth.staff.sessions import Operator, StaffSessions
from serving.routes import Handler


@dataclass(frozen=True)
class Call:
    """One request of an operator.

    Attributes:
        form: what our own page sent; empty where a page is only looked at.
    """

    request: web.Request
    operator: Operator
    pages: Pages
    form: MultiDict[str]

    @property
    def id(self) -> str:
        """What the path names."""
        return self.request.match_info["id"]

    def page(self, template: str, *, here: str = "", **values: object) -> web.Response:
        """A page that shows something."""
        return self.pages.page(self.request, self.operator, template, values, here=here)

    def asking(
        self,
        template: str,
        form: MultiDict[str],
        error: CallerError | None = None,
        **values: object,
    ) -> web.Response:
        """A page that asks for something; with an error it asks again, what was typed kept."""
        status = 200 if error is None else error.status
        mistake = "" if error is None else error.message
        said = {**values, "form": form, "mistake": mistake}
        return self.pages.page(self.request, self.operator, template, said, status=status)


Act: TypeAlias = Callable[[Call], Awaitable[web.Response]]


@dataclass(frozen=True)
class Staff:
    """The parts that pages rest on.

    Attributes:
        devices: None where this process has no device registry.
    """

    companies: Companies
    vault: Shelves
    sessions: StaffSessions
    cookies: Cookies
    clock: Clock
    pages: Pages
    devices: DeviceApprovals | None

    def seen(self, shown: Act) -> Handler:
        """A page for operators alone; others are sent to sign in, and come back afterwards."""

        async def handler(request: web.Request) -> web.Response:
            operator = await self.sessions.who(self.cookies.staff(request))
            if operator is None:
                return see_other(f"{SIGN_IN}?{urlencode({'next': request.path_qs})}")
            try:
                return await shown(Call(request, operator, self.pages, MultiDict()))
            except CallerError as error:
                return self.pages.mistake(request, operator, error)

        return handler

    def done(self, act: Act, several: Collection[str] = ()) -> Handler:
        """A form's act: operators alone, and only from our own pages.

        Only the fields that `several` names may have more than one value.
        """

        async def handler(request: web.Request) -> web.Response:
            operator = await self.sessions.who(self.cookies.staff(request))
            if operator is None:
                error = UnauthenticatedError("The session has ended: sign in again")
                return self.pages.mistake(request, None, error)
            try:
                form = await self.pages.form(request, operator.secret, several)
                return await act(Call(request, operator, self.pages, form))
            except CallerError as error:
                return self.pages.mistake(request, operator, error)

        return handler

    async def company(self, company_id: str) -> Company:
        """The company.

        Raises:
            NotFoundError: there is none.
        """
        kept = await self.companies.company(company_id)
        if kept is None:
            raise NotFoundError("There is no such company")
        return kept.value

    async def client(self, client_id: str) -> Client:
        """The client.

        Raises:
            NotFoundError: there is none.
        """
        kept = await self.companies.client(client_id)
        if kept is None:
            raise NotFoundError("There is no such client")
        return kept.value

    def approvals(self, operator: Operator) -> DeviceApprovals:
        """The decisions about devices.

        Raises:
            ForbiddenError: the operator's token has no scope for devices.
            NotFoundError: this process has no registry.
        """
        if not operator.has(Scope.DEVICES):
            raise ForbiddenError(f"This needs the scope {Scope.DEVICES}")
        if self.devices is None:
            raise NotFoundError("This server has no device registry")
        return self.devices

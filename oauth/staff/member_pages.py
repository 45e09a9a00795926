"""The list of member companies: the one page here that is for everybody."""

from aiohttp import web

from oauth.companies.members import members
from oauth.staff.staff import Staff


class MemberPages:
    """The handler of `/members`."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    async def show(self, request: web.Request) -> web.Response:
        """Who they are, what they offer, and whether they may fetch data now."""
        now = self._staff.clock.now()
        found = await members(self._staff.companies, now)
        return self._staff.pages.page(request, None, "members.html", {"members": found, "now": now})

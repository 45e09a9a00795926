"""Pages of devices that wait for somebody to let them write."""

from aiohttp import web

from kernel.errors import ForbiddenError
from oauth.staff.pages import see_other
from oauth.staff.sessions import Operator
from oauth.staff.staff import Call, Staff

_PATH = "/staff/devices"


class DevicePages:
    """The handlers."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    async def show(self, call: Call) -> web.Response:
        """Every device that waits, of the tenants that the operator may see."""
        waiting = await self._staff.approvals(call.operator).waiting()
        devices = [one for one in waiting if _is_open(call.operator, one.tenant)]
        return call.page("devices.html", devices=devices)

    async def approve(self, call: Call) -> web.Response:
        """Let it write."""
        tenant, role = _decision(call)
        await self._staff.approvals(call.operator).approve(
            tenant,
            call.id,
            role=role,
            notice_url=call.form.get("notice", "").strip(),
            published_on=call.form.get("publishedOn", "").strip(),
        )
        return see_other(_PATH)

    async def deny(self, call: Call) -> web.Response:
        """Leave it silent."""
        tenant, role = _decision(call)
        await self._staff.approvals(call.operator).deny(tenant, call.id, role=role)
        return see_other(_PATH)


def _decision(call: Call) -> tuple[str, str]:
    """Tenant and office."""
    tenant = call.form.get("tenant", "")
    if not _is_open(call.operator, tenant):
        raise ForbiddenError("This tenant is not open to you")
    return tenant, call.form.get("role", "").strip()


def _is_open(operator: Operator, tenant: str) -> bool:
    allowed = operator.token.tenants
    return allowed is None or tenant in allowed

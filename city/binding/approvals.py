"""Device registry → operator's pages: devices that wait, and decisions about them."""

from collections.abc import Sequence
from typing import Final

from kernel.json import render
from oauth.ports import WaitingDevice
from sensors.registry.decisions import NEEDS_NOTICE
from sensors.registry.device import ApprovalState, Device
from sensors.registry.forms import ApprovalForm, read
from sensors.registry.service import DeviceRegistry

_PAGE: Final = 500
_MOST: Final = 500


class ApprovalsOfRegistry:
    """Implements `oauth.ports.DeviceApprovals` on the registry of these tenants.

    Denying suspends: the device stays silent, and the registry's own API can approve it later.
    """

    def __init__(self, registry: DeviceRegistry, tenants: Sequence[str] = ("",)) -> None:
        self._registry = registry
        self._tenants = tenants

    async def waiting(self) -> Sequence[WaitingDevice]:
        """See `DeviceApprovals.waiting`."""
        found: list[WaitingDevice] = []
        for tenant in sorted(self._tenants):
            found += [_waiting(one) for one in await self._requested(tenant)]
        return found[:_MOST]

    async def approve(
        self, tenant: str, device_id: str, *, role: str, notice_url: str, published_on: str
    ) -> None:
        """See `DeviceApprovals.approve`; the form is checked as the registry's API does."""
        said: dict[str, object] = {"action": "approve", "role": role}
        if notice_url or published_on:
            said["notice"] = {"url": notice_url, "publishedOn": published_on}
        form = read(render(said), ApprovalForm)
        await self._registry.approve(tenant, device_id, form.wish())

    async def deny(self, tenant: str, device_id: str, *, role: str) -> None:
        """See `DeviceApprovals.deny`."""
        form = read(render({"action": "suspend", "role": role}), ApprovalForm)
        await self._registry.suspend(tenant, device_id, form.role)

    async def _requested(self, tenant: str) -> list[Device]:
        found: list[Device] = []
        offset, count = 0, 1
        while offset < count and len(found) < _MOST:
            page, count = await self._registry.page(tenant, offset=offset, limit=_PAGE)
            found += [one for one in page if one.approval.state is ApprovalState.REQUESTED]
            offset += _PAGE
        return found


def _waiting(device: Device) -> WaitingDevice:
    return WaitingDevice(
        tenant=device.tenant,
        id=device.id,
        name=device.name,
        device_class=device.device_class.value,
        site=device.place.site,
        owner=device.owner,
        contact=device.contact,
        needs_notice=device.device_class in NEEDS_NOTICE,
        notice_url="" if device.notice is None else device.notice.url,
        requested_at=device.modified_at,
    )

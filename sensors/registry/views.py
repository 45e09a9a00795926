"""How the registry shows a device: everything but its key, of which not even the hash is shown."""

from typing import Any

from kernel.times import Instant, render_millis
from sensors.registry.device import Device
from sensors.registry.forms import described
from sensors.registry.service import Registered


def iot_device(device: Device) -> dict[str, Any]:
    """As IoT Agents answer `GET /iot/devices/{id}`, with our fields beside theirs."""
    return described(device) | {"entity_name": f"urn:ngsi-ld:Device:{device.id}"}


def full(device: Device) -> dict[str, Any]:
    """As `GET /v1/devices/{id}` shows it: with its approval, notice and revision."""
    approval = device.approval
    return described(device) | {
        "approval": {
            "state": approval.state.value,
            "byRole": approval.by_role,
            "decidedAt": _time(approval.decided_at or None),
            "validFrom": _time(approval.valid_from),
            "validUntil": _time(approval.valid_until),
        },
        "notice": None
        if device.notice is None
        else {"url": device.notice.url, "publishedOn": device.notice.published_on},
        "revision": device.revision,
        "createdAt": render_millis(device.created_at),
        "modifiedAt": render_millis(device.modified_at),
    }


def with_key(registered: Registered) -> dict[str, Any]:
    """The one answer that shows a key; without it where the owner brought the key along."""
    shown = {"device_id": registered.device.id}
    return shown | ({"apikey": registered.key} if registered.key else {})


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else render_millis(instant)

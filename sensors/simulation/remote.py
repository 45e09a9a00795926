"""Registers the simulated devices with a city that runs elsewhere, through its HTTP API."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from kernel.errors import ConflictError, ForbiddenError, PeerError
from kernel.times import Instant, render_millis
from sensors.registry import decisions
from sensors.registry.forms import described
from sensors.simulation.ports import Sender
from sensors.simulation.provisioning import EVERY_DEVICE, approval_of, dialect_of, draft_of
from sensors.simulation.world import Installed

_TIMEOUT_S = 10.0
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class RemoteRegistry:
    """The registry of another process, as far as the simulator needs it.

    Args:
        base_url: of the city, such as `http://127.0.0.1:1026`.
        token: with the scope `devices`.
    """

    def __init__(self, base_url: str, token: str, tenant: str = "") -> None:
        self._base = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        if tenant:
            self._headers["Fiware-Service"] = tenant

    async def provision(self, devices: Sequence[Installed] = EVERY_DEVICE) -> dict[str, Sender]:
        """As `provisioning.provision` does: missing devices, new keys, approvals that are due.

        Raises:
            ForbiddenError: the token does not open the registry.
            PeerError: the city cannot be reached or answers something else.
        """
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        async with aiohttp.ClientSession(headers=self._headers, timeout=timeout) as session:
            return {
                device.id: Sender(device.id, key, dialect_of(device))
                for device in devices
                if (key := await self._key(session, device))
            }

    async def _key(self, session: aiohttp.ClientSession, device: Installed) -> str:
        """The device's new key; empty if the device is retired there."""
        try:
            made = await self._post(session, "/iot/devices", {"devices": [_body(device)]})
            key = made["devices"][0]["apikey"]
        except ConflictError:
            known = await self._ask(session, "GET", f"/v1/devices/{device.id}")
            if known["approval"]["state"] == "retired":
                return ""
            key = (await self._post(session, f"/v1/devices/{device.id}/key"))["apikey"]
            if known["approval"]["state"] != "requested":
                return str(key)
        await self._post(session, f"/v1/devices/{device.id}/approval", _approval(device))
        return str(key)

    async def _post(
        self, session: aiohttp.ClientSession, path: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        return await self._ask(session, "POST", path, body)

    async def _ask(
        self,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            async with session.request(method, self._base + path, json=body) as answer:
                status = answer.status
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise PeerError("The city cannot be reached") from None
        if status == HTTPStatus.CONFLICT:
            raise ConflictError("The device exists already")
        if status in _REFUSED:
            raise ForbiddenError("The token does not open the device registry")
        if status >= HTTPStatus.BAD_REQUEST:
            raise PeerError(f"The city answers {method} {path} with status {status}")
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError:
            raise PeerError("The city's answer is not JSON") from None


def _body(device: Installed) -> dict[str, object]:
    draft = draft_of(device)
    shown = decisions.provision(draft, tenant="", key_hash="", now=Instant(0))
    return described(shown)


def _approval(device: Installed) -> dict[str, object]:
    wish = approval_of(device)
    bounds = {"validFrom": wish.valid_from, "validUntil": wish.valid_until}
    return {
        "action": "approve",
        "role": wish.role,
        **{name: render_millis(at) for name, at in bounds.items() if at is not None},
        **(
            {"notice": {"url": wish.notice.url, "publishedOn": wish.notice.published_on}}
            if wish.notice is not None
            else {}
        ),
    }

"""The registry over HTTP: the IoT Agents' provisioning paths, and ours for what they do not know.

The clauses are those of the FIWARE IoT Agent API ("Provisioning API"). Two differences are on
purpose: each device has a key of its own, and a new device writes nothing before it is approved.
"""

from aiohttp import web

from kernel.errors import BadRequestError, ForbiddenError, NotImplementedHereError, OdoriError
from kernel.permission import Scope
from sensors.registry import views
from sensors.registry.forms import Action, ApprovalForm, IotDevice, IotDevices, merged, read
from sensors.registry.service import DeviceExistsError, DeviceNotFoundError, DeviceRegistry
from serving.access import PRINCIPAL
from serving.app import Surface
from serving.replies import json_reply
from serving.routes import Parameter, Route

_MOST = 1_000
_NO_STORE = {"Cache-Control": "no-store"}
_LIMIT = Parameter("limit", "At most this many, 1 to 1000", {"type": "integer"})
_OFFSET = Parameter("offset", "Devices to skip, in order of id", {"type": "integer"})


class IotFace:
    """Errors as IoT Agents word them: `{"name": …, "message": …}`."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:  # noqa: ARG002
        """The agent's name of the error where it has one."""
        match error:
            case DeviceNotFoundError():
                name = "DEVICE_NOT_FOUND"
            case DeviceExistsError():
                name = "DUPLICATE_DEVICE_ID"
            case BadRequestError():
                name = "WRONG_SYNTAX"
            case _:
                name = type(error).__name__.removesuffix("Error")
        return json_reply({"name": name, "message": error.message}, status=error.status)

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Nothing to add."""


class RegistryApi:
    """The handlers; `Fiware-Service` names the tenant."""

    def __init__(self, registry: DeviceRegistry) -> None:
        self._registry = registry

    def surface(self) -> Surface:
        """Everything that the registry serves."""
        return Surface(
            routes=[*self._agent_routes(), *self._own_routes()],
            faces=[IotFace("/iot/devices"), IotFace("/iot/services")],
        )

    async def create(self, request: web.Request) -> web.Response:
        """Register devices; those before the first that fails stay registered."""
        form = read(await request.read(), IotDevices)
        path = request.headers.get("Fiware-ServicePath", "/")
        drafts = [(device.draft(path), device.apikey or "") for device in form.devices]
        made = [
            await self._registry.provision(_tenant(request), draft, own_key=key)
            for draft, key in drafts
        ]
        shown = [views.with_key(one) for one in made]
        return json_reply({"devices": shown}, status=201, headers=_NO_STORE)

    async def agent_list(self, request: web.Request) -> web.Response:
        """`{"count": …, "devices": […]}`."""
        devices, count = await self._registry.page(_tenant(request), **_window(request))
        return json_reply({"count": count, "devices": [views.iot_device(d) for d in devices]})

    async def agent_get(self, request: web.Request) -> web.Response:
        """One device as an IoT Agent shows it."""
        device = await self._registry.get(_tenant(request), request.match_info["id"])
        return json_reply(views.iot_device(device))

    async def update(self, request: web.Request) -> web.Response:
        """Change what the body names; a device that moved has to be approved again."""
        tenant, device_id = _tenant(request), request.match_info["id"]
        device = await self._registry.get(tenant, device_id)
        form = read(merged(device, await request.read()), IotDevice)
        await self._registry.revise(tenant, device_id, form.draft(device.service_path))
        return web.Response(status=204)

    async def delete(self, request: web.Request) -> web.Response:
        """Forget a device."""
        await self._registry.remove(_tenant(request), request.match_info["id"])
        return web.Response(status=204)

    async def services(self, request: web.Request) -> web.Response:  # noqa: ARG002 — the same for all
        """No groups: a shared key would let each device speak for all others."""
        raise NotImplementedHereError(
            "There are no configuration groups: each device has a key of its own, see /iot/devices"
        )

    async def show_all(self, request: web.Request) -> web.Response:
        """Devices with approval and notice."""
        devices, count = await self._registry.page(_tenant(request), **_window(request))
        return json_reply({"count": count, "devices": [views.full(d) for d in devices]})

    async def show(self, request: web.Request) -> web.Response:
        """One device with approval and notice."""
        device = await self._registry.get(_tenant(request), request.match_info["id"])
        return json_reply(views.full(device))

    async def approval(self, request: web.Request) -> web.Response:
        """Approve, suspend or retire."""
        form = read(await request.read(), ApprovalForm)
        tenant, device_id = _tenant(request), request.match_info["id"]
        match form.action:
            case Action.APPROVE:
                device = await self._registry.approve(tenant, device_id, form.wish())
            case Action.SUSPEND:
                device = await self._registry.suspend(tenant, device_id, form.role)
            case Action.RETIRE:
                device = await self._registry.retire(tenant, device_id, form.role)
        return json_reply(views.full(device))

    async def rotate(self, request: web.Request) -> web.Response:
        """Another key, shown once."""
        made = await self._registry.rotate_key(_tenant(request), request.match_info["id"])
        return json_reply(views.with_key(made), headers=_NO_STORE)

    def _agent_routes(self) -> list[Route]:
        needs = Scope.DEVICES
        clause = "FIWARE IoT Agent API, Provisioning API"
        return [
            Route(
                "POST",
                "/iot/devices",
                self.create,
                needs,
                "Register devices",
                clause,
                body=IotDevices.model_json_schema(),
                answers={201: "The ids, and the keys that were made, shown once", 409: "Id taken"},
            ),
            Route(
                "GET",
                "/iot/devices",
                self.agent_list,
                needs,
                "List devices",
                clause,
                parameters=(_LIMIT, _OFFSET),
            ),
            Route("GET", "/iot/devices/{id}", self.agent_get, needs, "Show a device", clause),
            Route(
                "PUT",
                "/iot/devices/{id}",
                self.update,
                needs,
                "Change a device",
                clause,
                body={"type": "object"},
                answers={204: "Changed"},
            ),
            Route(
                "DELETE",
                "/iot/devices/{id}",
                self.delete,
                needs,
                "Forget a device",
                clause,
                answers={204: "Forgotten"},
            ),
            *(
                Route(
                    method,
                    "/iot/services",
                    self.services,
                    needs,
                    "Configuration groups are not supported",
                    clause,
                    answers={501: "Each device has a key of its own"},
                )
                for method in ("GET", "POST", "PUT", "DELETE")
            ),
        ]

    def _own_routes(self) -> list[Route]:
        needs = Scope.DEVICES
        return [
            Route(
                "GET",
                "/v1/devices",
                self.show_all,
                needs,
                "List devices with their approvals",
                parameters=(_LIMIT, _OFFSET),
            ),
            Route("GET", "/v1/devices/{id}", self.show, needs, "Show a device with its approval"),
            Route(
                "POST",
                "/v1/devices/{id}/approval",
                self.approval,
                needs,
                "Approve, suspend or retire a device",
                body=ApprovalForm.model_json_schema(),
                answers={200: "The device", 422: "Retired, or the public was not told yet"},
            ),
            Route(
                "POST",
                "/v1/devices/{id}/key",
                self.rotate,
                needs,
                "Give a device another key",
                answers={200: "The key, shown once"},
            ),
        ]


def _tenant(request: web.Request) -> str:
    tenant = request.headers.get("Fiware-Service", "").lower()
    allowed = request[PRINCIPAL].tenants
    if allowed is not None and tenant not in allowed:
        raise ForbiddenError("This tenant is not open to you")
    return tenant


def _window(request: web.Request) -> dict[str, int]:
    limit = _number(request, "limit", 20)
    if not 1 <= limit <= _MOST:
        raise BadRequestError(f"limit is not between 1 and {_MOST}")
    return {"offset": _number(request, "offset", 0), "limit": limit}


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 — fits anywhere
        raise BadRequestError(f"{name} is not a whole number")
    return int(text)

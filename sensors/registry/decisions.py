"""What may become of a device: pure decisions, a device and a wish in, the next device out.

    requested ──approve──► approved ◄──approve/suspend──► suspended ──retire──► retired

Errors are raised, never returned; nothing here reads a clock or draws a key.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from kernel.errors import BadRequestError, UnprocessableError
from kernel.times import Instant, render_millis
from sensors.registry.device import (
    Approval,
    ApprovalState,
    Device,
    DeviceClass,
    Fact,
    Notice,
    Place,
    PolicyRef,
    Transport,
)

NEEDS_NOTICE: Final = frozenset(
    {
        DeviceClass.PEOPLE_FLOW_GATE,
        DeviceClass.STEREO_COUNT,
        DeviceClass.RADIO_GATE,
        DeviceClass.CAMERA,
        DeviceClass.SIGNAGE,
    }
)
"""Classes that meet people: approved only after a notice is published (de-identification §10)."""

DEFAULT_POLICY: Final[Mapping[DeviceClass, PolicyRef]] = {
    DeviceClass.PEOPLE_FLOW_GATE: PolicyRef("peopleflow-gate", 1),
    DeviceClass.STEREO_COUNT: PolicyRef("peopleflow", 3),
    DeviceClass.RADIO_GATE: PolicyRef("peopleflow", 3),
    DeviceClass.CAMERA: PolicyRef("camera-bands", 1),
    DeviceClass.SIGNAGE: PolicyRef("signage", 1),
    DeviceClass.INDOOR_ENVIRONMENT: PolicyRef("indoor-environment", 1),
    DeviceClass.WEATHER: PolicyRef("weather", 1),
}
"""The policy that a class is bound to where nobody names another."""


class RetiredDeviceError(UnprocessableError):
    """The device is retired; nothing brings it back."""


class NoticeMissingError(UnprocessableError):
    """The device meets people, and no notice to the public is on record."""


class PolicyDowngradeError(UnprocessableError):
    """A device is never bound to a lower version of its policy."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A device as somebody describes it. The fields are those of `Device`."""

    id: str
    device_class: DeviceClass
    owner: str
    responsible_party: str
    contact: str
    place: Place
    policy: PolicyRef | None = None
    service_path: str = "/"
    name: str = ""
    sensor_generation: str = ""
    accuracy_class: str = "unknown"
    report_interval_s: int = 60
    transport: Transport = Transport.JSON
    attribute_names: Mapping[str, str] = msgspec.field(default_factory=dict)
    facts: Mapping[str, Fact] = msgspec.field(default_factory=dict)
    speaks_for: str = ""


class Approve(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the office `role` lets a device write, within a period if one is named."""

    role: str
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    notice: Notice | None = None
    policy: PolicyRef | None = None


def provision(draft: Draft, *, tenant: str, key_hash: str, now: Instant) -> Device:
    """A new device. It may not write before it is approved.

    Raises:
        BadRequestError: no policy is named and the class has none by default.
    """
    policy = draft.policy or DEFAULT_POLICY.get(draft.device_class)
    if policy is None:
        raise BadRequestError(f"The class {draft.device_class} has no policy; name one")
    fields = {name: getattr(draft, name) for name in draft.__struct_fields__}
    return Device(
        **(fields | {"policy": policy}),
        tenant=tenant,
        key_hash=key_hash,
        created_at=now,
        modified_at=now,
    )


def approve(device: Device, wish: Approve, now: Instant) -> Device:
    """The device, allowed to write.

    Raises:
        RetiredDeviceError: it is retired.
        NoticeMissingError: its class meets people and there is no notice, or the notice is
            published after the device begins to write.
        PolicyDowngradeError: the wish names a lower version of the policy that it is bound to.
        BadRequestError: the period is empty.
    """
    _refuse_retired(device)
    policy = wish.policy or device.policy
    if policy.name == device.policy.name and policy.version < device.policy.version:
        raise PolicyDowngradeError(f"The device is bound to {device.policy} already")
    begins = now if wish.valid_from is None else wish.valid_from
    if wish.valid_until is not None and wish.valid_until <= begins:
        raise BadRequestError("The approval ends before it begins")
    notice = wish.notice or device.notice
    if device.device_class in NEEDS_NOTICE:
        _demand_notice(notice, begins)
    approval = Approval(
        state=ApprovalState.APPROVED,
        by_role=wish.role,
        decided_at=now,
        valid_from=wish.valid_from,
        valid_until=wish.valid_until,
    )
    return _next(device, now, approval=approval, notice=notice, policy=policy)


def suspend(device: Device, role: str, now: Instant) -> Device:
    """The device, silenced until somebody approves it again.

    Raises:
        RetiredDeviceError: it is retired.
    """
    _refuse_retired(device)
    return _next(device, now, approval=_decided(device, ApprovalState.SUSPENDED, role, now))


def retire(device: Device, role: str, now: Instant) -> Device:
    """The device at the end of its life. Retiring it again changes nothing but the revision."""
    return _next(device, now, approval=_decided(device, ApprovalState.RETIRED, role, now))


def rotate_key(device: Device, key_hash: str, now: Instant) -> Device:
    """The device under another key; the old one ends at once.

    Raises:
        RetiredDeviceError: it is retired.
    """
    _refuse_retired(device)
    return _next(device, now, key_hash=key_hash)


def revise(device: Device, draft: Draft, now: Instant) -> Device:
    """The device as newly described.

    An approval is for an owner, a class, a policy and a place: where one of them changes, the
    device has to be approved again.

    Raises:
        RetiredDeviceError: it is retired.
        BadRequestError: the draft is of another device.
        PolicyDowngradeError: the draft names a lower version of the device's policy.
    """
    _refuse_retired(device)
    if draft.id != device.id:
        raise BadRequestError("The id of a device cannot be changed")
    policy = draft.policy or device.policy
    if policy.name == device.policy.name and policy.version < device.policy.version:
        raise PolicyDowngradeError(f"The device is bound to {device.policy} already")
    fields = {name: getattr(draft, name) for name in draft.__struct_fields__}
    revised = _next(device, now, **(fields | {"policy": policy}))
    if _what_was_approved(revised) == _what_was_approved(device):
        return revised
    return msgspec.structs.replace(revised, approval=Approval())


def _what_was_approved(device: Device) -> tuple[object, ...]:
    return (device.owner, device.device_class, device.policy, device.place, device.speaks_for)


def _refuse_retired(device: Device) -> None:
    if device.approval.state is ApprovalState.RETIRED:
        raise RetiredDeviceError("The device is retired")


def _demand_notice(notice: Notice | None, begins: Instant) -> None:
    if notice is None:
        raise NoticeMissingError("A device of this class needs a published notice")
    if notice.published_on > render_millis(begins)[: len("2026-01-15")]:
        raise NoticeMissingError("The notice is published after the device begins to write")


def _decided(device: Device, state: ApprovalState, role: str, now: Instant) -> Approval:
    return msgspec.structs.replace(device.approval, state=state, by_role=role, decided_at=now)


def _next(device: Device, now: Instant, **changes: object) -> Device:
    return msgspec.structs.replace(device, **changes, revision=device.revision + 1, modified_at=now)

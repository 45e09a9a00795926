"""Registrations as NGSI-v2 shows them: defaults always, what happened once something did."""

from typing import Any

from broker.federation.model import Forwarded, Selector
from broker.service.registrations import Registered
from kernel.times import SECOND_US, Instant, floor_to, render_millis


def encode_registration(registered: Registered) -> dict[str, Any]:
    """The registration, with what is known of the requests that it caused.

    Its status is what its owner wrote: Orion shows no other, not even after `expires`.
    """
    registration = registered.registration
    shown: dict[str, Any] = {"id": registration.id}
    if registration.description:
        shown["description"] = registration.description
    if registration.expires_at is not None:
        shown["expires"] = _second(registration.expires_at)
    shown["dataProvided"] = {
        "entities": [_selector(one) for one in registration.entities],
        "attrs": list(registration.attributes),
    }
    shown["provider"] = {
        "http": {"url": registration.url},
        "supportedForwardingMode": registration.mode.value,
        "legacyForwarding": registration.is_legacy,
    }
    shown["status"] = "active" if registration.is_active else "inactive"
    if registered.forwarded.times_sent:
        shown["forwardingInformation"] = _forwarded(registered.forwarded)
    return shown


def _selector(selector: Selector) -> dict[str, str]:
    fields = {"id": selector.id, "idPattern": selector.id_pattern, "type": selector.type}
    return {name: text for name, text in fields.items() if text}


def _forwarded(forwarded: Forwarded) -> dict[str, Any]:
    instants = {
        "lastForwarding": forwarded.last_forwarding,
        "lastSuccess": forwarded.last_success,
        "lastFailure": forwarded.last_failure,
    }
    known = {name: _second(one) for name, one in instants.items() if one is not None}
    return {"timesSent": forwarded.times_sent, **known}


def _second(instant: Instant) -> str:
    """Orion keeps such instants in whole seconds."""
    return render_millis(floor_to(instant, SECOND_US))

"""Bodies of answers. Pure: what is rendered here is what was decided, and what is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.json import JsonValue, render
from kernel.times import Instant, render_shortest
from oauth.items.claims import claims_of
from oauth.model.consents import Consent
from oauth.model.items import Granularity, Item
from oauth.release.decision import Refusal


@dataclass(frozen=True, slots=True, repr=False)
class Disclosed:
    """One value as it goes out. It does not print.

    Attributes:
        updated_at: when the person entered it; None for what others told.
    """

    item: Item
    granularity: Granularity
    value: JsonValue
    updated_at: Instant | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """What an answer is made from.

    Attributes:
        provision: id of its record; empty where nothing but the ID goes out.
    """

    sub: str
    consent: Consent
    provision: str
    disclosed: Sequence[Disclosed]
    refusals: Sequence[Refusal]
    is_named: bool


def attributes(content: Content) -> bytes:
    """The attribute API's answer (identity page §3.6)."""
    body: dict[str, JsonValue] = {
        "sub": content.sub,
        "consent": {"id": content.consent.id, "version": content.consent.version},
    }
    if content.provision:
        body["provision"] = content.provision
    body["items"] = [_item(one) for one in content.disclosed]
    if content.is_named:
        body["_denied"] = [{"item": one.item, "reason": one.reason} for one in content.refusals]
    return render(body)


def userinfo(content: Content) -> bytes:
    """Claims (OpenID Connect Core §5.3.2)."""
    body: dict[str, JsonValue] = {"sub": content.sub}
    for one in content.disclosed:
        body |= claims_of(one.item, one.granularity, one.value)
    return render(body)


def _item(one: Disclosed) -> JsonValue:
    shown: dict[str, JsonValue] = {
        "item": one.item,
        "granularity": one.granularity,
        "value": one.value,
    }
    if one.updated_at is not None:
        shown["updated_at"] = render_shortest(one.updated_at)
    return shown

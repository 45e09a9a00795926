"""What a value is compared as. The predicate and both engines ask here, so that they agree.

A stored value is a number, a text, a truth value, an instant, or nothing that compares. Numbers
compare with numbers, texts with texts in code-point order, instants with instants; everything else
is different and unordered.
"""

from collections.abc import Mapping
from typing import Any

from broker.model.attribute import Attribute
from kernel.times import Instant, MalformedTimeError, parse_instant


def instant_of(attribute: Attribute) -> Instant | None:
    """The instant that a temporal attribute stands for; None if it is not temporal.

    Temporal are NGSI-v2 attributes of type `DateTime` (or its old name `ISO8601`) and NGSI-LD
    properties whose value is `{"@type": "DateTime" | "Date", "@value": "…"}` (§4.6.3).
    """
    value = attribute.value
    if attribute.type in ("DateTime", "ISO8601"):
        return _read(value)
    if isinstance(value, Mapping) and value.get("@type") in ("DateTime", "Date"):
        return _read(value.get("@value"))
    return None


def _read(text: Any) -> Instant | None:
    if not isinstance(text, str):
        return None
    try:
        return parse_instant(text)
    except MalformedTimeError:
        return None

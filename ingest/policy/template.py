"""Templates of entity ids: `urn:ngsi-ld:CrowdFlowObserved:{refSensor}:{direction}`."""

from collections.abc import Mapping
from string import Formatter

ABSENT = "all"
"""What an absent field reads as: the cell over all of its members."""


def placeholders(template: str) -> tuple[str, ...]:
    """Names of the fields in the template, in order.

    Raises:
        ValueError: a brace is not closed.
    """
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its fields replaced."""
    return "".join(
        text + ("" if name is None else values.get(name, ABSENT))
        for text, name, _, _ in Formatter().parse(template)
    )

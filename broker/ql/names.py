"""How query texts that speak in terms of a JSON-LD context get the names that are stored."""

from collections.abc import Callable
from typing import TypeAlias

Expand: TypeAlias = Callable[[str], str]
"""The stored name (`broker.model.names`) of a term, a compact IRI or an IRI."""


def as_written(name: str) -> str:
    """No context: every name is stored as it is written."""
    return name

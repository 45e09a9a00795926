"""The shape that all transforms share."""

from collections.abc import Callable
from typing import Final, TypeAlias

from ingest.message import Raw
from ingest.observation import Value
from kernel.times import Instant

Transform: TypeAlias = Callable[[Raw, Instant], Value]
"""(what was sent, our clock) → what remains. Raises `Refusal` with a rule and no path."""


class Given:
    """A value that needs no input: from the registry or from the policy itself."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value: Final = value

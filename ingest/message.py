"""Raw input on its way through memory. Its `repr` shows sizes, never content."""

from enum import StrEnum
from typing import Any, TypeAlias

from ingest.ports import Transport

Raw: TypeAlias = Any
"""A value as a sensor sent it: any JSON value. Nothing of this type is stored or logged."""


class Dialect(StrEnum):
    """The two dialects of the IoT Agents."""

    JSON = "json"
    ULTRALIGHT = "ul"


class RawMessage:
    """The bytes of one message, and how they came.

    Attributes:
        name: the attribute that the topic names (`…/attrs/<name>`): the payload is its bare value.
        time: a time that came beside the payload (`?t=`).
    """

    __slots__ = ("dialect", "name", "payload", "time", "transport")

    def __init__(
        self,
        payload: bytes,
        dialect: Dialect,
        transport: Transport,
        *,
        name: str = "",
        time: str = "",
    ) -> None:
        self.payload = payload
        self.dialect = dialect
        self.transport = transport
        self.name = name
        self.time = time

    def __repr__(self) -> str:
        return f"<RawMessage {self.dialect} {len(self.payload)} bytes>"


class Measure(dict[str, Raw]):
    """What one message says at one moment: names and values as they were sent."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Measure of {len(self)} values>"

    __str__ = __repr__

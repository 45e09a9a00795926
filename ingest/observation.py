"""What remains of a measure: entity, attributes, and the few kinds of value that can stand there.

The union `Value` is closed. Raw text, a pseudonym or a free object has no member of it to hide in.
"""

from enum import StrEnum
from hashlib import blake2b
from typing import Any, TypeAlias

import msgspec

from kernel.times import Instant


class EnumMember(msgspec.Struct, frozen=True, gc=False, tag="enum"):
    """One member of a list that the policy declares (a band's label too)."""

    value: str


class BoundedNumber(msgspec.Struct, frozen=True, gc=False, tag="number"):
    """A finite number within the bounds of its field, rounded to its step."""

    value: int | float


class Truth(msgspec.Struct, frozen=True, gc=False, tag="truth"):
    """Yes or no."""

    value: bool


class BucketTime(msgspec.Struct, frozen=True, gc=False, tag="time"):
    """A boundary of a time bucket of `width_us` microseconds."""

    value: Instant
    width_us: int


class CodeValue(msgspec.Struct, frozen=True, gc=False, tag="code"):
    """A code of a published list, cut to the level that the policy allows."""

    value: str
    code_list: str
    version: str


class Form(StrEnum):
    """How a registry value is to be read."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"
    REFERENCE = "reference"  # a URI: a relationship
    LOCATION = "location"  # a GeoJSON geometry


class RegistryValue(msgspec.Struct, frozen=True, gc=False, tag="registry"):
    """What the registry says of the sensor: never anything that the sensor sent."""

    value: str | int | float | bool | dict[str, Any]
    form: Form = Form.TEXT


class Nothing(msgspec.Struct, frozen=True, gc=False, tag="nothing"):
    """Known to be unknown: the count of a sensor that is out of order. A null in history."""


Value: TypeAlias = (
    EnumMember | BoundedNumber | Truth | BucketTime | CodeValue | RegistryValue | Nothing
)
NOTHING = Nothing()


class Attribute(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An attribute of the entity.

    Attributes:
        unit_code: UN/CEFACT code; every number has one.
        observed_at: start of the bucket, for what was observed; None for registry values.
    """

    name: str
    value: Value
    unit_code: str = ""
    observed_at: Instant | None = None


class Observation(msgspec.Struct, frozen=True, gc=False):
    """The latest state of one entity, as one measure or one closed window gives it.

    Attributes:
        entity_id: `urn:ngsi-ld:<Type>:<registry value>[:<cell>]`.
        type: the guarded entity type that the policy emits.
        observed_at: start of the time bucket.
        tenant, service_path: where the registry says that the sensor's data live.
    """

    entity_id: str
    type: str
    observed_at: Instant
    attributes: tuple[Attribute, ...]
    tenant: str = ""
    service_path: str = "/"

    def fingerprint(self) -> bytes:
        """16 bytes that are equal for equal observations: tells a repeated delivery."""
        return blake2b(msgspec.json.encode(self), digest_size=16).digest()


class PolicyRef(msgspec.Struct, frozen=True, gc=False):
    """Which policy made an observation: `id` is its name, `sha256` of its file in hexadecimal."""

    id: str
    version: int
    sha256: str

    def __str__(self) -> str:
        """`name/version`, as policy files and metrics write it."""
        return f"{self.id}/{self.version}"

"""A policy file as values (de-identification §4). The field types are a closed union.

There is no `string`, no `any` and no free object: what has no type here cannot get through.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

FieldName: TypeAlias = Annotated[str, Meta(pattern="^[A-Za-z][A-Za-z0-9_]{0,63}$")]
AttributeName: TypeAlias = Annotated[str, Meta(pattern="^[A-Za-z][A-Za-z0-9_]{0,63}$")]
Duration: TypeAlias = Annotated[str, Meta(pattern="^P[0-9YDTHMS]+$")]
Label: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Unit: TypeAlias = Annotated[str, Meta(pattern="^[A-Z0-9]{2,3}$", description="UN/CEFACT code")]
OptionalUnit: TypeAlias = Annotated[str, Meta(pattern="^([A-Z0-9]{2,3})?$")]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one message may cost.

    Attributes:
        bytes: of the whole message.
        depth: of nesting.
        keys: of one object.
        array: elements of one array, and measures of one message.
        string: characters of one string or key.
    """

    bytes: int = 16_384
    depth: int = 6
    keys: int = 64
    array: int = 256
    string: int = 64

    def within(self, bound: "Limits") -> bool:
        """Whether no limit is looser than that of `bound`."""
        mine, theirs = msgspec.structs.astuple(self), msgspec.structs.astuple(bound)
        return all(0 < one <= most for one, most in zip(mine, theirs, strict=True))


class _Field(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """What all fields can say.

    Attributes:
        inputs: names under which a sensor may send it; its own name if empty. The first that is
            there counts.
        required: a measure without it is refused.
        person: an attribute of people, never finer than §8.
        on_violation: `reject` refuses the whole measure, `drop` only leaves the field out.
        nullable: an explicit null says "known to be unknown"; otherwise null is absence.
    """

    inputs: tuple[str, ...] = msgspec.field(default=(), name="in")
    required: bool = False
    person: bool = False
    on_violation: Literal["reject", "drop"] = "reject"
    nullable: bool = False


class EnumField(_Field, frozen=True, kw_only=True, tag="enum"):
    """One of `values`; or, `from: registry.approved`, the id of the sending sensor itself."""

    values: tuple[Label, ...] = ()
    source: Literal["", "registry.approved"] = msgspec.field(default="", name="from")


class CodeField(_Field, frozen=True, kw_only=True, tag="code"):
    """A code of a published list (`ingest/codes/<list>/<version>.yaml`), cut to `level`."""

    code_list: str = msgspec.field(name="list")
    version: str
    level: Annotated[int, Meta(ge=1, le=4)] = 1


class IntField(_Field, frozen=True, kw_only=True, tag="int"):
    """A whole number within [min, max], rounded to `step`."""

    min: int
    max: int
    unit: Unit
    step: Annotated[int, Meta(ge=1)] = 1


class NumberField(_Field, frozen=True, kw_only=True, tag="number"):
    """A finite number within [min, max], rounded to `step`."""

    min: float
    max: float
    unit: Unit
    step: Annotated[float, Meta(gt=0)]


class BoolField(_Field, frozen=True, kw_only=True, tag="bool"):
    """Yes or no."""


class DatetimeField(_Field, frozen=True, kw_only=True, tag="datetime"):
    """The start of the bucket of an instant, in UTC.

    Attributes:
        bucket: width of the bucket.
        skew: how far ahead of our clock the instant may be, and how long after the end of its
            bucket the measure may come.
        late: how long after the end of its bucket it may come instead of `skew`: messages that
            waited for us in an MQTT session are not to be lost. Not for windows.
        absent: `now` takes our clock where the measure has no time.
    """

    bucket: Duration
    skew: Duration
    late: Duration = ""
    absent: Literal["", "now"] = ""


class BandField(_Field, frozen=True, kw_only=True, tag="band"):
    """The label of the interval that a number falls into, top- and bottom-coded.

    Attributes:
        edges: rising; interval i is [edges[i], edges[i+1]).
        labels: one for each interval; `10-19` if empty.
        bottom, top: labels below the first and from the last edge on.
    """

    edges: Annotated[tuple[float, ...], Meta(min_length=1)]
    top: Label
    bottom: Label
    labels: tuple[Label, ...] = ()


class DerivedField(_Field, frozen=True, kw_only=True, tag="derived"):
    """`registry.<name>`: what the registry says. A field of this name in the input is ignored."""

    source: Annotated[str, Meta(pattern="^registry\\.[a-z_]{1,40}$")] = msgspec.field(name="from")
    unit: OptionalUnit = ""


class ConstField(_Field, frozen=True, kw_only=True, tag="const"):
    """What the policy itself says."""

    value: bool | int | float | Label
    unit: OptionalUnit = ""


Field: TypeAlias = (
    EnumField
    | CodeField
    | IntField
    | NumberField
    | BoolField
    | DatetimeField
    | BandField
    | DerivedField
    | ConstField
)


class IdentifierKind(StrEnum):
    """Identifiers that can be counted. Each has one canonical form."""

    MAC = "mac"


class Ephemeral(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An identifier that becomes a pseudonym in memory and then a distinct count (§6)."""

    source: str = msgspec.field(name="in")
    kind: IdentifierKind
    op: Literal["hmac256/64"]
    key: Literal["site-day"]
    persist: Literal["never"]
    use: Literal["distinct_count"]


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is counted per window: cells by `by`, sums of integers, distinct identifiers."""

    length: Duration
    by: tuple[FieldName, ...] = ()
    sums: tuple[FieldName, ...] = msgspec.field(default=(), name="sum")
    distinct: tuple[FieldName, ...] = ()


class States(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which numbers mean nothing in which state of the sensor (data models §2.3).

    Attributes:
        field: an enum field.
        of: the numbers concerned.
        withhold: members in which they are left out (planned closure).
        blank: members in which they are null (outage).
    """

    field: FieldName
    of: tuple[FieldName, ...]
    withhold: tuple[Label, ...] = ()
    blank: tuple[Label, ...] = ()


class Emit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The entity that comes out.

    Attributes:
        id: template; `{field}` is replaced, an absent field reads `all`.
        attrs: field (or ephemeral) → attribute.
        sums: attribute → the number fields whose sum it is; null if one of them is.
        start, end: attributes that get the start and the end of the time bucket.
        states: when numbers are withheld or blank.
    """

    type: AttributeName
    id: str
    attrs: Mapping[FieldName, AttributeName]
    sums: Mapping[AttributeName, tuple[FieldName, ...]] = {}
    start: tuple[AttributeName, ...] = ("dateObserved", "dateObservedFrom")
    end: tuple[AttributeName, ...] = ("dateObservedTo",)
    states: States | None = None


class AppliesTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For which classes of sensors, and whether a published notice is needed."""

    sensor_class: Annotated[tuple[Label, ...], Meta(min_length=1)]
    notice_required: bool = True


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long what is kept (§11)."""

    raw: Duration = "PT0S"
    ephemeral: Duration = "PT0S"
    city: Duration = "P5Y"
    dead_letter: Duration = "P7D"


class PolicyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: a sensor model and version.

    `store` and `release` belong to the release gate; here they are read for a `member_feed` alone,
    whose counts come with their threshold applied.
    """

    policy: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,39}/[1-9][0-9]{0,5}$")]
    applies_to: AppliesTo
    mode: Literal["observation", "window"]
    fields: Mapping[FieldName, Field]
    emit: Emit
    policy_class: Literal["sensor", "signage", "environment", "member_feed"] = msgspec.field(
        default="sensor", name="class"
    )
    limits: Limits = Limits()
    on_unknown: Literal["drop_and_count", "reject_redacted"] = "drop_and_count"
    on_violation: Literal["reject_redacted"] = "reject_redacted"
    ephemeral: Mapping[FieldName, Ephemeral] = {}
    window: Window | None = None
    store: Mapping[str, int] | None = None
    release: Mapping[str, int | float | bool | str | tuple[str, ...]] | None = None
    retention: Retention = Retention()
    owner: Mapping[str, Label] = {}

    @property
    def name(self) -> str:
        """The part before the slash."""
        return self.policy.partition("/")[0]

    @property
    def version(self) -> int:
        """The part behind the slash."""
        return int(self.policy.partition("/")[2])

"""What a policy of the class `member_feed` must keep besides (de-identification §4, §8, §9)."""

from collections.abc import Iterator

from ingest.policy.model import (
    BandField,
    BoolField,
    CodeField,
    ConstField,
    DatetimeField,
    DerivedField,
    EnumField,
    Field,
    IntField,
    NumberField,
    PolicyFile,
)

FINEST_LEVEL = 2
"""§8: ward or municipality. Its cells are counts of many people, never one person's values."""

LEAST_PEOPLE = 10
LEAST_ROUNDING = 5
"""§9, profile `member`."""


def member_feed_problems(policy: PolicyFile) -> Iterator[str]:
    """Counts of people, each past the threshold and rounded, and nothing else."""
    if policy.mode != "observation" or policy.on_unknown != "reject_redacted":
        yield "class: member_feed takes observations, and of those only what it knows"
    release = policy.release or {}
    least, rounding = release.get("min_people", 0), release.get("round", 0)
    if not isinstance(least, int) or least < LEAST_PEOPLE:
        yield f"release: min_people is {LEAST_PEOPLE} at least"
        return
    if not isinstance(rounding, int) or rounding < LEAST_ROUNDING:
        yield f"release: round is {LEAST_ROUNDING} at least"
    for name, field in policy.fields.items():
        yield from (f"fields.{name}: {text}" for text in _field(field, least))


def _field(field: Field, least: int) -> Iterator[str]:
    match field:
        case EnumField(source="") | CodeField() | BandField() | BoolField():
            if not field.person:
                yield "says something of people, and does not say so"
        case IntField(min=low):
            if low < least:
                yield "a number below release.min_people gets through"
        case NumberField():
            yield "people are counted in whole numbers"
        case EnumField() | DatetimeField() | DerivedField() | ConstField():
            pass

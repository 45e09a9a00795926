"""Field type → transform: one exhaustive match, run once per policy and sensor."""

from typing import assert_never

from ingest.codes.book import CodeBook
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
)
from ingest.ports import Sensor
from ingest.transforms.base import Given, Transform
from ingest.transforms.choices import build_code, build_enum, build_sender, transform_bool
from ingest.transforms.numbers import build_band, build_int, build_number
from ingest.transforms.registry import constant, derive
from ingest.transforms.times import build_datetime


def build(  # noqa: PLR0911 — one return for each member of the union
    field: Field, codes: CodeBook, sensor: Sensor
) -> Transform | Given | None:
    """The transform of a field for a sensor; `Given` if no input is looked at.

    None where the registry says nothing: the field is absent.
    """
    match field:
        case EnumField(source=""):
            return build_enum(field)
        case EnumField():
            return build_sender(sensor)
        case CodeField():
            return build_code(field, codes[field.code_list, field.version])
        case IntField():
            return build_int(field)
        case NumberField():
            return build_number(field)
        case BoolField():
            return transform_bool
        case DatetimeField():
            return build_datetime(field)
        case BandField():
            return build_band(field)
        case DerivedField():
            derived = derive(field, sensor)
            return Given(derived) if derived is not None else None
        case ConstField():
            return Given(constant(field))
        case _:
            assert_never(field)

"""Reads `table.yaml` once."""

from functools import cache
from importlib import resources
from types import MappingProxyType

import msgspec
import yaml

from sensors.models.model import AttributeModel, Model, Official


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model as it stands in the file."""

    context: str
    required: tuple[str, ...]
    groups: tuple[str, ...]
    attributes: dict[str, AttributeModel]
    official: Official | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    groups: dict[str, dict[str, AttributeModel]]
    models: dict[str, _Row]


@cache
def models() -> MappingProxyType[str, Model]:
    """Entity type → model."""
    text = resources.files("sensors").joinpath("models", "table.yaml").read_text("utf-8")
    table = msgspec.convert(yaml.safe_load(text), _File)
    return MappingProxyType({name: _model(name, row, table) for name, row in table.models.items()})


def _model(name: str, row: _Row, table: _File) -> Model:
    attributes = dict(row.attributes)
    for group in row.groups:
        attributes |= table.groups[group]
    return Model(
        type=name,
        context=row.context,
        required=row.required,
        attributes=MappingProxyType(attributes),
        official=row.official,
    )

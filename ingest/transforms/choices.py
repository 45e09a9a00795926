"""`enum`, `code`, `bool`: one of a list that stands before anything is sent."""

from typing import Final

from ingest.codes.book import CodeList
from ingest.message import Raw
from ingest.normalise import normalise
from ingest.observation import CodeValue, EnumMember, RegistryValue, Truth
from ingest.policy.model import CodeField, EnumField
from ingest.ports import Sensor
from ingest.rules import Refusal, Rule
from ingest.transforms.base import Transform
from kernel.times import Instant

_TRUTH: Final = {"true": Truth(True), "1": Truth(True), "false": Truth(False), "0": Truth(False)}
_YES, _NO = Truth(True), Truth(False)


def build_enum(field: EnumField) -> Transform:
    """The member that was sent."""
    members = {value: EnumMember(value) for value in field.values}

    def transform(raw: Raw, _now: Instant) -> EnumMember:
        if type(raw) is str:
            member = members.get(raw) or members.get(normalise(raw))
            if member is not None:
                return member
        raise Refusal(Rule.ENUM)

    return transform


def build_sender(sensor: Sensor) -> Transform:
    """The id of the sending sensor; a message that names another one is refused."""
    own = RegistryValue(sensor.sensor_id)

    def transform(raw: Raw, _now: Instant) -> RegistryValue:
        if type(raw) is str and normalise(raw) == own.value:
            return own
        raise Refusal(Rule.ENUM)

    return transform


def build_code(field: CodeField, codes: CodeList) -> Transform:
    """The code at the level that the policy allows."""

    def transform(raw: Raw, _now: Instant) -> CodeValue:
        code = codes.at(normalise(raw), field.level) if type(raw) is str else None
        if code is None:
            raise Refusal(Rule.CODE)
        return CodeValue(code, field.code_list, field.version)

    return transform


def transform_bool(raw: Raw, _now: Instant) -> Truth:
    """A JSON truth value, or `true`, `false`, `1`, `0` as UltraLight writes it."""
    if raw is True:
        return _YES
    if raw is False:
        return _NO
    truth = _TRUTH.get(normalise(raw).lower()) if type(raw) is str else None
    if truth is None:
        raise Refusal(Rule.BOOLEAN)
    return truth

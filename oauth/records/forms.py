"""What a company sends: one record or a batch, read without ever quoting it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import re2

from kernel.errors import BadRequestError
from kernel.json import JsonLimits, JsonValue, parse
from kernel.times import Instant, MalformedTimeError, parse_instant
from oauth.items.values import read
from oauth.model.items import Item
from oauth.records.cells import GIVEN_ITEMS

MOST_RECORDS: Final = 100
LIMITS: Final = JsonLimits(max_bytes=65_536, max_depth=8)

_MEMBERS: Final = ("sub", "dataset", "observedAt", "values")
_LONGEST_SUB: Final = 255  # OpenID Connect Core §2
_DATASET: Final = re2.compile(r"[a-z][a-z0-9._-]{0,63}")
_ITEMS: Final = {str(item): item for item in GIVEN_ITEMS}


class Fault(StrEnum):
    """Why one record of a batch is refused."""

    SHAPE = "shape"  # not an object with sub, dataset, observedAt and values
    UNKNOWN_ITEMS = "unknown_items"
    VALUE = "value"
    TIME = "time"
    NO_CONSENT = "no_consent"  # nobody by this ID agreed to it, whoever that is
    CONFLICT = "conflict"  # another record of this person, dataset and time stands


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that is not kept.

    Attributes:
        item: whose value is wrong; one of ours, never a name that was sent.
        unknown: how many items are not known.
    """

    fault: Fault
    item: str = ""
    unknown: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Offered:
    """A record that could be kept. It does not print: it tells of a person."""

    sub: str
    dataset: str
    observed_at: Instant
    values: Mapping[Item, JsonValue]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request's records, in its order."""

    records: Sequence[Offered | Refused]
    is_batch: bool


def read_delivery(body: bytes) -> Delivery:
    """Read a request's body.

    Raises:
        TooLargeError: more than `LIMITS.max_bytes`.
        BadRequestError: it is not JSON, not a record, or not an array of 1 to `MOST_RECORDS`.
    """
    sent = parse(body, LIMITS)
    if not isinstance(sent, list):
        record = _read(sent)
        if isinstance(record, Refused) and record.fault is Fault.SHAPE:
            raise BadRequestError("A record is an object of sub, dataset, observedAt and values")
        return Delivery([record], is_batch=False)
    if not 1 <= len(sent) <= MOST_RECORDS:
        raise BadRequestError(f"A batch has 1 to {MOST_RECORDS} records")
    return Delivery([_read(one) for one in sent], is_batch=True)


def _read(sent: JsonValue) -> Offered | Refused:
    if not isinstance(sent, dict) or sent.keys() != set(_MEMBERS):
        return Refused(Fault.SHAPE)
    sub, dataset, at, told = (sent[name] for name in _MEMBERS)
    match sub, dataset, at, told:
        case str(), str(), str(), dict() if told and 0 < len(sub) <= _LONGEST_SUB:
            return _checked(sub, dataset, at, told)
        case _:
            return Refused(Fault.SHAPE)


def _checked(sub: str, dataset: str, at: str, told: Mapping[str, JsonValue]) -> Offered | Refused:
    if not _DATASET.fullmatch(dataset):
        return Refused(Fault.SHAPE)
    unknown = len(told.keys() - _ITEMS.keys())
    if unknown:
        return Refused(Fault.UNKNOWN_ITEMS, unknown=unknown)
    try:
        observed_at = parse_instant(at)
    except MalformedTimeError:
        return Refused(Fault.TIME)
    values = {}
    for name, raw in told.items():
        item = _ITEMS[name]
        try:
            values[item] = read(item, raw)
        except BadRequestError:
            return Refused(Fault.VALUE, item=item)
    return Offered(sub, dataset, observed_at, values)

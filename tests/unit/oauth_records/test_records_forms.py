"""Reading what a company sends: accepted or counted, never quoted."""

from typing import Any

import orjson
import pytest

from kernel.errors import BadRequestError, TooLargeError
from oauth.model.items import Item
from oauth.records.forms import MOST_RECORDS, Fault, Offered, Refused, read_delivery

RECORD = {
    "sub": "abc",
    "dataset": "visits",
    "observedAt": "2026-11-01T10:00:00+09:00",
    "values": {"profile.household": {"size": 3, "children": 1}},
}


def one(**changed: Any) -> Offered | Refused:
    return read_delivery(orjson.dumps([RECORD | changed])).records[0]


def test_a_record_is_read_with_its_values_checked() -> None:
    read = one()
    assert isinstance(read, Offered)
    assert read.values == {Item.HOUSEHOLD: {"size": 3, "children": 1}}


def test_a_single_record_and_a_batch_are_told_apart() -> None:
    assert not read_delivery(orjson.dumps(RECORD)).is_batch
    batch = read_delivery(orjson.dumps([RECORD] * MOST_RECORDS))
    assert batch.is_batch
    assert len(batch.records) == MOST_RECORDS


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": ""},
        {"sub": 5},
        {"sub": "x" * 256},
        {"dataset": "Points 2"},
        {"dataset": ""},
        {"values": {}},
        {"values": []},
        {"observedAt": 1},
        {"note": "x"},
    ],
)
def test_what_is_no_record_has_the_wrong_shape(changed: dict[str, Any]) -> None:
    assert one(**changed) == Refused(Fault.SHAPE)


def test_unknown_items_are_counted_and_not_named() -> None:
    named = one(values={"profile.language": ["ja"], "mail ann@example.org": 1, "x": 2})
    assert named == Refused(Fault.UNKNOWN_ITEMS, unknown=2)
    assert "ann@" not in repr(named)


@pytest.mark.parametrize("item", ["profile.name", "email", "address.locality", "openid"])
def test_names_and_addresses_are_nothing_that_companies_give(item: str) -> None:
    assert one(values={item: "x"}) == Refused(Fault.UNKNOWN_ITEMS, unknown=1)


def test_a_wrong_value_names_its_item_and_is_not_quoted() -> None:
    wrong = one(values={"profile.occupation": "090-1234-5678"})
    assert wrong == Refused(Fault.VALUE, item=Item.OCCUPATION)
    assert "090" not in repr(wrong)


def test_a_time_that_is_none_is_refused() -> None:
    assert one(observedAt="yesterday") == Refused(Fault.TIME)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"x"', b"{}"])
def test_a_body_that_holds_no_record_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequestError):
        read_delivery(body)


def test_a_batch_over_the_limit_is_refused_whole() -> None:
    with pytest.raises(BadRequestError):
        read_delivery(orjson.dumps([RECORD] * (MOST_RECORDS + 1)))
    with pytest.raises(TooLargeError):
        read_delivery(b"[" + b" " * 70_000 + b"]")

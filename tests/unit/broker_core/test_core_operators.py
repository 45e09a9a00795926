"""Update operators mean what they mean to MongoDB (NGSI-v2 "Update operators")."""

from typing import Any

import msgspec
import pytest

from broker.core.operators import Operation, operation_of
from broker.core.transaction import Transaction
from broker.core.writes import Action, Write
from broker.model.attribute import Attribute
from kernel.errors import BadRequestError, UnprocessableError
from kernel.times import Instant


def applied(operation: dict[str, Any], value: Any) -> Any:
    found = operation_of(operation)
    assert found is not None
    return found.on(value)


@pytest.mark.parametrize(
    ("operation", "before", "after"),
    [
        ({"$inc": 2}, 10, 12),
        ({"$inc": -0.5}, 10, 9.5),
        ({"$inc": 2}, None, 2),
        ({"$mul": 2}, 10, 20),
        ({"$mul": 2}, None, 0),
        ({"$min": 2}, 10, 2),
        ({"$min": 20}, 10, 10),
        ({"$min": 20}, None, 20),
        ({"$max": 12}, 10, 12),
        ({"$max": 4}, 10, 10),
        ({"$max": "b"}, "a", "b"),
        ({"$max": "a"}, 5, "a"),
        ({"$max": True}, "a", True),
        ({"$push": 3}, [1, 2, 3], [1, 2, 3, 3]),
        ({"$push": [3]}, None, [[3]]),
        ({"$addToSet": 4}, [1, 2], [1, 2, 4]),
        ({"$addToSet": 2}, [1, 2], [1, 2]),
        ({"$addToSet": True}, [1], [1, True]),
        ({"$pull": 2}, [2, 1, 2, 3], [1, 3]),
        ({"$pull": 2}, None, []),
        ({"$pullAll": [2, 3]}, [1, 2, 3, 3], [1]),
        ({"$set": {"x": 1}}, {"x": 0, "y": 2}, {"x": 1, "y": 2}),
        ({"$set": {"x": 1}}, None, {"x": 1}),
        ({"$set": 5}, "a", 5),
        ({"$unset": {"x": 1}}, {"x": 0, "y": 2}, {"y": 2}),
        ({"$unset": "x"}, {"x": 0}, {"x": 0}),
        ({"$set": {"z": 3}, "$unset": {"x": 1}}, {"x": 0}, {"z": 3}),
        ({"$push": {"$each": [4, 5]}}, [1], [1, 4, 5]),
        ({"$push": {"$each": [-1, 0], "$position": 0}}, [1, 2], [-1, 0, 1, 2]),
        ({"$push": {"$each": [9], "$position": -1}}, [1, 2], [1, 9, 2]),
        ({"$push": {"$each": [9], "$position": 7}}, [1, 2], [1, 2, 9]),
        ({"$addToSet": {"$each": [2, 3, 3]}}, [1, 2], [1, 2, 3]),
    ],
)
def test_an_operator_computes_the_value(operation: dict[str, Any], before: Any, after: Any) -> None:
    assert applied(operation, before) == after


@pytest.mark.parametrize(
    ("operation", "before"),
    [
        ({"$inc": "a"}, 1),
        ({"$push": {"$each": [1], "$sort": 1}}, []),
        ({"$push": {"$each": [1], "$position": "0"}}, []),
        ({"$addToSet": {"$each": 1}}, []),
        ({"$inc": 1}, "a"),
        ({"$mul": True}, 1),
        ({"$mul": 1e308}, 1e308),
        ({"$push": 1}, {}),
        ({"$pullAll": 1}, [1]),
        ({"$set": {"x": 1}}, [1]),
    ],
)
def test_what_cannot_be_computed_is_refused(operation: dict[str, Any], before: Any) -> None:
    with pytest.raises(UnprocessableError):
        applied(operation, before)


@pytest.mark.parametrize("value", [{}, {"inc": 1}, {"$total": 1}, {"x": 1, "$inc": 1}])
def test_an_object_that_begins_otherwise_is_a_value(value: dict[str, Any]) -> None:
    assert operation_of(value) is None


def test_each_write_of_a_transaction_computes_on_what_the_one_before_left() -> None:
    transaction = Transaction((), frozenset())
    count = {"count": (Attribute(Operation((("$inc", 1),))),)}
    transaction.run([Write(Action.APPEND, "E", attributes=count)] * 3, Instant(1))
    [entity] = transaction.puts.values()
    counted = entity.attribute("count")
    assert counted is not None
    assert (counted.value, counted.v2_type) == (3, "StructuredValue")


@pytest.mark.parametrize(
    ("operation", "value"),
    [
        ({"$inc": 4}, 4),
        ({"$mul": 1000}, 0),
        ({"$min": 4}, 0),
        ({"$max": -4}, 0),
        ({"$max": "b"}, "b"),
        ({"$push": 4}, [4]),
        ({"$addToSet": 4}, [4]),
        ({"$set": {"X": 1}}, {"X": 1}),
        ({"$pull": 4}, msgspec.UNSET),
        ({"$pullAll": [4]}, msgspec.UNSET),
        ({"$unset": {"X": 1}}, msgspec.UNSET),
    ],
)
def test_in_a_new_entity_an_operator_begins_with_its_reference(
    operation: dict[str, Any], value: Any
) -> None:
    found = operation_of(operation)
    assert found is not None
    assert found.begun() == value


def test_a_key_is_not_set_and_taken_away_at_once() -> None:
    with pytest.raises(BadRequestError):
        operation_of({"$set": {"X": 1}, "$unset": {"X": 1}})

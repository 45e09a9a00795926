"""Several writes of one request: each sees what the earlier ones did."""

import pytest

from broker.core.transaction import Transaction
from broker.core.writes import Action, Applied, Refusal, Refused, Write
from broker.model.attribute import Attribute
from broker.model.entity import Entity, EntityKey
from kernel.errors import ForbiddenError
from kernel.times import Instant

NOW = Instant(5_000)
KEY = EntityKey("E1", "T")


def write(action: Action, value: object = None, *, entity_type: str = "T") -> Write:
    attributes = {} if value is None else {"a": (Attribute(value),)}
    return Write(action, "E1", entity_type, attributes=attributes)


def run(*writes: Write, current: tuple[Entity, ...] = ()) -> Transaction:
    transaction = Transaction(current, frozenset({"Guarded"}))
    transaction.run(writes, NOW)
    return transaction


def test_later_writes_see_earlier_ones() -> None:
    transaction = run(write(Action.CREATE, 1), write(Action.UPDATE, 2), write(Action.CREATE))
    first, second, third = transaction.outcomes
    assert first == Applied(KEY, created=True)
    assert second == Applied(KEY)
    assert isinstance(third, Refused)
    assert third.why is Refusal.ALREADY_EXISTS
    assert transaction.puts[KEY].attributes["a"][0].value == 2


def test_changes_keep_their_order_in_time() -> None:
    transaction = run(write(Action.CREATE, 1), write(Action.UPDATE, 2))
    assert [change.at for change in transaction.changes] == [NOW, NOW + 1]


def test_what_is_removed_is_not_stored_and_the_other_way_round() -> None:
    transaction = run(write(Action.CREATE, 1), write(Action.DELETE))
    assert (list(transaction.puts), list(transaction.deletes)) == ([], [KEY])
    transaction = run(
        write(Action.DELETE), write(Action.CREATE, 1), current=(Entity("E1", ("T",)),)
    )
    assert (list(transaction.puts), list(transaction.deletes)) == ([KEY], [])


def test_a_refused_write_does_not_stop_the_others() -> None:
    transaction = run(write(Action.UPDATE, 1), write(Action.CREATE, 2))
    assert [type(outcome) for outcome in transaction.outcomes] == [Refused, Applied]


@pytest.mark.parametrize("action", [Action.CREATE, Action.APPEND])
def test_guarded_types_are_not_written(action: Action) -> None:
    with pytest.raises(ForbiddenError):
        run(write(action, 1, entity_type="Guarded"))

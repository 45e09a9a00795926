"""The JEXL expression of a condition, beyond what the transcripts show."""

import pytest

from broker.model.attribute import Attribute
from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from broker.subscriptions.explain import explain
from broker.subscriptions.expressions import holds
from broker.subscriptions.model import Condition, Endpoint, EntityMatcher, Subscription
from broker.subscriptions.verdict import Quiet
from kernel.times import SECOND_US, Instant

NOW = Instant(100 * SECOND_US)
LONG = [{"n": number} for number in range(20_000)]


def written(after: Entity | None = None, before: Entity | None = None) -> Change:
    every = frozenset((after or before or Entity("P1", ("Park",))).attributes)
    alteration = Alteration.DELETE if after is None else Alteration.CHANGE
    return Change(alteration, before, after, NOW, tuple(every), every, every)


def park(**values: object) -> Entity:
    return Entity("P1", ("Park",), attributes={n: (Attribute(v),) for n, v in values.items()})


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("cars < 9", True),
        ("cars", False),  # a number is not true
        ("'true'", False),
        ("missing == null", False),  # what is not defined gives nothing
        ("cars / missing", False),
        ("|", False),
        ("now() > 0 && cars|toString == '3'", False),
        ("(0|now) == 100", True),
    ],
)
def test_only_true_holds(expression: str, *, said: bool) -> None:
    assert holds(expression, written(park(cars=3))) is said


def test_what_ends_is_asked_as_it_was() -> None:
    assert holds("cars == 3", written(before=park(cars=3)))


def test_what_costs_more_than_one_may_does_not_hold() -> None:
    change = written(park(all=LONG))
    assert not holds("(all[.n >= 0]|len) == 20000", change)


def test_the_verdict_names_the_expression() -> None:
    condition = Condition(jexl="cars > 9")
    subscription = Subscription(
        "5" * 24, (EntityMatcher(id="P1"),), Endpoint("http://a"), condition=condition
    )
    assert explain(subscription, written(park(cars=3))) is Quiet.JEXL
    assert explain(subscription, written(park(cars=10))) is None

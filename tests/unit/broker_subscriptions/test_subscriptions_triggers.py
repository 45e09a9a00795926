"""Every combination of alteration types, change, watched attributes and metadata.

The expectation is written from the specification's sentences, not from the code: NGSI-v2
"Subscriptions based in alteration type" and `notifyOnMetadataChange`.
"""

from itertools import chain, combinations
from typing import NamedTuple

import pytest

from broker.model.attribute import Attribute
from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from broker.subscriptions.explain import change_of_all, explain
from broker.subscriptions.model import (
    Condition,
    Delivered,
    Endpoint,
    EntityMatcher,
    Status,
    Subscription,
)
from broker.subscriptions.verdict import Quiet
from kernel.times import SECOND_US, Instant

NOW = Instant(100 * SECOND_US)
ENTITY = Entity("E", ("T",), attributes={name: (Attribute(1),) for name in ("a", "b", "c")})


class Happening(NamedTuple):
    """A write: `a` is concerned as the name says, `b` was written with the value it had."""

    alteration: Alteration
    changed: frozenset[str]
    changed_values: frozenset[str]

    def change(self) -> Change:
        before = None if self.alteration is Alteration.CREATE else ENTITY
        after = None if self.alteration is Alteration.DELETE else ENTITY
        written = tuple(ENTITY.attributes) if before is None or after is None else ("a", "b")
        return Change(
            self.alteration, before, after, NOW, written, self.changed, self.changed_values
        )


A, NONE, ALL = frozenset("a"), frozenset[str](), frozenset("abc")
HAPPENINGS = {
    "created": Happening(Alteration.CREATE, ALL, ALL),
    "changed": Happening(Alteration.CHANGE, A, A),
    "metadata changed": Happening(Alteration.CHANGE, A, NONE),
    "rewritten": Happening(Alteration.UPDATE, NONE, NONE),
    "deleted": Happening(Alteration.DELETE, ALL, ALL),
}
SUBSETS = list(chain.from_iterable(combinations(Alteration, size) for size in range(5)))
WATCHED = ((), ("a",), ("b",), ("c",), ("x",), ("a", "x"))


def is_told(asked: tuple[Alteration, ...], name: str, watched: str, *, metadata: bool) -> bool:
    asked = asked or (Alteration.CREATE, Alteration.CHANGE)
    about: set[str] = set()
    if name == "created" and Alteration.CREATE in asked:
        about |= {"a", "b", "c"}
    if name == "deleted":
        return Alteration.DELETE in asked  # whatever is watched
    if name in ("changed", "metadata changed", "rewritten") and Alteration.UPDATE in asked:
        about |= {"a", "b"}
    if name == "changed" and Alteration.CHANGE in asked:
        about |= {"a"}
    if name == "metadata changed" and Alteration.CHANGE in asked and metadata:
        about |= {"a"}
    return bool(about & set(watched)) if watched else bool(about)


@pytest.mark.parametrize("metadata", [True, False], ids=["metadata count", "metadata do not"])
@pytest.mark.parametrize("watched", WATCHED, ids=lambda names: f"watching {'+'.join(names)}")
@pytest.mark.parametrize("name", HAPPENINGS)
def test_what_triggers_follows_the_specification_in_every_combination(
    name: str, watched: tuple[str, ...], *, metadata: bool
) -> None:
    for asked in SUBSETS:
        condition = Condition(
            attributes=watched, alterations=asked, notify_on_metadata_change=metadata
        )
        subscription = Subscription(
            "s", (EntityMatcher(),), Endpoint("http://r/"), condition=condition
        )
        told = explain(subscription, HAPPENINGS[name].change()) is None
        assert told == is_told(asked, name, watched, metadata=metadata), asked


def made(**rest: object) -> Subscription:
    return Subscription("s", (EntityMatcher(type="T"),), Endpoint("http://r/"), **rest)


@pytest.mark.parametrize(
    ("subscription", "delivered", "quiet"),
    [
        (made(), Delivered(), None),
        (made(condition=Condition(q="a>5")), Delivered(), Quiet.Q),
        (made(condition=Condition(attributes=("x",))), Delivered(), Quiet.ATTRIBUTE),
        (made(status=Status.INACTIVE), Delivered(), Quiet.INACTIVE),
        (made(status=Status.ONESHOT), Delivered(deactivated=Instant(5)), Quiet.INACTIVE),
        (
            made(throttling_s=10),
            Delivered(last_notification=Instant(NOW - SECOND_US)),
            Quiet.THROTTLED,
        ),
        (made(throttling_s=10), Delivered(last_notification=Instant(1)), None),
    ],
)
def test_an_entity_as_it_is_can_be_asked_about(
    subscription: Subscription, delivered: Delivered, quiet: Quiet | None
) -> None:
    assert explain(subscription, change_of_all(ENTITY, NOW), delivered) == quiet

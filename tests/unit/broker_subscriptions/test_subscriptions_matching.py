import random
from itertools import product
from typing import Any

import pytest

from broker.model.attribute import Attribute
from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from broker.subscriptions.explain import explain
from broker.subscriptions.matching import SubscriptionIndex
from broker.subscriptions.model import Condition, Endpoint, EntityMatcher, Status, Subscription
from kernel.permission import Permission
from kernel.times import Instant

NOW = Instant(1)


def change(entity_id: str, entity_type: str, *names: str, before: Entity | None = None) -> Change:
    entity = Entity(entity_id, (entity_type,), attributes={name: (Attribute(1),) for name in names})
    every = frozenset(names)
    return Change(Alteration.CHANGE, before or entity, entity, NOW, names, every, every)


def subscription(
    name: str, *matchers: EntityMatcher, watched: tuple[str, ...] = ()
) -> Subscription:
    return Subscription(
        name, matchers, Endpoint("http://r:1/x"), condition=Condition(attributes=watched)
    )


def test_thousands_of_subscriptions_of_other_ids_types_and_attributes_are_never_asked() -> None:
    others = [
        *(subscription(f"i{n}", EntityMatcher(id=f"E{n}", type="T")) for n in range(2_000)),
        *(subscription(f"t{n}", EntityMatcher(type=f"T{n}")) for n in range(2_000)),
        *(subscription(f"a{n}", EntityMatcher(type="T"), watched=(f"a{n}",)) for n in range(1_000)),
    ]
    index = SubscriptionIndex([*others, subscription("mine", EntityMatcher(type="T"))])

    asked = index.candidates(change("E", "T", "x"))

    assert [watch.subscription.id for watch in asked] == ["mine"]


def test_a_subscription_that_several_entries_name_is_told_once() -> None:
    twice = subscription(
        "s", EntityMatcher(id="E"), EntityMatcher(type="T"), EntityMatcher(), watched=("a", "b")
    )

    notices = list(SubscriptionIndex([twice]).notices(change("E", "T", "a", "b"), "", ""))

    assert len(notices) == 1


def test_notices_come_in_the_order_in_which_subscriptions_were_created() -> None:
    matchers = [EntityMatcher(), EntityMatcher(type="T"), EntityMatcher(id="E")]
    index = SubscriptionIndex([subscription(f"s{n}", one) for n, one in enumerate(matchers)])

    found = [one.subscription_id for one in index.notices(change("E", "T", "a"), "", "")]

    assert found == ["s0", "s1", "s2"]


def test_a_stored_filter_that_does_not_parse_stays_quiet_and_disturbs_no_other() -> None:
    broken = Subscription(
        "broken", (EntityMatcher(),), Endpoint("http://r/"), condition=Condition(q="a==")
    )
    index = SubscriptionIndex([broken, subscription("sound", EntityMatcher())])

    found = [one.subscription_id for one in index.notices(change("E", "T", "a"), "", "")]

    assert found == ["sound"]
    assert index.unreadable == ["broken"]


def test_the_entity_before_travels_only_where_it_is_asked_for() -> None:
    before = Entity("E", ("T",))
    asking = Subscription(
        "s", (EntityMatcher(),), Endpoint("http://r/"), metadata=("previousValue",)
    )
    index = SubscriptionIndex([asking, subscription("plain", EntityMatcher())])

    found = list(index.notices(change("E", "T", "a", before=before), "", ""))

    assert [one.before for one in found] == [before, None]


@pytest.mark.parametrize(
    "template",
    [
        {"json": {"d": ["${a-metadata.a.previousValue}"]}},
        {"ngsi": {"d": {"type": "T", "value": "${metadata.a.actionType}"}}},
        {"payload": "${metadata.a.actionType}"},
        {"qs": {"x": "${metadata.a.previousValue}"}},
        {"topic": "t/${metadata.a.actionType}"},
    ],
)
def test_the_entity_before_travels_where_a_template_names_it(template: dict[str, Any]) -> None:
    before = Entity("E", ("T",))
    naming = Subscription("s", (EntityMatcher(),), Endpoint("http://r/", custom=True, **template))
    plain = Subscription("t", (EntityMatcher(),), Endpoint("http://r/", custom=True, payload="a"))
    index = SubscriptionIndex([naming, plain])
    found = list(index.notices(change("E", "T", "a", before=before), "", ""))
    assert [one.before for one in found] == [before, None]


def test_written_attributes_are_named_in_the_order_of_the_request() -> None:
    entity = Entity("E", ("T",))
    one = Change(
        Alteration.CHANGE, entity, entity, NOW, ("z", "y", "a"), frozenset("az"), frozenset()
    )

    (notice,) = SubscriptionIndex([subscription("s", EntityMatcher())]).notices(one, "", "")

    assert notice.written == ("z", "y", "a")


def test_the_index_finds_whatever_asking_each_subscription_finds() -> None:
    chance = random.Random(7)  # noqa: S311 — repeatable on purpose
    ids, types, names = ("", "E1", "E2"), ("", "T1", "T2"), ("a", "b", "c")
    everything = [
        Subscription(
            f"s{n}",
            tuple(
                EntityMatcher(id=chance.choice(ids), type=chance.choice(types))
                for _ in range(chance.randint(1, 3))
            ),
            Endpoint("http://r/"),
            condition=Condition(attributes=tuple(chance.sample(names, chance.randint(0, 2)))),
            status=chance.choice(list(Status)),
        )
        for n in range(300)
    ]
    index = SubscriptionIndex(everything)

    for entity_id, entity_type, name in product(("E1", "E2", "E3"), ("T1", "T2", "T3"), names):
        one = change(entity_id, entity_type, name)
        expected = [sub.id for sub in everything if explain(sub, one) is None]
        assert [notice.subscription_id for notice in index.notices(one, "", "")] == expected


@pytest.mark.parametrize("written", [(), ("hidden",)])
def test_an_entity_that_leaves_view_is_told_alike_whatever_was_written_with_it(
    written: tuple[str, ...],
) -> None:
    watching = Subscription(
        "s",
        (EntityMatcher(),),
        Endpoint("http://r:1/x"),
        condition=Condition(attributes=("hidden",), alterations=(Alteration.DELETE,)),
        permission=Permission(attributes=frozenset({"shown"}), hidden_types=frozenset({"Secret"})),
    )
    before = Entity("E", ("Room",))
    after = Entity("E", ("Room", "Secret"), attributes={name: (Attribute(1),) for name in written})
    every = frozenset(written)
    made = Change(Alteration.UPDATE, before, after, NOW, written, every, every)

    assert len(list(SubscriptionIndex([watching]).notices(made, "", ""))) == 1


@pytest.mark.parametrize("written", [(), ("hidden",)])
def test_a_write_of_nothing_is_told_as_little_as_a_write_of_hidden_attributes(
    written: tuple[str, ...],
) -> None:
    watching = Subscription(
        "s",
        (EntityMatcher(),),
        Endpoint("http://r:1/x"),
        permission=Permission(attributes=frozenset({"shown"})),
    )
    before = Entity("E", ("Room",))
    after = Entity("E", ("Room",), attributes={name: (Attribute(1),) for name in written})
    every = frozenset(written)
    made = Change(Alteration.UPDATE, before, after, NOW, written, every, every)

    assert not list(SubscriptionIndex([watching]).notices(made, "", ""))

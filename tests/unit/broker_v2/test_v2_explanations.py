"""The words in which an operator hears why a subscription is quiet."""

import pytest

from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from broker.service.explaining import Explanation
from broker.subscriptions.model import Condition, Endpoint, EntityMatcher, Subscription
from broker.subscriptions.verdict import Quiet
from broker.v2.encode.explanations import encode_explanation
from kernel.permission import Permission
from kernel.times import Instant

SUBSCRIPTION = Subscription(
    "5" * 24,
    (EntityMatcher(type="T"),),
    Endpoint("http://r/"),
    condition=Condition(q="a>1", mq="a.m>1", georel="near", scope_q="/a"),
)
ENTITY = Entity("E", ("T",))
CHANGE = Change(Alteration.UPDATE, ENTITY, ENTITY, Instant(1))


@pytest.mark.parametrize("quiet", list(Quiet))
def test_every_condition_has_its_name_and_its_words(quiet: Quiet) -> None:
    shown = encode_explanation(SUBSCRIPTION, Explanation(CHANGE, quiet))

    assert (shown["notified"], shown["decidedBy"]) == (False, quiet.value)
    assert len(shown["because"]) > 10


def test_a_change_that_is_told_has_no_decider() -> None:
    assert encode_explanation(SUBSCRIPTION, Explanation(CHANGE, None)) == {
        "notified": True,
        "change": {
            "alterationType": "entityUpdate",
            "entity": {"id": "E", "type": "T"},
            "written": [],
            "changed": [],
        },
    }


def test_what_the_owner_may_not_see_is_not_shown() -> None:
    narrow = Subscription(
        "5" * 24, (), Endpoint("http://r/"), permission=Permission(frozenset({"Other"}))
    )
    shown = encode_explanation(narrow, Explanation(CHANGE, Quiet.PERMISSION))

    assert shown["decidedBy"] == "permission"
    assert "change" not in shown

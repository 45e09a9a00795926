"""The member feed: declared cells of many people become sealed observations, and nothing else."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
import yaml
from support.ingest_stand_ins import NOON, SHELF, MemorySink

from ingest.feed import MemberFeed
from ingest.observation import NOTHING, BoundedNumber, Observation
from ingest.policy.errors import PolicyError
from ingest.policy.load import PACKAGED, Policy, read_policy
from ingest.policy.model import Limits
from ingest.policy.shelf import emitted_types
from ingest.ports import Approval, Sensor
from ingest.rules import Refusal, Rule
from kernel.clock import ManualClock
from kernel.times import parse_instant

SOURCE = Sensor(
    sensor_id="members",
    policy="member-feed",
    policy_version=1,
    approval=Approval(approved=True),
    site="city",
    sensor_class="member_feed",
    notice_url="https://id.example/members",
    notice_published=parse_instant("2026-01-01"),
    facts={"simulated": True},
)


def packaged() -> Policy:
    found = SHELF.find("member-feed", 1)
    assert found is not None
    return found


def feeding(sink: MemorySink, source: Sensor = SOURCE) -> MemberFeed:
    return MemberFeed(packaged(), source, sink=sink, clock=ManualClock(NOON))


def by_id(sink: MemorySink) -> Mapping[str, Observation]:
    return {one.entity_id: one for one in sink.observations}


def values(observation: Observation) -> dict[str, Any]:
    return {one.name: one.value for one in observation.attributes}


async def test_a_count_becomes_an_entity_of_its_cell_in_the_hour_of_our_clock() -> None:
    sink = MemorySink()
    await feeding(sink).put({"language:ja": 120}, below=10)
    found = by_id(sink)["urn:ngsi-ld:CitizenStatistics:members:language:ja"]
    assert values(found)["citizenCount"] == BoundedNumber(120)
    assert values(found)["citizenCountBelow"] == NOTHING
    assert found.observed_at == parse_instant("2026-02-07T03:00:00Z")


async def test_a_cell_without_a_number_says_below_what_it_is() -> None:
    sink = MemorySink()
    await feeding(sink).put({"language:ja": 120}, below=25)
    unsaid = by_id(sink)["urn:ngsi-ld:CitizenStatistics:members:language:th"]
    assert values(unsaid)["citizenCount"] == NOTHING
    assert values(unsaid)["citizenCountBelow"] == BoundedNumber(25)


async def test_every_cell_of_the_grid_is_written_each_time_in_one_commit() -> None:
    sink = MemorySink()
    feed = feeding(sink)
    await feed.put({}, below=10)
    assert len(sink.batches) == 1
    assert len(sink.observations) == len(feed.cells) == len(by_id(sink))


@pytest.mark.parametrize("count", [1, 9, -10])
async def test_a_number_below_the_policy_gets_nowhere_whatever_the_caller_asks(count: int) -> None:
    sink = MemorySink()
    with pytest.raises(Refusal) as refused:
        await feeding(sink).put({"gender:female": count}, below=10)
    assert refused.value.rule is Rule.RANGE
    assert sink.batches == []


async def test_a_cell_that_is_not_declared_gets_nowhere_and_is_not_named() -> None:
    sink = MemorySink()
    with pytest.raises(Refusal) as refused:
        await feeding(sink).put({"language:090-1234-5678": 50}, below=10)
    assert refused.value.rule is Rule.CODE
    assert "090" not in repr(refused.value)
    assert sink.batches == []


@pytest.mark.parametrize(
    "changed",
    [
        {"approval": Approval()},
        {"notice_url": ""},
        {"notice_published": parse_instant("2026-03-01")},
    ],
)
async def test_d17_without_approval_or_a_published_notice_nothing_is_written(
    changed: dict[str, Any],
) -> None:
    sink = MemorySink()
    with pytest.raises(Refusal) as refused:
        await feeding(sink, msgspec.structs.replace(SOURCE, **changed)).put({}, below=10)
    assert refused.value.rule is Rule.SENSOR
    assert sink.batches == []


def test_a_policy_of_another_class_is_no_member_feed() -> None:
    gate = SHELF.find("peopleflow-gate", 1)
    assert gate is not None
    with pytest.raises(PolicyError, match="member feed"):
        MemberFeed(gate, SOURCE, sink=MemorySink(), clock=ManualClock(NOON))


def test_the_type_of_the_statistics_is_guarded() -> None:
    assert "CitizenStatistics" in emitted_types(SHELF.all())


def broken(path: str, value: object) -> bytes:
    policy = yaml.safe_load((PACKAGED / "member-feed" / "1.yaml").read_bytes())
    *parents, last = path.split(".")
    place = policy
    for name in parents:
        place = place[name]
    place[last] = value
    return yaml.safe_dump(policy).encode()


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("on_unknown", "drop_and_count", "only what it knows"),
        ("release.min_people", 9, "min_people is 10 at least"),
        ("release.round", 1, "round is 5 at least"),
        ("fields.count.min", 3, "below release.min_people"),
        ("fields.category.person", False, "does not say so"),
        ("fields.category.level", 3, "coarse"),
        ("fields.share", {"type": "number", "min": 0, "max": 1, "step": 0.1, "unit": "C62"}, "who"),
        ("fields.name", {"type": "enum", "values": ["a", "b"]}, "does not say so"),
        ("applies_to.notice_required", False, "notice"),
    ],
)
def test_a_member_feed_that_could_tell_of_few_or_finely_does_not_load(
    path: str, value: object, fault: str
) -> None:
    with pytest.raises(PolicyError, match=fault):
        read_policy(broken(path, value), Limits())

import random

import pytest

from broker.model.changes import Alteration
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.outbound.lane import Lane, Turn
from broker.outbound.policy import BackOff, DeliveryPolicy
from kernel.times import Instant

POLICY = DeliveryPolicy(concurrency=2, back_off=BackOff(10, 40, jitter=0), breaker=3)


def notice(number: int, entity: str = "E", subscription: str = "s") -> Notice:
    return Notice(
        subscription,
        "http://r",
        Entity(entity, ("T",)),
        Alteration.CHANGE,
        Instant(number),
        number=number,
    )


@pytest.fixture
def lane() -> Lane:
    return Lane("http://r", POLICY, random.Random(1))  # noqa: S311 — repeatable on purpose


def take(lane: Lane, now: float = 0) -> int | None:
    taken = lane.take(now)
    return None if taken is None else taken.number


def test_notices_of_one_entity_go_one_after_the_other(lane: Lane) -> None:
    for number in (1, 2):
        lane.offer(notice(number))

    assert (take(lane), take(lane)) == (1, None)
    lane.succeeded(notice(1))
    assert take(lane) == 2


def test_other_entities_and_subscriptions_go_beside_up_to_the_concurrency(lane: Lane) -> None:
    lane.offer(notice(1, "A"))
    lane.offer(notice(2, "B"))
    lane.offer(notice(3, "A", subscription="t"))

    assert [take(lane), take(lane), take(lane)] == [1, 2, None]


def test_a_lane_widens_with_successes_and_narrows_with_a_failure() -> None:
    wide = DeliveryPolicy(concurrency=6, back_off=BackOff(10, 40, jitter=0), breaker=9)
    lane = Lane("x", wide, random.Random(1))  # noqa: S311 — repeatable on purpose
    for number in range(40):
        lane.offer(notice(number, f"E{number}"))

    def fill() -> list[Notice]:
        return list(iter(lambda: lane.take(0), None))

    running, widths = [], []
    for _ in range(3):
        running += fill()
        widths.append(len(running))
        lane.succeeded(running.pop())
    lane.failed(running.pop(), 0)
    while len(running) > 1:
        lane.dropped(running.pop())
    running += fill()

    assert widths == [2, 4, 6]
    assert len(running) == 2


def test_a_failure_pauses_its_chain_and_no_other(lane: Lane) -> None:
    lane.offer(notice(1, "A"))
    lane.offer(notice(2, "B"))
    first = lane.take(0)

    assert lane.failed(first, 0) == (10, Turn.NOTHING)
    assert (take(lane, 1), lane.wake_at()) == (2, 10)
    assert (take(lane, 9.9), take(lane, 10)) == (None, 1)


def test_pauses_grow_with_the_attempts_of_the_notice_up_to_the_longest() -> None:
    patient = DeliveryPolicy(back_off=BackOff(10, 40, jitter=0), breaker=99)
    lane = Lane("x", patient, random.Random(1))  # noqa: S311 — repeatable on purpose
    lane.offer(notice(1))
    now, pauses = 0.0, []
    for _ in range(4):
        pause_s, _turn = lane.failed(lane.take(now), now)
        pauses.append(pause_s)
        now += pause_s

    assert pauses == [10, 20, 40, 40]


def test_an_arrival_ends_the_pause_but_keeps_the_order(lane: Lane) -> None:
    lane.offer(notice(1))
    lane.failed(lane.take(0), 0)

    lane.offer(notice(2))

    assert take(lane, 1) == 1


def test_failures_in_a_row_open_the_circuit_and_one_probe_follows_each_pause(lane: Lane) -> None:
    for number, entity in enumerate("ABC"):
        lane.offer(notice(number, entity))
    turns = [lane.failed(lane.take(0), 0)[1] for _ in range(3)]

    assert turns == [Turn.NOTHING, Turn.NOTHING, Turn.OUTAGE]
    lane.offer(notice(9, "D"))
    assert (take(lane, 9), lane.wake_at()) == (None, 10)
    assert (take(lane, 10), take(lane, 10), lane.wake_at()) == (9, None, None)
    lane.failed(notice(9, "D"), 10)
    assert lane.wake_at() == 30


def test_an_outage_is_told_once_and_so_is_the_recovery(lane: Lane) -> None:
    for number, entity in enumerate("ABCD"):
        lane.offer(notice(number, entity))
    turns, now = [], 0.0
    for _ in range(6):
        turns.append(lane.failed(lane.take(now), now)[1])
        now = lane.wake_at() or now
    turns.append(lane.succeeded(lane.take(now)))
    turns.append(lane.succeeded(lane.take(now)))

    assert turns.count(Turn.OUTAGE) == turns.count(Turn.RECOVERY) == 1


def test_a_recovery_ends_all_pauses(lane: Lane) -> None:
    for number, entity in enumerate("ABC"):
        lane.offer(notice(number, entity))
    for _ in range(3):
        lane.failed(lane.take(0), 0)

    lane.succeeded(lane.take(10))

    assert {take(lane, 10), take(lane, 10)} == {1, 2}


def test_a_lane_that_is_given_away_keeps_only_what_is_under_way(lane: Lane) -> None:
    for number, entity in enumerate("ABAC"):
        lane.offer(notice(number, entity))
    running = lane.take(0)

    gone = sorted(one.number for one in lane.remove_where_idle())

    assert (running.number, gone) == (0, [1, 2, 3])
    lane.succeeded(running)
    assert lane.is_empty


def test_old_notices_can_be_taken_out_of_waiting_chains(lane: Lane) -> None:
    for number in (1, 2, 3):
        lane.offer(notice(number))
    lane.failed(lane.take(0), 0)

    assert [one.number for one in lane.remove_older(3)] == [1, 2]
    assert take(lane, 10) == 3


def test_a_chain_that_was_emptied_and_begins_anew_is_not_run_twice(lane: Lane) -> None:
    lane.offer(notice(1))
    list(lane.remove_older(2))
    lane.offer(notice(3))
    lane.offer(notice(4))

    assert (take(lane), take(lane)) == (3, None)


@pytest.mark.parametrize("seed", range(30))
def test_whatever_fails_every_notice_arrives_once_and_in_order(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 — repeatable on purpose
    lane = Lane("x", POLICY, chance)
    waiting = [notice(number, chance.choice("ABCD")) for number in range(60)]
    arrived: dict[str, list[int]] = {}
    running: list[Notice] = []
    now = 0.0
    while waiting or not lane.is_empty:
        if waiting and chance.random() < 0.4:
            lane.offer(waiting.pop(0))
        if (taken := lane.take(now)) is not None:
            running.append(taken)
        assert len(running) == lane.running <= POLICY.concurrency
        if running and chance.random() < 0.5:
            ended = running.pop(chance.randrange(len(running)))
            if chance.random() < 0.5:
                lane.failed(ended, now)
            else:
                lane.succeeded(ended)
                arrived.setdefault(ended.entity.id, []).append(ended.number)
        if not running and not waiting:
            now = max(now, lane.wake_at() or now)
        now += 0.1

    assert sorted(number for numbers in arrived.values() for number in numbers) == list(range(60))
    assert all(numbers == sorted(numbers) for numbers in arrived.values())


class Noted:
    """Says of every notice whether it counts as failed, and remembers which were asked about."""

    def __init__(self, *, counts: bool = True) -> None:
        self.numbers: list[int] = []
        self._counts = counts

    def __call__(self, one: Notice) -> bool:
        self.numbers.append(one.number)
        return self._counts


def fail(lane: Lane, number: int, now: float, *, counts: bool = True) -> list[int]:
    """Try the notice that is next, which fails; which others are asked to fail with it."""
    tried = lane.take(now)
    assert tried is not None
    assert tried.number == number
    lane.failed(tried, now)
    noted = Noted(counts=counts)
    lane.fail_others(tried, noted)
    return noted.numbers


def test_what_waits_behind_a_head_that_fails_fails_with_it_once(lane: Lane) -> None:
    lane.offer(notice(9, entity="other"))
    assert take(lane) == 9
    lane.offer(notice(1))
    assert fail(lane, 1, 0) == []
    lane.offer(notice(2))
    lane.offer(notice(3))
    assert fail(lane, 1, 10) == [2, 3]
    assert fail(lane, 1, 40) == []  # only time has passed


def test_while_the_receiver_is_away_all_of_a_subscription_fails_together() -> None:
    lane = Lane("r", DeliveryPolicy(breaker=1, back_off=BackOff(5, 5, 0)), random.Random(1))  # noqa: S311 — repeatable on purpose
    for one in (notice(1), notice(2, entity="F"), notice(3, entity="F", subscription="other")):
        lane.offer(one)

    assert fail(lane, 1, 0) == [2]
    assert lane.rests(1)
    assert not lane.rests(5)  # what arrives then is the probe


def test_what_does_not_count_as_failed_is_asked_about_again(lane: Lane) -> None:
    for number in (1, 2, 3):
        lane.offer(notice(number))

    assert fail(lane, 1, 0, counts=False) == [2]
    assert fail(lane, 1, 10) == [2, 3]


def test_what_arrives_during_an_attempt_that_fails_has_one_at_once(lane: Lane) -> None:
    lane.offer(notice(1))
    head = lane.take(0)
    assert head is not None
    lane.offer(notice(2))
    lane.failed(head, 0)

    assert take(lane, 0) == 1
    assert take(lane, 0) is None

"""Delivery over HTTP on loopback, from the commit of a change to the counters."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest
from structlog.testing import capture_logs
from support.delivering import CALL, IMPATIENT, Stage, Stores, delivering, in_memory, until, values
from support.receivers import Received, receiving, unused_port

from broker.model.attribute import Attribute
from broker.model.changes import Alteration
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.outbound.attempt import LARGEST_BYTES
from broker.outbound.policy import BackOff, DeliveryPolicy
from broker.ports import Outgoing
from broker.service.announcements import Announcements
from broker.subscriptions.model import Delivered, Status, Subscription
from broker.subscriptions.status import effective_status
from kernel.clock import SystemClock
from kernel.times import Instant


@pytest.fixture
def announcements() -> Announcements:
    return Announcements()


@pytest.fixture
def stores(announcements: Announcements) -> Stores:
    return in_memory(SystemClock(), announcements)


@pytest.fixture
async def stage(stores: Stores, announcements: Announcements) -> AsyncIterator[Stage]:
    async with delivering(stores, announcements) as running:
        yield running


async def test_a_change_is_told_at_once_and_counted(stage: Stage) -> None:
    async with receiving(status=200) as receiver:
        subscription = await stage.subscribe(f"{receiver.url}/notify")
        await stage.set("E", 1)

        (request,) = await receiver.arrived(1)
        counters = await stage.settled(subscription, times_sent=1)

    assert (request.path, request.json["id"], request.json["n"]) == ("/notify", "E", 1)
    assert (counters.fails, counters.last_success_code) == (0, 200)
    assert counters.last_notification is not None
    assert await stage.stores.outbox.owed() == []
    assert stage.count("delivered") == 1


async def test_notifications_of_an_entity_arrive_in_the_order_of_the_changes(stage: Stage) -> None:
    async with receiving() as receiver:
        await stage.subscribe(receiver.url)
        for n in range(50):
            await stage.set("E", n)

        assert values(await receiver.arrived(50)) == list(range(50))


async def test_entities_do_not_wait_for_each_other(stage: Stage) -> None:
    def slow_for_a(request: Received) -> int:
        return 503 if request.json["id"] == "A" else 204

    async with receiving(status=slow_for_a) as receiver:
        await stage.subscribe(receiver.url)
        await stage.set("A", 1)
        await stage.set("B", 2)
        await receiver.arrived(2)

    assert {request.json["id"] for request in receiver.received} == {"A", "B"}


async def test_what_was_answered_503_is_repeated_until_it_arrives_in_order(stage: Stage) -> None:
    async with receiving(status=503) as receiver:
        subscription = await stage.subscribe(receiver.url)
        for n in range(5):
            await stage.set("E", n)
        await receiver.arrived(3)
        refused = await stage.settled(subscription, last_success_code=503)
        receiver.status = 204
        tried = len(receiver.received)
        await stage.settled(subscription, last_success_code=204)
        await until(lambda: _nothing_owed(stage))

    assert refused.fails == 0  # an answer came: so Orion counts
    assert values(receiver.received[tried:])[-5:] == [0, 1, 2, 3, 4]
    assert stage.count("retried") == len(receiver.received) - 5


async def _nothing_owed(stage: Stage) -> bool:
    return not await stage.stores.outbox.owed()


async def test_a_dead_receiver_gets_everything_once_it_lives(stage: Stage) -> None:
    async with receiving() as receiver:
        subscription = await stage.subscribe(receiver.url)
        await receiver.stop()
        for n in range(10):
            await stage.set("E", n)
        failed = await until(lambda: _failed(stage, subscription))
        await receiver.start()

        assert values(await receiver.arrived(10)) == list(range(10))
        again = await stage.settled(subscription, fails=0)

    assert failed.last_failure_reason == "Could not connect to server"
    assert failed.last_success is None
    assert again.last_success_code == 204


async def _failed(stage: Stage, subscription: str):  # noqa: ANN202 — Delivered | None
    counters = await stage.counters(subscription)
    return counters if counters.fails else None


async def test_each_update_tries_a_failing_receiver_once_as_its_writer_expects(
    stores: Stores, announcements: Announcements
) -> None:
    slow = DeliveryPolicy(back_off=BackOff(60, 60), breaker=10)
    async with delivering(stores, announcements, policy=slow) as stage:
        subscription = await stage.subscribe(f"http://127.0.0.1:{unused_port()}/")
        for n in (1, 2, 3):
            await stage.set("E", n)
            await stage.settled(subscription, times_sent=n, fails=n)


async def test_an_outage_is_logged_once_and_so_is_the_recovery(stage: Stage) -> None:
    with capture_logs() as logs:
        async with receiving() as receiver:
            subscription = await stage.subscribe(receiver.url)
            await receiver.stop()
            await stage.set("E", 1)
            await until(lambda: _retried_often(stage))
            await receiver.start()
            await stage.settled(subscription, fails=0)

    assert [entry["event"] for entry in logs] == ["receiver is away", "receiver is back"]


async def _retried_often(stage: Stage) -> bool:
    return stage.count("retried") > 5


async def test_a_refusal_for_good_becomes_a_dead_letter_that_can_be_replayed(stage: Stage) -> None:
    async with receiving(status=404) as receiver:
        subscription = await stage.subscribe(receiver.url)
        for n in (1, 2):
            await stage.set("E", n)
        letters = await until(lambda: _letters(stage, subscription, 2))
        counters = await stage.counters(subscription)
        receiver.status = 204

        assert await stage.subscriptions.replay(CALL, subscription) == 2
        arrived = await receiver.arrived(4)
        await until(lambda: _nothing_owed(stage))

    assert [letter.reason for letter in letters] == ["HTTP status 404"] * 2
    assert (counters.times_sent, counters.fails, counters.last_success_code) == (2, 0, 404)
    assert values(arrived) == [1, 2, 1, 2]
    assert [one.json["number"] for one in arrived[:2]] == [
        one.json["number"] for one in arrived[2:]
    ]
    assert (await stage.subscriptions.deliveries(CALL, subscription)).letters == []


async def _letters(stage: Stage, subscription: str, count: int):  # noqa: ANN202 — letters | None
    letters = (await stage.subscriptions.deliveries(CALL, subscription)).letters
    return letters if len(letters) == count else None


async def test_what_is_too_old_becomes_a_dead_letter(
    stores: Stores, announcements: Announcements
) -> None:
    hasty = DeliveryPolicy(back_off=BackOff(0.01, 0.02), breaker=2, max_age_s=0.2, poll_s=0.05)
    async with delivering(stores, announcements, policy=hasty) as stage:
        subscription = await stage.subscribe(f"http://127.0.0.1:{unused_port()}/")
        for n in range(20):
            await stage.set("E", n)
        letters = await until(lambda: _letters(stage, subscription, 20))

    assert [letter.notice.number for letter in letters] == list(range(1, 21))
    assert {letter.reason for letter in letters} <= {
        "Could not connect to server",
        "Not delivered in time",
    }
    assert await stores.outbox.owed() == []


async def test_a_oneshot_fires_once_until_its_owner_sets_it_again(stage: Stage) -> None:
    async with receiving() as receiver:
        subscription = await stage.subscribe(receiver.url, status=Status.ONESHOT)
        for n in (1, 2, 3):
            await stage.set("E", n)
        await stage.settled(subscription, times_sent=1)
        kept = await stage.subscriptions.get(CALL, subscription)
        await stage.subscriptions.change(
            CALL, subscription, lambda one: msgspec.structs.replace(one, status=Status.ONESHOT)
        )
        for n in (4, 5):
            await stage.set("E", n)
        await stage.settled(subscription, times_sent=2)
        await until(lambda: _nothing_owed(stage))

    assert effective_status(kept.subscription, kept.delivered) is Status.INACTIVE
    assert values(receiver.received) == [1, 4]


async def test_another_change_to_a_spent_oneshot_leaves_it_inactive(stage: Stage) -> None:
    async with receiving() as receiver:
        subscription = await stage.subscribe(receiver.url, status=Status.ONESHOT)
        await stage.set("E", 1)
        await stage.settled(subscription, times_sent=1)
        await stage.subscriptions.change(
            CALL, subscription, lambda one: msgspec.structs.replace(one, description="x")
        )
        kept = await stage.subscriptions.get(CALL, subscription)

    assert kept.subscription.status is Status.INACTIVE


async def test_throttling_lets_one_through_per_period_and_owes_nothing_more(stage: Stage) -> None:
    async with receiving() as receiver:
        await stage.subscribe(receiver.url, throttling_s=3600)
        for n in range(5):
            await stage.set(f"E{n}", n)
        await until(lambda: _nothing_owed(stage))

    assert values(receiver.received) == [0]
    assert stage.count("throttled") == 4


async def test_too_many_failures_switch_off_and_keep_what_was_owed_as_dead_letters(
    stage: Stage,
) -> None:
    subscription = await stage.subscribe(f"http://127.0.0.1:{unused_port()}/", max_fails_limit=2)
    for n in range(5):
        await stage.set("E", n)
    await until(lambda: _nothing_owed(stage))
    kept = await stage.subscriptions.get(CALL, subscription)
    letters = (await stage.subscriptions.deliveries(CALL, subscription)).letters
    await stage.set("E", 9)

    assert kept.delivered.fails > 2
    assert effective_status(kept.subscription, kept.delivered) is Status.INACTIVE
    assert len(letters) >= 1
    assert await stage.stores.outbox.owed() == []  # matching does not ask it any more


async def test_a_removed_subscription_is_owed_nothing(stage: Stage) -> None:
    subscription = await stage.subscribe(f"http://127.0.0.1:{unused_port()}/")
    await stage.set("E", 1)
    await until(lambda: _failed(stage, subscription))
    await stage.subscriptions.remove(CALL, subscription)
    await stage.set("E", 2)

    await until(lambda: _nothing_owed(stage))
    assert stage.count("dead") == 0


async def test_what_does_not_fit_into_memory_is_read_again_in_order(
    stores: Stores, announcements: Announcements
) -> None:
    tiny = DeliveryPolicy(lane_capacity=4, total_capacity=10, poll_s=0.05)
    async with delivering(stores, announcements, policy=tiny) as stage, receiving() as receiver:
        await stage.subscribe(receiver.url)
        for n in range(200):
            await stage.set(f"E{n % 3}", n)

        arrived = await receiver.arrived(200)
        await until(lambda: _nothing_owed(stage))

    assert len(receiver.received) == 200
    for entity in range(3):
        of_one = [one.json["n"] for one in arrived if one.json["id"] == f"E{entity}"]
        assert of_one == [n for n in range(200) if n % 3 == entity]


async def test_a_restart_goes_on_with_what_is_owed(
    stores: Stores, announcements: Announcements
) -> None:
    async with receiving() as receiver:
        await receiver.stop()
        async with delivering(stores, announcements) as stage:
            subscription = await stage.subscribe(receiver.url)
            for n in range(30):
                await stage.set(f"E{n % 2}", n)
            await until(lambda: _failed(stage, subscription))
        await receiver.start()
        async with delivering(stores, announcements) as stage:
            arrived = await receiver.arrived(30)
            counters = await stage.settled(subscription, fails=0)

    assert sorted(values(arrived)) == list(range(30))
    assert counters.times_sent >= 30


async def test_changes_while_delivery_does_not_run_are_told_at_the_next_start(
    stores: Stores, announcements: Announcements
) -> None:
    async with receiving() as receiver:
        async with delivering(stores, announcements) as stage:
            await stage.subscribe(receiver.url)
        await stage.set("E", 1)
        async with delivering(stores, announcements):
            assert values(await receiver.arrived(1)) == [1]


async def test_an_orderly_end_repeats_nothing(stores: Stores, announcements: Announcements) -> None:
    async with receiving() as receiver:
        async with delivering(stores, announcements) as stage:
            await stage.subscribe(receiver.url)
            for n in range(20):
                await stage.set(f"E{n}", n)
            await receiver.arrived(20)
        async with delivering(stores, announcements) as stage:
            await stage.set("last", 99)
            await receiver.arrived(21)

    assert sorted(values(receiver.received)) == [*range(20), 99]


async def test_a_black_hole_does_not_delay_the_others(stage: Stage) -> None:
    async with receiving(swallows=True) as hole, receiving() as healthy:
        await stage.subscribe(hole.url)
        await stage.subscribe(healthy.url)
        for n in range(100):
            await stage.set(f"E{n}", n)

        assert len(await healthy.arrived(100, patience_s=0.9)) == 100  # its time-out is 1 s


async def test_of_two_processes_one_delivers_each_notification(
    stores: Stores, announcements: Announcements
) -> None:
    async with (
        receiving() as receiver,
        delivering(stores, announcements, holder="a") as first,
        delivering(stores, announcements, holder="b"),
    ):
        await first.subscribe(receiver.url)
        for n in range(40):
            await first.set(f"E{n}", n)
        await receiver.arrived(40)
        await until(lambda: _nothing_owed(first))

    assert sorted(values(receiver.received)) == list(range(40))


async def test_another_process_goes_on_when_the_owner_of_a_lane_ends(
    stores: Stores, announcements: Announcements
) -> None:
    async with receiving() as receiver, delivering(stores, announcements, holder="b") as second:
        async with delivering(stores, announcements, holder="a") as first:
            await first.subscribe(receiver.url)
            await first.set("E", 1)
            await receiver.arrived(1)
        await second.set("E", 2)

        assert values(await receiver.arrived(2)) == [1, 2]


class BrokenRenderer:
    def render(self, subscription: Subscription, notice: Notice) -> Outgoing | None:
        raise ZeroDivisionError(subscription, notice)


async def test_a_notification_that_cannot_be_rendered_becomes_a_dead_letter(
    stores: Stores, announcements: Announcements
) -> None:
    async with delivering(stores, announcements, renderer=BrokenRenderer()) as stage:
        subscription = await stage.subscribe("http://r/")
        with capture_logs() as logs:
            await stage.set("secret", 1)
            (letter,) = await until(lambda: _letters(stage, subscription, 1))

    assert letter.reason == "The notification cannot be rendered"
    assert "secret" not in str(logs)


async def test_the_last_attempts_are_kept_with_status_and_latency_and_no_word_of_the_answer(
    stage: Stage,
) -> None:
    async with receiving(status=422, answer=b"secret", delay_s=0.02) as receiver:
        subscription = await stage.subscribe(receiver.url)
        for n in range(25):
            await stage.set(f"E{n}", n)
        counters = await stage.settled(subscription, times_sent=25)

    assert len(counters.attempts) == 20
    assert len({one.number for one in counters.attempts}) == 20
    assert {(one.status, one.reason) for one in counters.attempts} == {(422, "")}
    assert all(one.latency_ms >= 20 for one in counters.attempts)


async def test_an_attempt_without_answer_says_why(stage: Stage) -> None:
    subscription = await stage.subscribe(f"http://127.0.0.1:{unused_port()}/")
    await stage.set("E", 1)
    counters = await stage.settled(subscription, fails=1)

    assert counters.attempts[0].status is None
    assert counters.attempts[0].reason == "Could not connect to server"


class VerboseRenderer:
    """Words more than anybody sends."""

    def render(self, subscription: Subscription, notice: Notice) -> Outgoing | None:  # noqa: ARG002 — of the port
        return Outgoing(subscription.endpoint.url, body=bytes(LARGEST_BYTES + 1))


async def test_a_notification_above_8_mb_is_not_sent(
    stores: Stores, announcements: Announcements
) -> None:
    async with (
        receiving() as receiver,
        delivering(stores, announcements, renderer=VerboseRenderer()) as stage,
    ):
        subscription = await stage.subscribe(receiver.url)
        await stage.set("E", 1)
        (letter,) = await until(lambda: _letters(stage, subscription, 1))

    assert letter.reason == "The notification is too large"
    assert receiver.received == []


async def test_every_notification_to_a_dead_port_counts_once_however_many_there_are(
    stores: Stores, announcements: Announcements
) -> None:
    async with delivering(stores, announcements) as stage:
        subscription = await stage.subscribe(f"http://127.0.0.1:{unused_port()}/")
        for n in range(60):
            await stage.set(f"E{n % 20}", n)
        first = await stage.settled(subscription, times_sent=60, fails=60)
    async with delivering(stores, announcements) as stage:  # nothing counts again after a restart
        await stage.set("E1", 99)
        await stage.settled(subscription, times_sent=61, fails=61)
        await until(lambda: _retried_often(stage))
        again = await stage.counters(subscription)

    assert first.last_failure_reason == "Could not connect to server"
    assert (again.times_sent, again.fails) == (61, 61)


async def test_what_throttling_discards_is_not_counted_as_sent(stage: Stage) -> None:
    subscription = await stage.subscribe(
        f"http://127.0.0.1:{unused_port()}/", throttling_s=3600, max_fails_limit=9
    )
    for n in range(5):
        await stage.set("E", n)
    await until(lambda: _retried_often(stage))
    counters = await stage.counters(subscription)

    assert (counters.times_sent, counters.fails) == (1, 1)


async def test_a_subscription_that_fails_too_often_is_logged_as_orion_does(stage: Stage) -> None:
    with capture_logs() as logs:
        subscription = await stage.subscribe(
            f"http://127.0.0.1:{unused_port()}/", max_fails_limit=2
        )
        for n in range(3):
            await stage.set(f"E{n}", n)
        await until(lambda: _nothing_owed(stage))

    (told,) = [one for one in logs if "disabled" in one["event"]]
    assert (told["subscription"], told["fails"], told["limit"]) == (subscription, 3, 2)
    assert told["log_level"] == "warning"


async def test_a_test_delivery_is_sent_once_and_not_counted(stage: Stage) -> None:
    async with receiving(status=503) as receiver:
        subscription = await stage.subscribe(receiver.url)
        kept = await stage.subscriptions.get(CALL, subscription)
        entity = Entity("E", ("T",), attributes={"n": (Attribute(7),)})
        notice = Notice(subscription, receiver.url, entity, Alteration.CHANGE, Instant(1))

        verdict = await stage.dispatcher.rehearse(kept.subscription, notice)

    assert (verdict.status, values(receiver.received)) == (503, [7])
    assert await stage.counters(subscription) == Delivered()


async def test_commits_may_be_announced_from_another_thread(
    stores: Stores, announcements: Announcements
) -> None:
    rare = replace(IMPATIENT, poll_s=60)
    async with receiving() as receiver, delivering(stores, announcements, policy=rare) as stage:
        await stage.subscribe(receiver.url)
        announcements.leave(stage.dispatcher)
        await stage.set("E", 1)
        owed = await stores.outbox.owed()

        await asyncio.to_thread(stage.dispatcher.announce, "city", owed, ())

        assert values(await receiver.arrived(1)) == [1]


async def test_the_age_of_the_oldest_owed_notification_is_a_metric(stage: Stage) -> None:
    await stage.subscribe(f"http://127.0.0.1:{unused_port()}/")
    await stage.set("E", 1)

    async def is_aging() -> bool:
        return (stage.metrics.get_sample_value("odori_outbox_oldest_seconds") or 0) > 0.1

    await until(is_aging)

"""How patient delivery is."""

import random
from dataclasses import dataclass

_STEEPEST = 20


@dataclass(frozen=True, slots=True)
class BackOff:
    """Growing pauses with jitter: `first_s`, twice that, … at most `longest_s`, each ± `jitter`."""

    first_s: float = 5.0
    longest_s: float = 120.0
    jitter: float = 0.25

    def pause_s(self, failures: int, chance: random.Random) -> float:
        """The pause after the given number (≥ 1) of consecutive failures."""
        doubled: float = self.first_s * 2.0 ** min(failures - 1, _STEEPEST)
        return min(doubled, self.longest_s) * chance.uniform(1 - self.jitter, 1 + self.jitter)


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """The knobs of delivery.

    Attributes:
        concurrency: deliveries at the same time to one receiver.
        timeout_s: for one attempt, where the subscription names none.
        back_off: pauses between the attempts of one notification, and of a receiver that is away.
        breaker: consecutive failures after which a receiver counts as away: one probe at a time.
        max_age_s: how long after its commit a notification is given up.
        lane_capacity: notices of one receiver in memory; the rest waits in the outbox.
        total_capacity: notices of all receivers in memory.
        poll_s: how often the outbox is looked through for what nobody announced: replayed dead
            letters, and what other processes committed.
        lease_s: how long a process owns a lane, where several share the outbox.
        grace_s: how long attempts under way may take when the process ends in good order.
    """

    concurrency: int = 8
    timeout_s: float = 5.0
    back_off: BackOff = BackOff()
    breaker: int = 5
    max_age_s: float = 86_400.0
    lane_capacity: int = 1_000
    total_capacity: int = 20_000
    poll_s: float = 0.5
    lease_s: float = 15.0
    grace_s: float = 2.0

"""How long whoever failed waits: pure."""

from dataclasses import dataclass

from kernel.times import SECOND_US, Instant
from oauth.model.kinds import FAILURES_REMEMBERED_US
from oauth.model.people import Throttle


@dataclass(frozen=True, slots=True)
class Backoff:
    """After `free` failures every further one doubles the wait, from `first_s` to `longest_s`.

    A day without failures forgets them.
    """

    free: int = 5
    first_s: int = 1
    longest_s: int = 900

    def wait_s(self, failed: Throttle | None, now: Instant) -> int:
        """Seconds until the next try, rounded up; 0: now."""
        if failed is None or failed.failures < self.free or _is_forgotten(failed, now):
            return 0
        doublings = min(failed.failures - self.free, self.longest_s.bit_length())
        pause_s = min(self.first_s << doublings, self.longest_s)
        left_us = failed.last_at + pause_s * SECOND_US - now
        return min(max(-(-left_us // SECOND_US), 0), pause_s)  # a clock may be set back


def one_more(digest: str, failed: Throttle | None, now: Instant) -> Throttle:
    """With the failure of now."""
    before = 0 if failed is None or _is_forgotten(failed, now) else failed.failures
    return Throttle(digest, before + 1, now)


def _is_forgotten(failed: Throttle, now: Instant) -> bool:
    return now - failed.last_at >= FAILURES_REMEMBERED_US

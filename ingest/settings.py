"""What the composition root may set, with the defaults of de-identification §14."""

import msgspec

from ingest.policy.model import Limits
from ingest.pseudonyms import OVERLAP_US, ROLLOVER_US
from ingest.windows import WINDOW_MAX
from kernel.times import DAY_US


class IntakeSettings(msgspec.Struct, frozen=True):
    """Bounds of the intake.

    Attributes:
        limits: upper bounds for every policy.
        rollover_us: when a site-day begins, after midnight in Tokyo.
        key_overlap_us: how long yesterday's key serves late events.
        window_max: pseudonyms that all open windows together may hold.
        dead_letter_ttl_us: how long dead letters are kept.
        batch_rows: rows that go into one commit at most (a single message is never split).
        linger_s: how long a commit waits for company.
        most_pending: rows that may wait for their commit; above it senders are told to wait.
        rate_per_s, burst: messages of one sensor, a token bucket.
        tick_s: how often windows, keys and dead letters are looked after.
        sweep_s: how often old dead letters are removed.
        drain_s: how long an orderly end waits for the last commit.
    """

    limits: Limits = Limits()
    rollover_us: int = ROLLOVER_US
    key_overlap_us: int = OVERLAP_US
    window_max: int = WINDOW_MAX
    dead_letter_ttl_us: int = 7 * DAY_US
    batch_rows: int = 500
    linger_s: float = 0.002
    most_pending: int = 20_000
    rate_per_s: float = 1_000.0
    burst: int = 10_000
    tick_s: float = 1.0
    sweep_s: float = 3_600.0
    drain_s: float = 10.0

"""Counts of the vault → the intake's member feed → the broker: one way, and only numbers on it."""

from collections.abc import Mapping, Sequence
from typing import Final

from ingest.feed import MemberFeed
from ingest.policy.errors import PolicyError
from ingest.policy.shelf import PolicyShelf
from ingest.ports import Approval, ObservationSink, Sensor
from ingest.rules import Refusal
from kernel.clock import Clock
from kernel.errors import OurError
from kernel.times import Instant

_POLICY: Final = "member-feed"
_VERSION: Final = 1


class StatisticsFeed:
    """Implements `oauth.ports.StatisticsSink` on the member feed of the intake."""

    def __init__(self, feed: MemberFeed) -> None:
        self._feed = feed

    @property
    def cells(self) -> Sequence[str]:
        """The grid that the policy declares."""
        return self._feed.cells

    @property
    def min_people(self) -> int:
        """The policy's threshold."""
        return self._feed.min_people

    @property
    def rounding(self) -> int:
        """The policy's step."""
        return self._feed.rounding

    async def put(self, counts: Mapping[str, int], *, below: int) -> None:
        """Publish the grid.

        Raises:
            UnavailableError: the city database is away.
            OurError: the intake refuses the numbers; its rule is named, no number is.
        """
        try:
            await self._feed.put(counts, below=below)
        except Refusal as refusal:
            raise OurError(f"The intake refuses the statistics: {refusal.rule}") from None


def open_member_feed(
    policies: PolicyShelf,
    sink: ObservationSink,
    *,
    clock: Clock,
    notice_url: str,
    simulated: bool = False,
    tenant: str = "",
) -> StatisticsFeed:
    """The feed of this city.

    `notice_url` is where people read what is counted of them: the association's terms, which were
    accepted with every ID, before anything could be counted. `simulated` says that the people are
    made up, as in the demo.

    Raises:
        PolicyError: the policy of the feed is not on the shelf.
    """
    policy = policies.find(_POLICY, _VERSION)
    if policy is None:
        raise PolicyError(f"There is no policy {_POLICY}/{_VERSION}")
    source = Sensor(
        sensor_id="members",
        policy=_POLICY,
        policy_version=_VERSION,
        approval=Approval(approved=True),
        site="city",
        sensor_class="member_feed",
        notice_url=notice_url,
        notice_published=Instant(0),
        facts={"simulated": simulated},
        tenant=tenant,
    )
    return StatisticsFeed(MemberFeed(policy, source, sink=sink, clock=clock))

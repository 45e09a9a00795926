"""The door for counts of people that member companies told of (policy class `member_feed`).

Who counts holds personal data and is another room; what crosses is a number for a cell of a grid
that the policy declares. There is no address, key or topic for it: nobody outside reaches it.
"""

from collections.abc import Mapping
from typing import Final

from ingest.admission import fits, is_announced
from ingest.allow_list import let_through
from ingest.message import Measure
from ingest.pipeline import conclude
from ingest.plan import make_plan
from ingest.policy.errors import PolicyError
from ingest.policy.load import Policy
from ingest.policy.model import CodeField
from ingest.ports import ObservationSink, Sensor
from ingest.rules import Refusal, Rule
from kernel.clock import Clock

_CELL: Final = "cell"


class MemberFeed:
    """Declared cells in, sealed observations out.

    Attributes:
        cells: the grid: every cell that there is, in the order of the policy's code list.
        min_people: the policy's threshold: no smaller number gets through.
        rounding: what numbers are multiples of.

    Args:
        source: the registry's word on the feed: its approval, and the notice to the people.

    Raises:
        PolicyError: the policy is not for a member feed.
    """

    def __init__(
        self, policy: Policy, source: Sensor, *, sink: ObservationSink, clock: Clock
    ) -> None:
        if policy.file.policy_class != "member_feed" or not fits(policy, source):
            raise PolicyError(f"{policy.ref} is not for a member feed")
        self._plan = make_plan(policy, source)
        self._sink = sink
        self._clock = clock
        self.cells: Final = _grid(policy)
        release = policy.file.release or {}
        self.min_people: Final = int(str(release["min_people"]))
        self.rounding: Final = int(str(release["round"]))

    async def put(self, counts: Mapping[str, int], *, below: int) -> None:
        """Commit a number for every cell of the grid; those without are `below`, zero included.

        Args:
            counts: cell → people.
            below: the threshold that was applied, no lower than the policy's.

        Raises:
            Refusal: the feed is not approved or announced, or one of the counts breaks the policy;
                nothing is written then.
            UnavailableError: the city database is away; nothing is known to be written.
        """
        now = self._clock.now()
        if not self._plan.sensor.approval.holds(now) or not is_announced(self._plan, now):
            raise Refusal(Rule.SENSOR)
        if not counts.keys() <= set(self.cells):
            raise Refusal(Rule.CODE)
        measures = [_measure(cell, counts.get(cell), below) for cell in self.cells]
        await self._sink.put(
            [conclude(self._plan, let_through(self._plan, one, now)) for one in measures]
        )


def _measure(cell: str, count: int | None, below: int) -> Measure:
    return Measure({_CELL: cell, "count": count, "below": below if count is None else None})


def _grid(policy: Policy) -> tuple[str, ...]:
    """The cells of the one code list that says which there are."""
    lists = {
        (field.code_list, field.version)
        for field in policy.file.fields.values()
        if isinstance(field, CodeField) and _CELL in field.inputs
    }
    if len(lists) != 1:
        raise PolicyError(f"{policy.ref}: one code list declares the cells")
    (key,) = lists
    return tuple(policy.codes[key].codes)

"""Whose turn it is to count, among the processes that share a vault."""

import msgspec

from kernel.times import Instant


class StatisticsTurn(msgspec.Struct, frozen=True):
    """One document for each statistic: a lease, and what was published last.

    Attributes:
        published: the slot whose numbers are published.
        holder: who counts at present; empty: nobody.
        until: when its lease ends, should it never come back.
    """

    name: str
    published: Instant = Instant(0)
    holder: str = ""
    until: Instant = Instant(0)

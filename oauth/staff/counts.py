"""How often a service fetched, by month: numbers of provision records, nothing about whom."""

from collections.abc import Mapping, Sequence
from typing import Final

from kernel.times import Instant, from_datetime
from oauth.model.calendar import in_japan, months_later
from oauth.model.ids import lowest_ulid
from oauth.model.kinds import PROVISIONS
from oauth.model.provisions import Outcome
from oauth.ports import Shelves

MONTHS: Final = 3
MOST: Final = 20_000
"""Records that are counted for one service: a page is no place for more."""

_PAGE: Final = 500


def recent_months(now: Instant) -> Sequence[str]:
    """`2026-04` and the months before it in Japan, the present one first."""
    start = _start(now)
    return [_name(months_later(start, -back)) for back in range(MONTHS)]


async def by_month(vault: Shelves, client_id: str, now: Instant) -> Mapping[str, int]:
    """Month → committed provisions of a client; those of the latest `MOST` that are counted."""
    counts = dict.fromkeys(recent_months(now), 0)
    shelf, seen = vault.shelf(PROVISIONS), 0
    # Identifiers of records begin with their time, so that older ones are not even read.
    after = lowest_ulid(months_later(_start(now), 1 - MONTHS))
    while seen < MOST:
        page = await shelf.find("client", client_id, after=after, limit=_PAGE)
        for kept in page:
            if kept.value.outcome is Outcome.COMMITTED:
                month = _name(kept.value.at)
                counts[month] = counts.get(month, 0) + 1
        if len(page) < _PAGE:
            break
        seen, after = seen + len(page), page[-1].value.id
    return counts


def _start(now: Instant) -> Instant:
    midnight = in_japan(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return from_datetime(midnight)


def _name(at: Instant) -> str:
    return f"{in_japan(at):%Y-%m}"

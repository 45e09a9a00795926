"""Which board has which panels, in the order of the page."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from dashboard.panels.history import balance_panel, compare_panel, day_panel, week_panel
from dashboard.panels.inside import inside_panel
from dashboard.panels.sight import Draw
from dashboard.panels.surroundings import environment_panel, sensors_panel, touches_panel
from dashboard.panels.walkway import gates_panel, headline, strip_panel

TOPICS = ("flow", "touches", "environment", "sensors")


class Place(msgspec.Struct, frozen=True):
    """A panel's place on a board: its key, the topic that moves it, and what draws it.

    `is_now`: it tells of this moment, and has no place on a board of a past day.
    """

    key: str
    topic: str
    draw: Draw
    is_now: bool = False


class Board(msgspec.Struct, frozen=True):
    """A page. `takes_day` says that a past day can be looked at."""

    key: str
    path: str
    places: tuple[Place, ...]
    takes_day: bool = False


OVERVIEW = Board(
    "overview",
    "/",
    (
        Place("headline", "flow", headline),
        Place("strip", "flow", strip_panel),
        Place("day", "flow", day_panel),
        Place("touches", "touches", touches_panel),
        Place("environment", "environment", environment_panel),
        Place("sensors", "sensors", sensors_panel),
    ),
)
FLOW = Board(
    "flow",
    "/flow",
    (
        Place("gates", "flow", gates_panel, is_now=True),
        Place("compare", "flow", compare_panel),
        Place("strip", "flow", strip_panel, is_now=True),
        Place("day", "flow", day_panel),
        Place("balance", "flow", balance_panel),
        Place("inside", "flow", inside_panel),
        Place("week", "flow", week_panel),
    ),
    takes_day=True,
)
BOARDS: Mapping[str, Board] = MappingProxyType({one.key: one for one in (OVERVIEW, FLOW)})

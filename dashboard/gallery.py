"""Draws panels once for all who look: by board, language, rights and day, per second."""

from datetime import date
from typing import NamedTuple

from markupsafe import Markup

from dashboard.figures.crowding import CrowdLimits
from dashboard.figures.quarters import day_of, quarter_of
from dashboard.memory import CityMemory
from dashboard.panels.boards import Board
from dashboard.panels.sight import Panel, Sight
from dashboard.templating import render
from dashboard.words import Language, Words
from dashboard.world import World
from kernel.times import SECOND_US

_KEPT = 64


class View(NamedTuple):
    """What makes two readers see the same."""

    board: str
    language: Language
    is_staff: bool
    day: date | None = None


class Hung(NamedTuple):
    """Panels of a board with the HTML of their live parts."""

    panels: dict[str, Panel]
    parts: dict[str, Markup]


class Gallery:
    """Panels by view. A thousand readers of one board cost one drawing."""

    def __init__(self, memory: CityMemory, world: World, limits: CrowdLimits) -> None:
        self._memory = memory
        self._world = world
        self._limits = limits
        self._hung: dict[tuple[View, str], tuple[tuple[int, int], Panel, Markup]] = {}

    def sight(self, view: View) -> Sight:
        """One look at the city as it is now."""
        return Sight(
            self._memory,
            now=self._world.now(),
            words=Words(view.language),
            is_staff=view.is_staff,
            limits=self._limits,
            day=view.day,
        )

    def today(self) -> date:
        """The present day of the world in Japan."""
        return day_of(quarter_of(self._world.now()))

    def hang(self, board: Board, view: View, topics: frozenset[str] | None = None) -> Hung:
        """The panels of a board, or those that the topics move."""
        sight = self.sight(view)
        stamp = (self._memory.revision, sight.now // SECOND_US)
        panels: dict[str, Panel] = {}
        parts: dict[str, Markup] = {}
        for place in board.places:
            if topics is not None and place.topic not in topics:
                continue
            if place.is_now and not sight.is_live:
                continue
            known = self._hung.get((view, place.key))
            if known is None or known[0] != stamp:
                panel = place.draw(sight)
                part = render("part.html", panel=panel, words=sight.words)
                known = self._hung[view, place.key] = (stamp, panel, part)
            panels[place.key], parts[place.key] = known[1], known[2]
        self._tidy()
        return Hung(panels, parts)

    def _tidy(self) -> None:
        """Keep the newest drawings only: past days are looked at once."""
        while len(self._hung) > _KEPT:
            del self._hung[next(iter(self._hung))]

"""What one reader sees at one moment: the city, the time of the world, language, rights."""

from collections.abc import Callable
from datetime import date
from functools import cached_property

import msgspec
from markupsafe import Markup

from dashboard.figures import climate, devices, touches
from dashboard.figures.crowding import CrowdLimits
from dashboard.figures.gates import GateRecord
from dashboard.figures.quarters import Quarter, day_of, quarter_of
from dashboard.figures.trust import Trust
from dashboard.memory import CityMemory
from dashboard.tables import Table
from dashboard.templating import render
from dashboard.words import Words
from kernel.times import Instant


class Panel(msgspec.Struct, frozen=True):
    """A part of a board.

    Attributes:
        key: stands in links, `/boards/<key>.csv`, and in the ids of the page.
        body: its inner HTML; what streams replace.
        table: the numbers of its chart.
        trust: of all its numbers; a panel without it shows none.
        source: path of an API request that returns what the panel draws.
    """

    key: str
    title: str
    body: Markup
    note: str = ""
    table: Table | None = None
    trust: Trust | None = None
    source: str = ""


class Sight:
    """One look at the city. Figures are worked out once, however many panels ask."""

    def __init__(
        self,
        memory: CityMemory,
        *,
        now: Instant,
        words: Words,
        is_staff: bool,
        limits: CrowdLimits,
        day: date | None = None,
    ) -> None:
        self.memory = memory
        self.now = now
        self.words = words
        self.is_staff = is_staff
        self.limits = limits
        self.present = quarter_of(now)
        self.today = day_of(self.present)
        self.day = day or self.today

    @property
    def is_live(self) -> bool:
        """Whether the day that is looked at is today."""
        return self.day == self.today

    @property
    def opened(self) -> Quarter:
        """The opening of the present service day."""
        return self.memory.hours.opened_at(self.present)

    @cached_property
    def all_gates(self) -> list[GateRecord]:
        """Every gate, whoever may see it."""
        return self.memory.gates(self.now)

    @cached_property
    def shown_gates(self) -> list[GateRecord]:
        """The gates whose numbers this reader may see: simulated ones, and all for staff."""
        return [one for one in self.all_gates if self.is_staff or one.gate.simulated]

    @cached_property
    def gates(self) -> list[GateRecord]:
        """Of the shown gates those that count the walkway: named by its zones, if they name any.

        A gate put up for a trial is shown, and neither adds to totals nor tears a hole into them.
        """
        named = {key for zone in self.memory.zones() for key in zone.gates}
        return [one for one in self.shown_gates if not named or one.gate.key in named]

    @property
    def withholds_flow(self) -> bool:
        """Whether there are gates, and none that this reader may see."""
        return bool(self.all_gates) and not self.shown_gates

    @property
    def ends(self) -> tuple[GateRecord, GateRecord] | None:
        """The gate at the Odori end and the one at the station's, if both are there."""
        by_key = {one.gate.key: one for one in self.gates}
        south, north = by_key.get("J2"), by_key.get("J1")
        return None if south is None or north is None else (south, north)

    def total_at(self, quarter: Quarter) -> float | None:
        """Passages of all visible gates in a quarter hour; None unless every one has a number."""
        totals = [gate.total(quarter) for gate in self.gates]
        known = [total for total in totals if total is not None]
        return sum(known) if known and len(known) == len(totals) else None

    @cached_property
    def touches(self) -> touches.Touches:
        """Touches since the opening."""
        entities = self.memory.entities(touches.TOUCH_TYPE)
        return touches.touches(
            entities,
            self.memory.touch_series(),
            since=self.opened,
            present=self.present,
            signs=0,
            is_staff=self.is_staff,
            now=self.now,
        )

    @cached_property
    def climate(self) -> climate.Climate:
        """Air and weather."""
        return climate.climate(
            self.memory.entities(climate.INDOOR_TYPE),
            self.memory.entities(climate.WEATHER_TYPE),
            self.memory.series,
            present=self.present,
            now=self.now,
        )

    @cached_property
    def fleet(self) -> devices.Fleet:
        """The devices."""
        observations = [
            entity
            for kind in (
                "CrowdFlowObserved",
                touches.TOUCH_TYPE,
                climate.INDOOR_TYPE,
                climate.WEATHER_TYPE,
            )
            for entity in self.memory.entities(kind)
        ]
        return devices.fleet(self.memory.entities(devices.DEVICE_TYPE), observations, self.now)

    def draw(self, template: str, **values: object) -> Markup:
        """Render `templates/panels/<template>.html` with these values and the words."""
        return render(f"panels/{template}.html", words=self.words, sight=self, **values)


Draw = Callable[[Sight], Panel]

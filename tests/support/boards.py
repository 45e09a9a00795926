"""A memory of the city filled from the stand-in, without any running task."""

from datetime import date

from support.city_reader import HOURS, StandInCity

from dashboard.figures.crowding import CrowdLimits
from dashboard.figures.gates import GATE_TYPE
from dashboard.figures.quarters import start_of
from dashboard.memory import KEPT_ATTRIBUTES, TYPES, CityMemory
from dashboard.panels.sight import Sight
from dashboard.words import Language, Words
from kernel.times import DAY_US, HOUR_US, Instant


async def remembered(city: StandInCity) -> CityMemory:
    """Everything that the stand-in knows."""
    memory = CityMemory(HOURS)
    until = Instant(city.now + HOUR_US)
    for kind in TYPES:
        entities = await city.entities(kind)
        memory.replace(kind, entities)
        since = start_of(city.first) if kind == GATE_TYPE else Instant(city.now - 2 * DAY_US)
        for entity in entities:
            for attribute in KEPT_ATTRIBUTES.get(kind, ()):
                rows = await city.history(entity.id, attribute, since, until)
                memory.add_rows(entity.id, attribute, rows)
    return memory


async def looking(
    city: StandInCity,
    *,
    language: Language = Language.EN,
    is_staff: bool = False,
    day: date | None = None,
) -> Sight:
    """One look at the stand-in city."""
    return Sight(
        await remembered(city),
        now=city.now,
        words=Words(language),
        is_staff=is_staff,
        limits=CrowdLimits(),
        day=day,
    )

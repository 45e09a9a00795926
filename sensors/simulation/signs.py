"""What the touch signs report: how often each topic was asked for, in which language.

A sign counts by itself and knows nobody: one report per quarter hour and cell of topic and
language in which anybody touched it.
"""

import random
from collections import defaultdict
from collections.abc import Iterator

from kernel.times import MINUTE_US, Instant
from sensors.simulation import jst
from sensors.simulation.chance import count_near, row
from sensors.simulation.flow import City
from sensors.simulation.reports import Payload, Report
from sensors.simulation.world import Installed

LANGUAGES = {
    "ja": 0.78,
    "en": 0.08,
    "zh-Hant": 0.05,
    "zh-Hans": 0.035,
    "ko": 0.03,
    "th": 0.015,
    "other": 0.01,
}
_TOPICS = {
    "route": 0.24,
    "transport": 0.22,
    "shop": 0.18,
    "event": 0.16,
    "toilet": 0.1,
    "accessibility": 0.05,
    "disaster": 0.01,
    "other": 0.04,
}
_SESSIONS_PER_PASSER = 0.014
_MOST_TOUCHES = 7


def reports(city: City, sign: Installed, due: Instant) -> Iterator[Report]:
    """The cells of the quarter hour that ends at `due`, in order of topic and language."""
    start = Instant(due - jst.QUARTER_US)
    if city.is_closed(start) or city.course.silence_of(sign.id, start) is not None:
        return
    chance = row(city.seed, "sign", sign.id, start)
    passers = city.per_minute(start) * jst.QUARTER_MINUTES
    sessions = count_near(chance, passers * _SESSIONS_PER_PASSER, 1.2)
    observed = Instant(due - MINUTE_US // 2)
    for (topic, language), touches in sorted(_cells(city, start, chance, sessions).items()):
        dwell_s = 9 + 6.5 * sum(touches) / len(touches) + chance.uniform(-3, 6)
        payload: Payload = {
            "topic": topic,
            "language": language,
            "touchCount": sum(touches),
            "sessionCount": len(touches),
            "averageDwellTime": round(dwell_s, 1),
            "complete": True,
        }
        yield Report(sign.id, due, observed, payload)


def _cells(
    city: City, start: Instant, chance: random.Random, sessions: int
) -> dict[tuple[str, str], list[int]]:
    """Topic and language → touches of each session."""
    mix = city.languages(start, LANGUAGES)
    cells: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for _ in range(sessions):
        topic = chance.choices(list(_TOPICS), list(_TOPICS.values()))[0]
        language = chance.choices(list(mix), list(mix.values()))[0]
        cells[topic, language].append(1 + int(chance.triangular(0, _MOST_TOUCHES, 1)))
    return cells

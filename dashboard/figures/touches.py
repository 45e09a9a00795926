"""Touches at the signs since the opening, by content and by language; no person is involved."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from dashboard.figures import reading
from dashboard.figures.quarters import Quarter, end_of, start_of
from dashboard.figures.release import profile_for, released
from dashboard.figures.series import QuarterSeries
from dashboard.figures.trust import Figure, State, Trust
from dashboard.ports import CityEntity
from kernel.times import Instant

TOUCH_TYPE = "SignageInteractionObserved"
TOUCHES = "touchCount"
TOPICS = ("route", "transport", "event", "shop", "disaster", "toilet", "accessibility", "other")
LANGUAGES = ("ja", "en", "zh-Hans", "zh-Hant", "ko", "th", "other")
DATASET = "chikaho-signage"
UNIT = "touches"


class Share(msgspec.Struct, frozen=True):
    """One content category or language, how often, and its share of what is shown."""

    key: str
    figure: Figure
    share: float


class Touches(msgspec.Struct, frozen=True):
    """The touches of a service day. `total` adds what is shown, so that nothing subtracts."""

    total: Figure
    by_topic: tuple[Share, ...]
    by_language: tuple[Share, ...]


def touches(
    entities: Sequence[CityEntity],
    series: Mapping[str, QuarterSeries],
    *,
    since: Quarter,
    present: Quarter,
    signs: int,
    is_staff: bool,
    now: Instant,
) -> Touches:
    """Count from the opening to now. `signs` is how many signs there should be."""
    by_topic: defaultdict[str, float] = defaultdict(float)
    by_language: defaultdict[str, float] = defaultdict(float)
    for entity in entities:
        counted = _counted(series.get(entity.id), since, present)
        by_topic[_known(reading.text(entity, "topic"), TOPICS)] += counted
        by_language[_known(reading.text(entity, "language"), LANGUAGES)] += counted
    trust = _trust(entities, since, present, signs, is_staff=is_staff, now=now)
    topics = _shares(by_topic, TOPICS, trust)
    languages = _shares(by_language, LANGUAGES, trust)
    shown = [one.figure.value for one in languages if one.figure.value is not None]
    total = Figure(sum(shown) if shown else None, UNIT, trust)
    return Touches(total, topics, languages)


def _counted(series: QuarterSeries | None, since: Quarter, present: Quarter) -> float:
    if series is None:
        return 0.0
    return sum(series.value(Quarter(one)) or 0.0 for one in range(since, present + 1))


def _known(word: str, words: Sequence[str]) -> str:
    return word if word in words else "other"


def _shares(counts: Mapping[str, float], order: Iterable[str], trust: Trust) -> tuple[Share, ...]:
    """Most touched first; `other` stays last, and suppressed ones keep the list's order."""
    shown = {key: released(counts.get(key, 0.0), trust.profile) for key in order}
    whole = sum(value for value in shown.values() if value is not None)
    suppressed = msgspec.structs.replace(trust, state=State.SUPPRESSED)
    found = [
        Share(
            key,
            Figure(value, UNIT, trust if value is not None else suppressed),
            (value or 0.0) / whole if whole else 0.0,
        )
        for key, value in shown.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.key == "other", -one.share)))


def _trust(
    entities: Sequence[CityEntity],
    since: Quarter,
    present: Quarter,
    signs: int,
    *,
    is_staff: bool,
    now: Instant,
) -> Trust:
    heard: dict[str, Instant] = {}
    for entity in entities:
        sign = reading.text(entity, "refDevice") or entity.id.split(":")[3]
        heard[sign] = max(heard.get(sign, Instant(0)), entity.modified_at)
    lately = start_of(Quarter(present - 3))
    reporting = sum(1 for sign in heard if _observed(entities, sign) >= lately)
    simulated = bool(entities) and all(reading.flag(one, "simulated") for one in entities)
    expected = max(signs, len(heard))
    return Trust(
        dataset=DATASET,
        since=start_of(since),
        until=min(end_of(present), now),
        received_at=max(heard.values(), default=None),
        profile=profile_for(is_staff=is_staff, is_simulated=simulated),
        reporting=reporting,
        expected=expected,
        coverage=reporting / expected if expected else 0.0,
        accuracy_class="calibrated" if entities else "unknown",
        state=State.OPEN if entities else State.UNRECORDED,
        simulated=simulated,
    )


def _observed(entities: Sequence[CityEntity], sign: str) -> Instant:
    """The latest period that a sign has spoken of."""
    times = (
        reading.observed_at(one) or Instant(0)
        for one in entities
        if (reading.text(one, "refDevice") or one.id.split(":")[3]) == sign
    )
    return max(times, default=Instant(0))

"""The chain of records behind a number, from the dataset to the rule of its release (§2.7)."""

from collections.abc import Sequence

import msgspec

from dashboard.figures import climate, reading, touches
from dashboard.figures.devices import DEVICE_TYPE
from dashboard.figures.gates import DATASET as FLOW_DATASET
from dashboard.figures.gates import GATE_TYPE
from dashboard.figures.trust import Trust
from dashboard.memory import CityMemory
from dashboard.ports import CityEntity
from dashboard.words import Words

_TYPES = {
    FLOW_DATASET: (GATE_TYPE,),
    touches.DATASET: (touches.TOUCH_TYPE,),
    climate.DATASET: (climate.INDOOR_TYPE, climate.WEATHER_TYPE),
}


class Link(msgspec.Struct, frozen=True):
    """One link: its kind and what is recorded, as (fact, value)."""

    kind: str
    facts: tuple[tuple[str, str], ...]


def chain(memory: CityMemory, trust: Trust, words: Words) -> list[Link]:
    """The links that the city database records; a fact that is not recorded is left out."""
    kinds = _TYPES.get(trust.dataset, (DEVICE_TYPE,))
    sources = [entity for kind in kinds for entity in memory.entities(kind)]
    devices = memory.entities(DEVICE_TYPE)
    simulated = words("yes") if trust.simulated else words("no")
    quality = (
        ("period", words.between(trust.since, trust.until)),
        ("coverage", words.percent(trust.coverage)),
        ("estimated", words.percent(trust.estimated_share)),
        ("accuracy", _accuracy(trust, words)),
    )
    return [
        Link("quality", quality),
        Link("dataset", (("dataset", trust.dataset), ("simulated", simulated))),
        Link("sensor", _sensor(sources, devices)),
        Link(
            "policy",
            (
                *_all("policy", devices, "policyVersion"),
                ("profile", trust.profile),
                ("rule", words(f"why.rule.{trust.profile}")),
            ),
        ),
    ]


def _sensor(
    sources: Sequence[CityEntity], devices: Sequence[CityEntity]
) -> tuple[tuple[str, str], ...]:
    names = sorted(
        {reading.short(reading.text(one, "refDevice")) or one.id.split(":")[-1] for one in sources}
    )
    behind = [one for one in devices if reading.short(one.id) in names]
    return (
        ("devices", ", ".join(names)),
        *_all("generation", sources, "sensorGeneration"),
        *_all("provider", sources, "dataProvider"),
        *_all("approval", behind, "approval"),
        *_all("notice", behind, "noticeUrl"),
    )


def _all(fact: str, entities: Sequence[CityEntity], name: str) -> tuple[tuple[str, str], ...]:
    found = sorted({text for one in entities if (text := reading.text(one, name))})
    return ((fact, ", ".join(found)),) if found else ()


def _accuracy(trust: Trust, words: Words) -> str:
    known = (">=80%", "trend", "calibrated", "unknown")
    kind = trust.accuracy_class
    return words(f"trust.accuracy.{kind}") if kind in known else kind

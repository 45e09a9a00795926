"""Scenarios: timelines of a few kinds of effect, read from data files.

A file in `sensors/scenarios/` says what happens how long after the scenario begins. The kinds are
closed: a new kind is a new struct here and a new branch wherever `assert_never` then complains.
"""

from collections.abc import Mapping
from importlib import resources
from typing import Any, TypeAlias

import msgspec
import yaml

from kernel.errors import BadRequestError, NotFoundError
from kernel.times import MINUTE_US, Instant


class UnknownScenarioError(NotFoundError):
    """There is no scenario of this name."""


class MalformedScenarioError(BadRequestError):
    """The file is not a scenario. The message names the place, never the content."""


class Crowd(msgspec.Struct, frozen=True, tag="crowd", forbid_unknown_fields=True):
    """More or fewer people by a factor, at all gates or at the named ones."""

    factor: float
    gates: tuple[str, ...] = ()


class Silence(msgspec.Struct, frozen=True, tag="silence", forbid_unknown_fields=True):
    """Devices say nothing. What they counted meanwhile is delivered afterwards, as far as kept.

    Attributes:
        devices: ids of devices.
        buffer_min: minutes before the return that the devices remember; what is older is filled in
            by the operator from the neighbouring gate, and says that it is estimated.
    """

    devices: tuple[str, ...]
    buffer_min: int = 0


class Languages(msgspec.Struct, frozen=True, tag="languages", forbid_unknown_fields=True):
    """Another mix of languages at the signs: language → share, of a whole that need not be 1."""

    mix: Mapping[str, float]


class Snowfall(msgspec.Struct, frozen=True, tag="snowfall", forbid_unknown_fields=True):
    """Snow falls: millimetres of water an hour; about one centimetre lies per millimetre."""

    mm_per_h: float


class KeepOpen(msgspec.Struct, frozen=True, tag="keep_open", forbid_unknown_fields=True):
    """The doors stay open through the night; `per_minute` people pass each gate meanwhile."""

    per_minute: float = 4.0


Effect: TypeAlias = Crowd | Silence | Languages | Snowfall | KeepOpen


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An effect between two minutes after the scenario's begin; no `until_min`: to the end."""

    effect: Effect
    from_min: int = 0
    until_min: int | None = None


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named timeline. `title` and `text` have the languages `ja` and `en`."""

    name: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    steps: tuple[Step, ...] = ()


class Span(msgspec.Struct, frozen=True):
    """An effect between two instants, the second excluded; None means for ever."""

    effect: Effect
    start: Instant
    end: Instant | None

    def covers(self, instant: Instant) -> bool:
        """Whether the effect holds at the instant."""
        return self.start <= instant and (self.end is None or instant < self.end)


class Course(msgspec.Struct, frozen=True):
    """A scenario that began at some instant, or several of them one after the other."""

    spans: tuple[Span, ...] = ()

    def at(self, instant: Instant) -> list[Effect]:
        """The effects that hold at an instant, in the order of the file."""
        return [span.effect for span in self.spans if span.covers(instant)]

    def then(self, scenario: Scenario, began: Instant) -> "Course":
        """This course until `began`, and from there on another scenario."""
        kept = tuple(
            Span(span.effect, span.start, began if span.end is None else min(span.end, began))
            for span in self.spans
            if span.start < began
        )
        return Course(kept + course_of(scenario, began).spans)

    def silence_of(self, device: str, instant: Instant) -> Span | None:
        """The silence that a device keeps at an instant, if it does."""
        for span in self.spans:
            if span.covers(instant) and _silences(span.effect, device):
                return span
        return None

    def silences_ended(self, device: str, after: Instant, until: Instant) -> list[Span]:
        """Silences of a device with their end behind `after` and not behind `until`."""
        return [
            span
            for span in self.spans
            if span.end is not None and after < span.end <= until and _silences(span.effect, device)
        ]


ORDINARY = Course()


def course_of(scenario: Scenario, began: Instant) -> Course:
    """The timeline of a scenario that begins at an instant."""
    return Course(
        tuple(
            Span(
                step.effect,
                Instant(began + step.from_min * MINUTE_US),
                None if step.until_min is None else Instant(began + step.until_min * MINUTE_US),
            )
            for step in scenario.steps
        )
    )


def names() -> list[str]:
    """The scenarios that there are, in order of name."""
    files = resources.files("sensors").joinpath("scenarios").iterdir()
    return sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml"))


def load(name: str) -> Scenario:
    """The scenario of this name.

    Raises:
        UnknownScenarioError: there is none; the message names those that exist.
    """
    known = names()
    if name not in known:
        raise UnknownScenarioError(f"There is no such scenario; there are {', '.join(known)}")
    text = resources.files("sensors").joinpath("scenarios", f"{name}.yaml").read_text("utf-8")
    return parse(text)


def parse(text: str) -> Scenario:
    """Read a scenario file.

    Raises:
        MalformedScenarioError: it is not YAML, or says something that no effect has.
    """
    try:
        document: Any = yaml.safe_load(text)
        return msgspec.convert(document, Scenario)
    except yaml.YAMLError:
        raise MalformedScenarioError("The scenario is not YAML") from None
    except msgspec.ValidationError as error:
        place = str(error).rpartition(" - at ")[2]
        raise MalformedScenarioError(f"The scenario is malformed at {place}") from None


def _silences(effect: Effect, device: str) -> bool:
    return isinstance(effect, Silence) and device in effect.devices

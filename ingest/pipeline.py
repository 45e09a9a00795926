"""bytes, policy, registry entry, clock and keys in; sealed values or rule ids out. No I/O.

decode → allow-list → transform → count or emit → detect → seal (de-identification §2). For any
bytes at all the outcome is a value of `Result`, never an exception.
"""

from typing import TypeAlias

import msgspec

from ingest.allow_list import Fields, let_through, rename
from ingest.decode import decode
from ingest.emission import emit
from ingest.identifiers import canonical, is_randomised
from ingest.message import Measure, RawMessage
from ingest.plan import Plan
from ingest.policy.model import Window
from ingest.pseudonyms import KeyRing
from ingest.rules import Refusal, Rule
from ingest.seal import Deidentified, seal
from ingest.windows import Identified, Windows
from kernel.times import Instant


class Refused(msgspec.Struct, frozen=True):
    """A measure, or a whole message, was refused. `field_path` is a path of the policy."""

    rule: Rule
    field_path: str = ""


class Counted(msgspec.Struct, frozen=True):
    """A measure was counted into an open window; what comes out comes when it closes."""


Result: TypeAlias = Deidentified | Counted | Refused


class Outcome(msgspec.Struct, frozen=True):
    """What became of a message.

    Attributes:
        results: one for each measure, in order; one `Refused` for bytes that are no measures.
        unknown: keys that no policy names, over all measures.
        dropped: (rule, field) of fields that were left out.
    """

    results: tuple[Result, ...]
    unknown: int = 0
    dropped: tuple[tuple[Rule, str], ...] = ()


_COUNTED = Counted()


def conclude(plan: Plan, fields: Fields) -> Deidentified:
    """What the policy emits of the fields that it let through, looked at and sealed.

    Raises:
        Refusal: the detector net found something.
    """
    return seal(emit(plan, fields), plan.policy.ref)


class Pipeline:
    """The pure path of a measure, with the two things that live in memory only."""

    def __init__(self, keys: KeyRing, windows: Windows) -> None:
        self._keys = keys
        self._windows = windows

    def run(self, message: RawMessage, plan: Plan, now: Instant) -> Outcome:
        """What becomes of the message."""
        try:
            measures = decode(message, plan.policy.file.limits)
        except Refusal as refusal:
            return Outcome((Refused(refusal.rule),))
        unknown = 0
        dropped: tuple[tuple[Rule, str], ...] = ()
        results: list[Result] = []
        for sent in measures:
            measure = rename(plan, sent)
            try:
                fields = let_through(plan, measure, now)
                results.append(self._one(plan, measure, fields, now))
            except Refusal as refusal:
                results.append(Refused(refusal.rule, refusal.field_path))
                continue
            unknown += fields.unknown
            dropped += fields.dropped
        return Outcome(tuple(results), unknown, dropped)

    def _one(self, plan: Plan, measure: Measure, fields: Fields, now: Instant) -> Result:
        window = plan.policy.file.window
        if window is None:
            return conclude(plan, fields)
        self._count(plan, window, measure, fields, now)
        return _COUNTED

    def _count(
        self, plan: Plan, window: Window, measure: Measure, fields: Fields, now: Instant
    ) -> None:
        seen: dict[str, Identified] = {}
        for name, ephemeral in plan.ephemeral.items():
            raw = measure.get(ephemeral.source)
            if raw is None:
                continue
            try:
                identifier = canonical(ephemeral.kind, raw)
                pseudonym = self._keys.pseudonym(
                    plan.site, ephemeral.kind, identifier, fields.time.value, now
                )
            except Refusal as refusal:
                raise Refusal(refusal.rule, f"ephemeral.{name}") from None
            seen[name] = Identified((pseudonym, is_randomised(ephemeral.kind, identifier)))
        self._windows.count(plan, window, fields, seen)

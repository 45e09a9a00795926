"""The rules that a policy file must keep (de-identification §4), one function per section.

Each function yields sentences that say what is wrong; a policy without any is fit to load.
"""

from collections.abc import Iterator

from ingest.detectors import LARGEST_HARMLESS, scan_text
from ingest.policy.durations import parse_duration
from ingest.policy.member_feed import FINEST_LEVEL, member_feed_problems
from ingest.policy.model import (
    BandField,
    CodeField,
    ConstField,
    DatetimeField,
    DerivedField,
    EnumField,
    Field,
    IntField,
    Limits,
    NumberField,
    PolicyFile,
)
from ingest.policy.template import placeholders
from kernel.times import DAY_US, HOUR_US, MINUTE_US

PERSON_BUCKET_US = 15 * MINUTE_US
"""§8: people are stored by the quarter hour."""

MOST_PERSON_CATEGORIES = 12
"""§8: decades to 80+ are nine; nothing about people is told apart more finely than this."""

FINEST_STEP = 0.0001
LONGEST_LATE_US = 7 * DAY_US


def problems(policy: PolicyFile, bounds: Limits) -> Iterator[str]:
    """Everything that is wrong with a policy under the limits of the settings."""
    if not policy.limits.within(bounds):
        yield "limits: looser than the settings allow"
    yield from _mode(policy)
    for name, field in policy.fields.items():
        yield from (f"fields.{name}: {text}" for text in _field(field))
    yield from _people(policy)
    yield from _time(policy)
    yield from _inputs(policy)
    yield from _window(policy)
    yield from _emit(policy)
    yield from _retention(policy)
    if policy.policy_class == "member_feed":
        yield from member_feed_problems(policy)


def _mode(policy: PolicyFile) -> Iterator[str]:
    if policy.mode == "observation" and (policy.ephemeral or policy.window is not None):
        yield "mode: an observation has neither ephemeral fields nor a window"
    if policy.mode == "window" and policy.window is None:
        yield "mode: window needs a window section"


def _field(field: Field) -> Iterator[str]:
    match field:
        case EnumField():
            if bool(field.values) == bool(field.source):
                yield "an enum has either values or a registry source"
            yield from _declared(*field.values)
        case IntField() | NumberField():
            if not field.min <= field.max:
                yield "min is above max"
            if max(abs(field.min), abs(field.max)) >= LARGEST_HARMLESS:
                yield "the bounds are wide enough to carry an identifier"
            if field.step < FINEST_STEP:
                yield f"the step is finer than {FINEST_STEP}"
        case BandField():
            yield from _band(field)
        case ConstField(value=str(text)):
            yield from _declared(text)
        case ConstField(value=bool()):
            pass
        case ConstField(unit=""):
            yield "a number needs a unit"
        case _:
            pass


def _declared(*texts: str) -> Iterator[str]:
    """What a policy states is looked at as if a sensor had sent it."""
    for text in texts:
        found = scan_text(text)
        if found is not None:
            yield f"a declared value looks like an identifier ({found})"


def _band(field: BandField) -> Iterator[str]:
    if list(field.edges) != sorted(set(field.edges)):
        yield "edges do not rise"
    if field.labels and len(field.labels) != len(field.edges) - 1:
        yield "labels and intervals differ in number"
    yield from _declared(field.top, field.bottom, *field.labels)


def _people(policy: PolicyFile) -> Iterator[str]:
    people = {name: field for name, field in policy.fields.items() if field.person}
    finest = FINEST_LEVEL if policy.policy_class == "member_feed" else 1
    for name, field in people.items():
        match field:
            case EnumField() if len(field.values) <= MOST_PERSON_CATEGORIES and field.values:
                pass
            case BandField() if len(field.edges) < MOST_PERSON_CATEGORIES:
                pass
            case CodeField(level=level) if level <= finest:
                pass
            case _:
                yield f"fields.{name}: an attribute of people is a coarse enum, band or code"
    if people and policy.policy_class == "environment":
        yield "class: environment has no attribute of people"
    if (people or policy.ephemeral) and not policy.applies_to.notice_required:
        yield "applies_to: what concerns people needs a published notice"


def _time(policy: PolicyFile) -> Iterator[str]:
    times = [field for field in policy.fields.values() if isinstance(field, DatetimeField)]
    if len(times) != 1:
        yield "fields: exactly one datetime says when"
        return
    field = times[0]
    if not field.required and field.absent != "now":
        yield "fields: the datetime is required or taken from our clock"
    bucket_us = parse_duration(field.bucket)
    if bucket_us < MINUTE_US or DAY_US % bucket_us:
        yield "fields: the bucket is a whole number of minutes that divides a day"
    concerns_people = policy.ephemeral or any(one.person for one in policy.fields.values())
    if concerns_people and bucket_us < PERSON_BUCKET_US:
        yield "fields: people are bucketed by 15 minutes at least"
    if parse_duration(field.skew) > HOUR_US:
        yield "fields: skew is at most an hour"
    if field.late and (policy.mode == "window" or parse_duration(field.late) > LONGEST_LATE_US):
        yield "fields: late is for observations and at most 7 days"


def _inputs(policy: PolicyFile) -> Iterator[str]:
    taken = {key for name, field in policy.fields.items() for key in (name, *field.inputs)}
    for name, ephemeral in policy.ephemeral.items():
        if ephemeral.source in taken or name in taken:
            yield f"ephemeral.{name}: its input appears in another section"


def _window(policy: PolicyFile) -> Iterator[str]:
    window = policy.window
    if window is None:
        return
    times = [field for field in policy.fields.values() if isinstance(field, DatetimeField)]
    if any(parse_duration(time.bucket) != parse_duration(window.length) for time in times):
        yield "window: its length is the bucket of the datetime"
    for name in window.by:
        if not isinstance(policy.fields.get(name), EnumField | BandField | CodeField):
            yield f"window.by: {name} is no enum, band or code"
    for name in window.sums:
        if not isinstance(policy.fields.get(name), IntField):
            yield f"window.sum: {name} is no integer"
    if set(window.distinct) != set(policy.ephemeral):
        yield "window.distinct: every ephemeral field is counted, and nothing else"


def _emit(policy: PolicyFile) -> Iterator[str]:
    emit = policy.emit
    targets = [*emit.attrs.values(), *emit.sums, *emit.start, *emit.end]
    if len(targets) != len(set(targets)):
        yield "emit: two sources write one attribute"
    carried = _carried(policy)
    yield from (f"emit.attrs: {name} is not carried" for name in emit.attrs if name not in carried)
    for attribute, names in emit.sums.items():
        if any(not isinstance(policy.fields.get(name), IntField) for name in names):
            yield f"emit.sums.{attribute}: sums are of integers"
    yield from _entity_id(policy)
    yield from _states(policy)


def _carried(policy: PolicyFile) -> set[str]:
    """Names that have a value when an entity is emitted."""
    if policy.window is None:
        return set(policy.fields)
    given = {
        name
        for name, field in policy.fields.items()
        if isinstance(field, DerivedField | ConstField)
        or (isinstance(field, EnumField) and field.source)
    }
    window = policy.window
    return given | set(window.by) | set(window.sums) | set(window.distinct)


def _entity_id(policy: PolicyFile) -> Iterator[str]:
    emit = policy.emit
    if not emit.id.startswith(f"urn:ngsi-ld:{emit.type}:"):
        yield "emit.id: begins with urn:ngsi-ld: and the type"
    names = placeholders(emit.id)
    used = [policy.fields.get(name) for name in names]
    if not all(isinstance(field, EnumField | DerivedField | CodeField) for field in used):
        yield "emit.id: only enums, codes and registry values name an entity"
    if policy.window is not None and not set(names) <= _carried(policy):
        yield "emit.id: only what the window is counted by names a cell"
    from_registry = (
        isinstance(field, DerivedField) or (isinstance(field, EnumField) and bool(field.source))
        for field in used
    )
    if not any(from_registry):
        yield "emit.id: needs a registry value, or two sensors write one entity"


def _states(policy: PolicyFile) -> Iterator[str]:
    states = policy.emit.states
    if states is None:
        return
    field = policy.fields.get(states.field)
    if policy.mode != "observation" or not isinstance(field, EnumField):
        yield "emit.states: names an enum of an observation"
    elif not {*states.withhold, *states.blank} <= set(field.values):
        yield "emit.states: names members that the enum does not have"
    if not set(states.of) <= set(policy.fields):
        yield "emit.states: names numbers that are no fields"


def _retention(policy: PolicyFile) -> Iterator[str]:
    if parse_duration(policy.retention.raw) != 0:
        yield "retention: raw input is kept for PT0S"
    if parse_duration(policy.retention.ephemeral) > DAY_US:
        yield "retention: pseudonyms are kept for PT24H at most"
    if parse_duration(policy.retention.dead_letter) > 7 * DAY_US:
        yield "retention: dead letters are kept for P7D at most"
